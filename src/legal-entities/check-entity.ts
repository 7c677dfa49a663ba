// The first half of a registration: does the register name this person as legal representative of
// that organisation? What it does not answer is kept, so that nothing is typed twice.
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import { noteUnproven } from '../verification/note-check.ts';
import { takeEntityTry } from '../verification/verification-tries.ts';
import type { TriesDependencies } from '../verification/verification-tries.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import type { EntityApplication, EntityApplicationStore } from './entity-application-store.ts';
import type { EntityAnswer, EntityRegister } from './entity-register.ts';
import type { EntityReview } from './entity-review.ts';

export interface CheckEntityDependencies extends TriesDependencies {
  register: EntityRegister | undefined;
  applications: EntityApplicationStore;
  audit: AuditLog;
  clock: Clock;
  /** Undefined where staff review none. */
  entityReview: Pick<EntityReview, 'isOpen'> | undefined;
}

/** What the register has against it. */
export type EntityRefusal =
  | 'unknown'
  | 'name_differs'
  | 'not_representative'
  | 'cancelled'
  | 'revoked';

export type CheckEntityOutcome =
  | { ok: true; application: EntityApplication }
  | { ok: false; reason: 'cancelled' | 'revoked' | 'tries_used_up' }
  /** Kept; staff can look at it. */
  | {
      ok: false;
      reason: Exclude<EntityRefusal, 'cancelled' | 'revoked'>;
      application: EntityApplication;
    }
  /** Kept; can be asked again. */
  | { ok: false; reason: 'unavailable'; application: EntityApplication }
  /** Sent to staff, who have not decided. */
  | { ok: false; reason: 'in_review'; application: EntityApplication };

/** @throws Error for an account that is not verified in person. */
export async function checkEntity(
  deps: CheckEntityDependencies,
  person: Account,
  given: { entity: { uscc: string; name: string }; address: string },
): Promise<CheckEntityOutcome> {
  const { register, applications, budgets } = deps;
  const { entity, address } = given;
  const representative = verifiedClaim(person);
  if (!representative || person.realNameLevel < REPRESENTATIVE_LEVEL) {
    throw new Error('only who was verified in person registers an organisation');
  }
  const before = await applications.ofCode(person.id, entity.uscc);
  if (before && (await deps.entityReview?.isOpen(before))) {
    return { ok: false, reason: 'in_review', application: before };
  }
  const taken = await takeEntityTry(deps, { accountId: person.id, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const answer = await register?.check({ ...entity, representative });
  if (!answer || answer.outcome === 'unavailable' || answer.outcome === 'contradictory') {
    await budgets.giveBack(taken.reservations);
    if (answer) await noteRefusal(deps, person.id, { answer, address, reason: answer.outcome });
    const now = deps.clock.now().toISOString();
    const application = await applications.put(person.id, 'waiting', {
      ...entity,
      waitingSince: (before?.stage === 'waiting' ? before.waitingSince : undefined) ?? now,
      ...(answer ? { answer: toldBy(answer, now) } : {}),
    });
    return { ok: false, reason: 'unavailable', application };
  }
  const reason = refusalOf(answer);
  if (reason !== undefined || answer.outcome !== 'found') {
    await noteRefusal(deps, person.id, { answer, address, reason: reason ?? 'unknown' });
    if (reason === 'cancelled' || reason === 'revoked') return { ok: false, reason };
    const told = toldBy(answer, deps.clock.now().toISOString());
    const application = await applications.put(person.id, 'refused', { ...entity, answer: told });
    return { ok: false, reason: reason ?? 'unknown', application };
  }
  const { facts, resultCode, reference } = answer;
  const { name = entity.name, subtype } = facts;
  const application = await applications.put(person.id, 'confirmed', {
    uscc: entity.uscc,
    name,
    confirmed: { subtype, resultCode, reference },
  });
  return { ok: true, application };
}

/** For who reviews it. */
export function toldBy(answer: EntityAnswer, at: string): NonNullable<EntityApplication['answer']> {
  const { resultCode } = answer;
  switch (answer.outcome) {
    case 'unknown':
      return { outcome: 'not_found', resultCode, at };
    case 'found':
      return { outcome: refusalOf(answer) ? 'different' : 'matched', resultCode, at };
    case 'contradictory':
      return { outcome: 'unclear', resultCode, at };
    case 'unavailable':
      return { outcome: 'unavailable', resultCode, at };
  }
}

export function refusalOf(
  answer: EntityAnswer & { outcome: 'found' | 'unknown' },
): EntityRefusal | undefined {
  if (answer.outcome === 'unknown') return 'unknown';
  const { name, status, isRepresentative } = answer.facts;
  if (name === undefined) return 'name_differs';
  if (status !== 'in_operation') return status;
  return isRepresentative ? undefined : 'not_representative';
}

export async function noteRefusal(
  deps: Pick<CheckEntityDependencies, 'audit'>,
  actor: string,
  { answer, ...of }: { answer: EntityAnswer; address: string; reason: string },
): Promise<void> {
  const { resultCode } = answer;
  await noteUnproven(deps, { ...of, actor, source: 'legalEntities', resultCode });
}
