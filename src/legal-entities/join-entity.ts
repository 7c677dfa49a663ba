// An organisation whose account is there, and for which nobody acts any more: whoever brings a means
// of its own becomes its administrator. Where somebody acts for it, he is to be asked.
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Database } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { empower } from './empower-representative.ts';
import type { EmpowerDependencies } from './empower-representative.ts';
import type { ConfirmedEntity } from './entity-basis.ts';
import type { EntityRecordStore } from './entity-record-store.ts';
import type { TakeOverOutcome } from './take-over-entity.ts';

interface JoinDependencies extends EmpowerDependencies {
  records: EntityRecordStore;
  database: Pick<Database, 'transaction'>;
}

export async function joinEntity(
  deps: JoinDependencies,
  entity: ConfirmedEntity,
  entityId: string,
): Promise<TakeOverOutcome> {
  // One that came otherwise, by import, has means of its own to sign in: those are not handed over.
  if (!(await deps.records.isRegistered(entityId))) return { ok: false, reason: 'not_completed' };
  let tell: (() => void) | undefined;
  try {
    tell = await deps.database.transaction(async (session) => {
      // Two who join at once meet here.
      if (!(await deps.accounts.holdStanding(entityId, VERIFIED_LEVEL, session))) return undefined;
      const leaders = await deps.mandates.leaders(entityId, session);
      return leaders.length > 0 ? undefined : empower(deps, session, { entity, entityId });
    });
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
  tell?.();
  return tell ? { ok: true, entityId, isNew: false } : { ok: false, reason: 'not_completed' };
}
