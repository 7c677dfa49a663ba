// Background work: terms that are over are marked and told of, and thirty days before that their end is
// announced, once. What counts is decided by the date whenever it is read, not by this. Any number of
// processes may do it side by side.
import type { AccountStore } from '../accounts/account-store.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { allOrNothing } from '../platform/overtaken.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { endQualifications, tellPeople } from './end-qualifications.ts';
import type { EndQualificationsDependencies } from './end-qualifications.ts';
import { endsAt, isStanding } from './qualification.ts';
import type { Qualification } from './qualification.ts';
import type { QualificationStore } from './qualification-store.ts';

export interface QualificationExpiryDependencies extends EndQualificationsDependencies {
  qualifications: Pick<QualificationStore, 'change' | 'ofEntity' | 'endingBefore' | 'markEndTold'>;
  accounts: Pick<AccountStore, 'findById' | 'noteQualifications' | 'transaction'>;
  logger: Logger;
}

const EVERY_MS = 60_000;
const BATCH = 200;
export const NOTICE_SECONDS = 30 * 86_400;

export function qualificationExpiryWork(deps: QualificationExpiryDependencies) {
  const options = { name: 'qualification expiry', everyMs: EVERY_MS, logger: deps.logger };
  return repeatedWork(async () => {
    await endOverdue(deps);
    await tellOfEnding(deps);
  }, options);
}

/** One round; returns how many ended. */
export async function endOverdue(deps: QualificationExpiryDependencies): Promise<number> {
  const due = await deps.qualifications.endingBefore(deps.clock.now(), { limit: BATCH });
  return each(deps, due, async (of, session) => {
    const isSilent = await hasSuccessor(deps, of, session);
    const by = { reason: 'expired', actor: 'system', isSilent, session } as const;
    const told = await endQualifications(deps, [of], by);
    return () => told.forEach((tell) => tell());
  });
}

/** One round; returns of how many was told. */
export async function tellOfEnding(deps: QualificationExpiryDependencies): Promise<number> {
  const before = secondsFromNow(deps.clock, NOTICE_SECONDS);
  const ending = await deps.qualifications.endingBefore(before, { limit: BATCH, untold: true });
  const now = deps.clock.now();
  const due = ending.filter((of) => isStanding(of, now));
  return each(deps, due, async (of, session) => {
    if (!(await deps.qualifications.markEndTold(of.id, session))) return false;
    // Renewed already: marked, and nothing is said.
    if (await hasSuccessor(deps, of, session)) return true;
    const told = await tellPeople(deps, of, { what: 'ending', session });
    return () => told.forEach((tell) => tell());
  });
}

async function each(
  deps: QualificationExpiryDependencies,
  due: readonly Qualification[],
  work: (of: Qualification, session: ClientSession) => Promise<boolean | (() => void)>,
): Promise<number> {
  let done = 0;
  for (const of of due) {
    try {
      if (await allOrNothing(deps.accounts, (session) => work(of, session))) done += 1;
    } catch (error) {
      // One that cannot be looked at must not keep the others from it.
      deps.logger.error({ err: error, qualification: of.id }, 'a term was not looked at');
    }
  }
  return done;
}

/** Approved in its line, and for longer. */
async function hasSuccessor(
  { qualifications }: Pick<QualificationExpiryDependencies, 'qualifications'>,
  of: Qualification,
  session: ClientSession,
): Promise<boolean> {
  const all = await qualifications.ofEntity(of.entityId, session);
  return all.some(
    (other) => other.lineId === of.lineId && other.state === 'active' && endsAt(other) > endsAt(of),
  );
}
