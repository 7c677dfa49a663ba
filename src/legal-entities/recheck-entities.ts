// Background work: the register is asked again about every entity with an account, daily, and at once
// about what its notices speak of. What ends something is acted upon only when it is said twice: by a
// notice and the register's answer, or by two answers, hours apart, because registers err, too. Any
// number of processes may do it side by side; part of the day's budget is left to people.
import type { Account } from '../accounts/account.ts';
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import type { BrakeStore } from './changes/brake-store.ts';
import { endEntity, endRepresentative, renameEntity } from './changes/carry-out.ts';
import type { CarryOutDependencies } from './changes/carry-out.ts';
import type { EntityDoubt, EntityRecord } from './entity-record-document.ts';
import { plainEntityName } from './entity-register.ts';
import type { EntityEntry, EntityRegister } from './entity-register.ts';

export interface RecheckDependencies extends CarryOutDependencies {
  register: EntityRegister;
  /** Questions that may still be asked today. */
  budgetLeft(): Promise<number>;
  brake: BrakeStore;
  logger: Logger;
}

const EVERY_MS = 10_000;
const BATCH = 500;
/** Left to people who wait for an answer. */
const KEPT_SHARE = 0.2;
const HOUR_SECONDS = 3600;
export const DOUBT_SECONDS = 6 * HOUR_SECONDS;
const DAY_SECONDS = 86_400;
/** Where notices and answers do not agree yet: what is asked may lag behind what is told. */
export const AGAIN_SECONDS = [30, 600, HOUR_SECONDS] as const;
const SILENT_SECONDS = 20;
const STOPPED_SECONDS = 300;

export function recheckWork(deps: RecheckDependencies) {
  const { logger } = deps;
  const options = { name: 'entity recheck', everyMs: EVERY_MS, logger };
  return repeatedWork(() => recheckEntities(deps), options);
}

/** One round; returns how many were asked about. */
export async function recheckEntities(deps: RecheckDependencies): Promise<number> {
  const kept = deps.register.config.dailyBudget * KEPT_SHARE;
  for (let asked = 0; asked < BATCH; asked += 1) {
    if ((await deps.budgetLeft()) <= kept) return asked;
    const record = await deps.records.claimDue();
    if (!record) return asked;
    await lookAfter(deps, record);
  }
  return BATCH;
}

/** The one that a notice speaks of, at once; whoever else is at it does it instead. */
export async function recheckEntity(deps: RecheckDependencies, id: string): Promise<void> {
  // A storm of notices must not use up what people need either.
  const { dailyBudget } = deps.register.config;
  if ((await deps.budgetLeft()) <= (dailyBudget * KEPT_SHARE) / 2) return;
  const record = await deps.records.claim(id);
  if (record) await lookAfter(deps, record);
}

async function lookAfter(deps: RecheckDependencies, record: EntityRecord): Promise<void> {
  try {
    await recheck(deps, record);
  } catch (error) {
    // One that cannot be looked at must not keep the others waiting.
    deps.logger.error({ err: error, account: record.id }, 'an entity was not looked at');
  }
}

async function recheck(deps: RecheckDependencies, record: EntityRecord): Promise<void> {
  const { records, register } = deps;
  const { id, noticed } = record;
  const nextSeconds = register.config.recheckDays * DAY_SECONDS;
  const account = await deps.accounts.findById(id);
  if (!account?.uscc || !account.name || account.state === 'closed') {
    await records.note(id, { doubt: undefined, nextSeconds: undefined });
    return;
  }
  const { uscc, name } = account;
  const { claim: representative, shadow } = await representativeOf(deps, id);
  // Of a shadow the number is the province's; the name tells whether the notice speaks of the same person.
  const named = noticed?.representative?.name === shadow ? undefined : noticed?.representative;
  // Where nobody of ours represents it, whom the notice names is asked about.
  const asked = representative ?? noticed?.representative;
  const look = await register.look({ uscc, name, representative: asked });
  if (look.outcome === 'unavailable' || look.outcome === 'contradictory') {
    return records.postpone(id, noticed ? SILENT_SECONDS : HOUR_SECONDS);
  }
  // Nobody to ask about: a new representative is checked when he comes.
  if (look.outcome === 'not_asked') return records.postpone(id, nextSeconds);
  const found =
    look.outcome === 'found' ? doubtsOf(look.entry, { name, named, representative }) : [];
  const entry = look.outcome === 'found' ? look.entry : undefined;
  const told = found.filter((each) => each === record.doubt || isNoticed(noticed, each));
  if (told.length > 0) return carryOut(deps, { account, record, entry, doubts: told });
  const [doubt] = found;
  if (noticed) {
    const isDone = isSettled(noticed, representative);
    return unconfirmed(deps, { record, doubt, isSettled: isDone });
  }
  const status = entry && doubt === undefined ? ({ status: 'in_operation' } as const) : {};
  await records.note(id, {
    ...status,
    doubt,
    nextSeconds: doubt === undefined ? nextSeconds : DOUBT_SECONDS,
  });
}

/** What speaks against what we have; a code that is not found ends nothing: it says neither. */
function doubtsOf(
  { status, isRepresentative, name }: EntityEntry,
  has: {
    name: string;
    named: IdentityClaim | undefined;
    representative: IdentityClaim | undefined;
  },
): EntityDoubt[] {
  if (status !== 'in_operation') return [status];
  // Of ours, who is it no more; or of the notice, who is it where none of ours is.
  const hasChanged = has.representative
    ? isRepresentative === false
    : has.named !== undefined && isRepresentative === true;
  const isRenamed = name !== undefined && plainEntityName(name) !== plainEntityName(has.name);
  return [
    ...(hasChanged ? (['representative_changed'] as const) : []),
    ...(isRenamed ? (['renamed'] as const) : []),
  ];
}

/** Of the two ways to end, one stands for the other. */
function isNoticed(noticed: EntityRecord['noticed'], doubt: EntityDoubt): boolean {
  const { changes = [] } = noticed ?? {};
  const isEnd = (each: EntityDoubt) => each === 'cancelled' || each === 'revoked';
  return changes.includes(doubt) || (isEnd(doubt) && changes.some(isEnd));
}

async function representativeOf({ accounts, mandates }: RecheckDependencies, entityId: string) {
  const held = await mandates.leaders(entityId);
  const mandate = held.find(({ role }) => role === 'legalRepresentative');
  const person = mandate && (await accounts.findById(mandate.holderId));
  const claim = person && verifiedClaim(person);
  return { claim, shadow: person?.isShadow === true ? person.name : undefined };
}

async function carryOut(
  deps: RecheckDependencies,
  of: {
    account: Account;
    record: EntityRecord;
    entry: EntityEntry | undefined;
    doubts: readonly EntityDoubt[];
  },
): Promise<void> {
  const { account, record, entry, doubts } = of;
  for (const doubt of doubts) {
    if (!(await isFree(deps))) return deps.records.postpone(record.id, STOPPED_SECONDS);
    if (doubt === 'cancelled' || doubt === 'revoked') await endEntity(deps, account, doubt);
    else if (doubt === 'representative_changed') {
      await endRepresentative(deps, account, record.noticed);
    } else if (entry?.name !== undefined) {
      await renameEntity(deps, account, { name: entry.name, noticed: record.noticed });
    }
  }
  const { noticed } = record;
  if (!noticed) return;
  const changes = noticed.changes.filter((change) => !doubts.includes(change));
  const isOver = doubts.includes('cancelled') || doubts.includes('revoked');
  if (isOver || changes.length === 0) return deps.records.settle(record.id, noticed.seq);
  // What the register does not show yet is asked about again.
  const rest = { ...noticed, changes };
  const { claim } = await representativeOf(deps, record.id);
  const isDone = isSettled(rest, claim);
  return unconfirmed(deps, { record: { ...record, noticed: rest }, isSettled: isDone });
}

/** Whether one more consequence may be carried out within this hour. */
async function isFree({ register, brake, audit, logger }: RecheckDependencies): Promise<boolean> {
  const { consequencesPerHour } = register.config;
  const taken = await brake.take(consequencesPerHour);
  if (taken !== 'stops') return taken === 'go';
  logger.error({ consequencesPerHour }, 'the register of legal entities ends too many: stopped');
  const details = { perHour: consequencesPerHour };
  await audit.record({ type: 'entities.brake_stopped', actor: 'system', result: 'done', details });
  return false;
}

/** Nothing is left to do, as where the new representative has come before the notice about him. */
function isSettled(
  { changes, representative: named }: NonNullable<EntityRecord['noticed']>,
  representative: IdentityClaim | undefined,
): boolean {
  const { number } = named?.certificate ?? {};
  // All of it was carried out, and the process ended before it said so.
  if (changes.length === 0) return true;
  return (
    changes.every((each) => each === 'representative_changed') &&
    number !== undefined &&
    number === representative?.certificate.number
  );
}

async function unconfirmed(
  { records, register, audit }: RecheckDependencies,
  of: {
    record: EntityRecord;
    /** Something else that the register says, of which no notice spoke: not to be forgotten. */
    doubt?: EntityDoubt | undefined;
    isSettled: boolean;
  },
): Promise<void> {
  const { record, doubt, isSettled: isDone } = of;
  const { id, noticed } = record;
  if (!noticed) return;
  const again = AGAIN_SECONDS[noticed.tries];
  if (!isDone && again !== undefined) return records.askAgain(id, again);
  const daily = register.config.recheckDays * DAY_SECONDS;
  await records.settle(id, noticed.seq);
  await records.note(id, {
    ...(doubt === undefined ? { status: 'in_operation' } : {}),
    doubt,
    nextSeconds: doubt === undefined ? daily : DOUBT_SECONDS,
  });
  if (isDone) return;
  const details = { seq: noticed.seq, change: noticed.changes.join(' ') };
  await audit.record({
    type: 'entities.notice_refused',
    actor: 'system',
    subject: id,
    result: 'refused',
    reason: 'not_confirmed',
    details,
  });
}
