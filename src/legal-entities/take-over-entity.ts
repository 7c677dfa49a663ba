// The register names another legal representative than before: the power of the former one and of
// all whom he appointed ends, and the new one has it from now on. Both must follow from the register.
import type { ClientSession, Database } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { empower } from './empower-representative.ts';
import type { EmpowerDependencies } from './empower-representative.ts';
import type { ConfirmedEntity } from './entity-basis.ts';
import { endAllOfEntity } from '../mandates/end-mandates.ts';
import type { EntityRecordStore } from './entity-record-store.ts';
import type { Mandate } from '../mandates/mandate.ts';

export interface TakeOverDependencies extends EmpowerDependencies {
  records: EntityRecordStore;
  database: Pick<Database, 'transaction'>;
}

export type TakeOverOutcome =
  | { ok: true; entityId: string; isNew: false }
  | { ok: false; reason: 'not_completed' | 'unavailable' | 'changed_meanwhile' };

const DAY_SECONDS = 86_400;

/** `entityId` has the code that the register says this person represents. */
export async function takeOverEntity(
  deps: TakeOverDependencies,
  entity: ConfirmedEntity,
  entityId: string,
): Promise<TakeOverOutcome> {
  const { mandates, records, database } = deps;
  const { application } = entity;
  // One that came otherwise, by import, has no representative that the register named.
  if (!(await records.isRegistered(entityId))) return { ok: false, reason: 'not_completed' };
  const held = await mandates.leaders(entityId);
  const former = held.find(({ role }) => role === 'legalRepresentative');
  const state = former ? await askAbout(deps, former, application) : 'left';
  if (state !== 'left') {
    return { ok: false, reason: state === 'unavailable' ? 'unavailable' : 'not_completed' };
  }
  let tell: () => void;
  try {
    tell = await database.transaction((session) => handOver(deps, session, { entity, entityId }));
  } catch (error) {
    if (error instanceof Overtaken) return { ok: false, reason: 'changed_meanwhile' };
    throw error;
  }
  tell();
  return { ok: true, entityId, isNew: false };
}

/**
 * Ends whatever power anybody has over it, and gives it to the new representative.
 * @returns to be called after the commit
 * @throws Overtaken when another form of it was first
 */
export async function handOver(
  deps: TakeOverDependencies,
  session: ClientSession,
  { entity, entityId }: { entity: ConfirmedEntity; entityId: string },
): Promise<() => void> {
  const { records, register } = deps;
  const tellFormer = await endAllOfEntity(deps, entityId, {
    entityName: entity.application.name,
    reason: 'representative_changed',
    actor: 'system',
    session,
  });
  const tellNew = await empower(deps, session, { entity, entityId });
  const nextSeconds = register.config.recheckDays * DAY_SECONDS;
  const status = entity.basis ? {} : ({ status: 'in_operation' } as const);
  await records.note(entityId, { ...status, doubt: undefined, nextSeconds }, session);
  return () => {
    tellFormer();
    tellNew();
  };
}

/** A register that names both, or knows nothing of it, has not said that the former one left. */
async function askAbout(
  { accounts, register }: TakeOverDependencies,
  former: Mandate,
  { uscc, name }: { uscc: string; name: string },
): Promise<'left' | 'stays' | 'unavailable'> {
  const person = await accounts.findById(former.holderId);
  // Of an account that is closed nobody acts any more, be it the same human's.
  if (!person || person.state === 'closed') return 'left';
  const representative = verifiedClaim(person);
  if (!representative) return 'stays';
  const answer = await register.check({ uscc, name, representative });
  if (answer.outcome === 'unavailable' || answer.outcome === 'contradictory') return 'unavailable';
  const hasLeft =
    answer.outcome === 'found' &&
    answer.facts.name !== undefined &&
    answer.facts.status === 'in_operation' &&
    !answer.facts.isRepresentative;
  return hasLeft ? 'left' : 'stays';
}
