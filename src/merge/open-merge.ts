// Puts the parts of this domain together: what verification offers and reviewers begin, the pages, and
// the work that carries merges out.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { MergeNotices } from '../notification/merge-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Route } from '../platform/http/route.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { AccountMergeStore } from './account-merge-store.ts';
import { mergeDue } from './carry-out-merge.ts';
import type { MergeHoldings } from './carry-out-merge.ts';
import { beginReviewedMerge } from './merge-accounts.ts';
import type { MergeDependencies } from './merge-accounts.ts';
import { mergeRoutes } from './merge.routes.ts';
import type { MergePageDependencies } from './merge.routes.ts';
import { stopRoutes } from './stop.routes.ts';

export interface OpenMergeDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  audit: AuditLog;
  issuer: string;
  accounts: AccountStore;
  notices: MergeNotices;
  budgets: BudgetStore;
  holdings: MergeHoldings;
}

const EVERY_MS = 1000;

export function openMerge(deps: OpenMergeDependencies) {
  const merges = new AccountMergeStore(deps);
  const merging: MergeDependencies = { ...deps, merges };
  const { logger } = deps;
  return {
    merges,
    /** For src/verification. */
    reviewed: {
      isOffered: async (registrantId: string) =>
        (await merges.offeredTo(registrantId)) !== undefined,
      begin: (of: Parameters<typeof beginReviewedMerge>[1], session: ClientSession) =>
        beginReviewedMerge(merging, of, session),
    },
    routes: (pages: {
      visitors: AccountDependencies;
      provenPage: MergePageDependencies['provenPage'];
      verification: { review: unknown };
    }): Route[] => {
      const own = { ...pages, merging, hasReview: pages.verification.review !== undefined };
      return [...mergeRoutes(own), ...stopRoutes(own)];
    },
    work: repeatedWork(() => mergeDue({ ...deps, merges }), {
      name: 'merges',
      everyMs: EVERY_MS,
      logger,
    }),
  };
}
