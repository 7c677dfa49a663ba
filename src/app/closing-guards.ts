// What of other domains forbids the end of an account until it is settled.
import { WardStore } from '../guardianship/ward-store.ts';
import { MandateStore } from '../legal-entities/mandate-store.ts';
import { mayAppoint } from '../legal-entities/mandate.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { ClosingGuard } from '../privacy/closing-guard.ts';
import type { ReviewDesk } from '../review/review-desk.ts';

const RUNNING: ReadonlySet<string> = new Set(['waiting', 'more_needed']);

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
      return inCare.some(({ guardians }) => guardians.length === 1) ? 'children' : undefined;
    },
    async ({ id }) => {
      const cases = await deps.desk.statusOf(id);
      // Anybody can ask for a recovery: it must not keep the owner from closing the account.
      const own = cases.filter(({ kind }) => kind !== 'recovery');
      return own.some(({ state }) => RUNNING.has(state)) ? 'review_case' : undefined;
    },
    async ({ id }) => {
      const held = await mandates.ofPerson(id);
      if (held.some(({ role }) => role === 'legalRepresentative')) return 'representative';
      for (const { entityId } of held.filter(mayAppoint)) {
        const others = await mandates.ofEntity(entityId);
        const isLast = !others.some((each) => each.personId !== id && mayAppoint(each));
        if (isLast) return 'last_administrator';
      }
      return undefined;
    },
  ];
}
