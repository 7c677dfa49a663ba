// What of other domains forbids the end of an account until it is settled.
import { accountPaths } from '../account/account-paths.ts';
import { WardStore } from '../guardianship/ward-store.ts';
import { MandateStore } from '../mandates/mandate-store.ts';
import { isUnderWay } from '../papers/applicant-case.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { ClosingGuard } from '../privacy/closing-guard.ts';
import type { ReviewKind } from '../review/review-case.ts';
import type { ReviewDesk } from '../review/review-desk.ts';

/** Where somebody sees how far their case is, and takes it back. */
const CASE_PAGES: Readonly<Partial<Record<ReviewKind, string>>> = {
  natural_person: accountPaths.review,
  merge: accountPaths.review,
  legal_entity: accountPaths.entities,
  stock_account: accountPaths.oldAccount,
  data_request: accountPaths.dataRequests,
  guardianship: accountPaths.children,
  intermediary: accountPaths.qualifications,
};

export function closingGuards(deps: {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  desk: Pick<ReviewDesk, 'statusOf'>;
}): ClosingGuard[] {
  const mandates = new MandateStore(deps);
  const wards = new WardStore(deps);
  return [
    async ({ id }) => {
      const inCare = await wards.ofGuardian(id);
      const isAlone = inCare.some(({ guardians }) => guardians.length === 1);
      return isAlone ? { name: 'children', href: accountPaths.children } : undefined;
    },
    async ({ id }) => {
      const cases = await deps.desk.statusOf(id);
      // Anybody can ask for a recovery: it must not keep the owner from closing the account.
      const own = cases.find(({ kind, state }) => kind !== 'recovery' && isUnderWay({ state }));
      const href = own && CASE_PAGES[own.kind];
      return own && { name: 'review_case', ...(href === undefined ? {} : { href }) };
    },
    async ({ id }) => {
      const held = await mandates.led(id);
      const href = accountPaths.entities;
      if (held.some(({ role }) => role === 'legalRepresentative')) {
        return { name: 'representative', href };
      }
      for (const { entityId } of held) {
        const leaders = await mandates.leaders(entityId);
        const isLast = !leaders.some((each) => each.holderId !== id);
        if (isLast) return { name: 'last_administrator', href };
      }
      return undefined;
    },
  ];
}
