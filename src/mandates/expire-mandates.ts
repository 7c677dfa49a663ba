// Background work: what is over by its date ends like what somebody ends, with its record, its notices
// and the end of what clients were given upon it; before that both sides are told. Any number of
// processes may do it side by side.
import { repeatedWork } from '../platform/repeat.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import { endMandates, entityNames } from './end-mandates.ts';
import { leadersOver } from './leaders-over.ts';
import type { EndMandatesDependencies } from './end-mandates.ts';
import type { Mandate } from './mandate.ts';
import type { MandateRecordStore } from './mandate-record-store.ts';
import { shownEnd } from './mandate-terms.ts';
import { peopleBehind } from './people-behind.ts';

export interface ExpireMandatesDependencies extends EndMandatesDependencies {
  mandateRecords: MandateRecordStore;
  database: Pick<Database, 'transaction'>;
  logger: Logger;
}

/** Clients are to be told within five seconds. */
const EVERY_MS = 2000;
const BATCH = 200;

export function mandateExpiryWork(deps: ExpireMandatesDependencies) {
  const { logger } = deps;
  const options = { name: 'mandate expiry', everyMs: EVERY_MS, logger };
  return repeatedWork(() => expireMandates(deps), options);
}

/** One round. @returns how many mandates it has ended */
export async function expireMandates(deps: ExpireMandatesDependencies): Promise<number> {
  const { mandateRecords, invitations } = deps;
  const [isDue, past] = await Promise.all([mandateRecords.isAnyDue(), invitations.past(BATCH)]);
  const endedCount = isDue ? await endAndWarn(deps) : 0;
  for (const { id } of past) {
    await deps.database.transaction((session) => invitations.close(id, 'expired', session));
  }
  return endedCount;
}

async function endAndWarn(deps: ExpireMandatesDependencies): Promise<number> {
  const over = await deps.mandateRecords.over(BATCH);
  await expireAll(deps, over);
  for (const mandate of await deps.mandateRecords.endingSoon(BATCH)) {
    await each(deps, mandate, () => warn(deps, mandate));
  }
  return over.length;
}

/** One that cannot be ended must not keep the others waiting. */
async function each(
  { logger }: ExpireMandatesDependencies,
  { id }: Mandate,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.error({ err: error, mandate: id }, 'the term of a mandate was not looked at');
  }
}

/** Uploaded terms end by the thousand at the same moment; one by one where they do not end together. */
async function expireAll(
  deps: ExpireMandatesDependencies,
  over: readonly Mandate[],
): Promise<void> {
  try {
    await expire(deps, over);
  } catch {
    for (const mandate of over) await each(deps, mandate, () => expire(deps, [mandate]));
  }
}

async function expire(deps: ExpireMandatesDependencies, over: readonly Mandate[]): Promise<void> {
  if (over.length === 0) return;
  const entityIds = over.map(({ entityId }) => entityId);
  const entityName = await entityNames(deps.accounts, entityIds);
  const by = { entityName, reason: 'expired', actor: 'system' } as const;
  const tell = await deps.database.transaction((session) =>
    endMandates(deps, over, { ...by, session }),
  );
  tell();
}

async function warn(deps: ExpireMandatesDependencies, mandate: Mandate): Promise<void> {
  const { id, entityId, holderId, grantedBy, role, expiresAt } = mandate;
  const { name: entityName = '' } = (await deps.accounts.findById(entityId)) ?? {};
  const told = await deps.database.transaction(async (session) => {
    if (!expiresAt || !(await deps.mandateRecords.noteWarned(id, session))) return [];
    const until = shownEnd(expiresAt);
    const notes: (() => void)[] = [];
    for (const accountId of await peopleBehind(deps, holderId, session)) {
      const notice = { accountId, template: 'mandate_ending', entityName, role, until } as const;
      notes.push(await deps.notices.mandateChanged(notice, session));
    }
    const leaders = await leadersOver(deps, entityId, session);
    if (leaders.some((leader) => leader.holderId === grantedBy)) {
      const template = 'mandate_ending_granter';
      const notice = { accountId: grantedBy, template, entityName, role, until } as const;
      notes.push(await deps.notices.mandateChanged(notice, session));
    }
    return notes;
  });
  for (const tell of told) tell();
}
