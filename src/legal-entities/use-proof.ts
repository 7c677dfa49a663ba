// What a proof by an organisation's own means is used for: one that has an account shows more, any
// other is registered.
import type { Account } from '../accounts/account.ts';
import { appointingMandate } from '../mandates/power.ts';
import { applyProof } from './apply-proof.ts';
import type { AppliedProof, ProofRefusal } from './apply-proof.ts';
import type { CheckEntityDependencies } from './check-entity.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { raiseEntity } from './raise-entity.ts';
import type { RaiseEntityDependencies } from './raise-entity.ts';

export interface UseProofDependencies extends CheckEntityDependencies, RaiseEntityDependencies {}

/** `Refusal`: what else may stand against the means. */
export type ProofOutcome<Refusal extends string = never> =
  | { ok: true; next: 'confirm'; application: EntityApplication }
  | { ok: true; next: 'entity'; entityId: string; hasRisen: boolean }
  /** `over`: the means is, or another form has used it. */
  | { ok: false; reason: ProofRefusal | 'over' | 'changed_meanwhile' | Refusal }
  | { ok: false; reason: 'in_review'; application: EntityApplication };

/**
 * Nothing is used before nothing stands against it any more.
 * @param given `entityId`: that is to show more; absent: one is to be registered
 */
export async function useProof(
  deps: UseProofDependencies,
  person: Account,
  { entityId, ...given }: AppliedProof & { entityId: string | undefined },
): Promise<ProofOutcome> {
  const { proof, address, use } = given;
  if (entityId === undefined) {
    const applied = await applyProof(deps, person, given);
    if (applied.ok) return { ok: true, next: 'confirm', application: applied.application };
    return applied.reason === 'used' ? { ok: false, reason: 'over' } : applied;
  }
  if (!(await appointingMandate(deps, entityId, person.id))) {
    return { ok: false, reason: 'changed_meanwhile' };
  }
  if (!(await use())) return { ok: false, reason: 'over' };
  const by = { personId: person.id, address };
  const raised = await raiseEntity(deps, { entityId, proof, by });
  return raised.ok
    ? { ok: true, next: 'entity', entityId, hasRisen: raised.hasRisen }
    : { ok: false, reason: 'changed_meanwhile' };
}
