// Puts the parts of this domain together: the desk for the other domains, the work of reviewers, the
// background work, and the figures.
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { carryOutWork } from './carry-out.ts';
import { CaseReading } from './case-reading.ts';
import { CaseWork } from './case-work.ts';
import { observeQueue } from './observe-queue.ts';
import { ReviewAccessStore } from './review-access-store.ts';
import { ReviewCaseStore } from './review-case-store.ts';
import { ReviewDesk } from './review-desk.ts';
import { ReviewFiguresStore } from './review-figures-store.ts';
import { ReviewQueueStore } from './review-queue-store.ts';
import type { ReviewSettings } from '../platform/review-config.ts';

export interface OpenReviewDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Pick<Metrics, 'observe'>;
  audit: AuditLog;
  accounts: Pick<AccountStore, 'findById' | 'transaction'>;
  notices: Pick<SecurityNotices, 'reviewEnded'>;
  budgets: Pick<BudgetStore, 'reserve'>;
}

export type Review = ReturnType<typeof openReview>;

export function openReview(deps: OpenReviewDependencies, settings: ReviewSettings) {
  const own = { ...deps, settings, cases: new ReviewCaseStore(deps) };
  const desk = new ReviewDesk(own);
  const access = new ReviewAccessStore(deps);
  const caseWork = new CaseWork({
    ...own,
    handlerOf: (kind) => desk.handlerOf(kind),
    hasRead: (...of) => access.hasRead(...of),
    hasRevealed: (...of) => access.hasRevealed(...of),
  });
  const work = carryOutWork({
    ...own,
    desk,
    tell: ({ reviewCase: { applicantId: accountId, kind }, decision }, transaction) =>
      deps.notices.reviewEnded({ accountId, kind, ...decision }, transaction),
  });
  const reading = new CaseReading({ ...own, caseWork, access });
  const queue = new ReviewQueueStore(deps);
  const figures = new ReviewFiguresStore(deps);
  observeQueue(deps, queue);
  const parts = { ...own, desk, caseWork, reading, queue, figures };
  return { ...parts, start: () => work.start(), stop: () => work.stop() };
}
