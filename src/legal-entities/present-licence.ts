// An organisation's licence, presented by a person who is signed in: to register it, or to show more
// of one that has an account.
import type { Account } from '../accounts/account.ts';
import type { ElectronicLicences, LicenceProblem } from '../entity-proofs/electronic-licences.ts';
import type { LicenceRequester } from '../entity-proofs/licence-request-store.ts';
import { takeEntityTry } from '../verification/verification-tries.ts';
import { applyProof } from './apply-proof.ts';
import type { ProofRefusal } from './apply-proof.ts';
import { appointingMandate } from './appoint.ts';
import type { CheckEntityDependencies } from './check-entity.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { raiseEntity } from './raise-entity.ts';
import type { RaiseEntityDependencies } from './raise-entity.ts';

export interface PresentLicenceDependencies
  extends CheckEntityDependencies, RaiseEntityDependencies {
  licences: ElectronicLicences;
}

export type LicenceRefusal = LicenceProblem | ProofRefusal | 'changed_meanwhile';

export type PresentLicenceOutcome =
  | { ok: true; next: 'confirm'; application: EntityApplication }
  | { ok: true; next: 'entity'; entityId: string; hasRisen: boolean }
  | { ok: false; reason: LicenceRefusal }
  | { ok: false; reason: 'in_review'; application: EntityApplication };

export type BeginLicenceOutcome =
  { ok: true; state: string } | { ok: false; reason: 'tries_used_up' | 'platform_unavailable' };

export async function beginLicence(
  deps: PresentLicenceDependencies,
  by: LicenceRequester,
  { entityId, address }: { entityId: string | undefined; address: string },
): Promise<BeginLicenceOutcome> {
  const taken = await takeEntityTry(deps, { accountId: by.accountId, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const state = await deps.licences.begin(by, entityId);
  if (state !== undefined) return { ok: true, state };
  await deps.budgets.giveBack(taken.reservations);
  return { ok: false, reason: 'platform_unavailable' };
}

/** What may be asked again says nothing against anybody. */
const UNDECIDED: ReadonlySet<LicenceRefusal> = new Set(['waiting', 'over', 'platform_unavailable']);

export async function presentLicence(
  deps: PresentLicenceDependencies,
  person: Account,
  given: { by: LicenceRequester; state: string; address: string },
): Promise<PresentLicenceOutcome> {
  const { licences, accounts, mandates } = deps;
  const { by, state, address } = given;
  const request = await licences.find(state, by);
  if (!request) return { ok: false, reason: 'over' };
  const { entityId } = request;
  const isOwn = entityId && (await appointingMandate({ mandates }, entityId, person.id));
  const entity = isOwn ? await accounts.findById(entityId) : undefined;
  if (entityId !== undefined && !entity?.isActive)
    return { ok: false, reason: 'changed_meanwhile' };
  const checked = await licences.check(request, { person, uscc: entity?.uscc });
  if (!checked.ok) {
    if (!UNDECIDED.has(checked.reason)) {
      await noteRefusal(deps, person.id, { entityId, address, reason: checked.reason });
    }
    return { ok: false, reason: checked.reason };
  }
  const { proof } = checked;
  const use = () => licences.use(state, by);
  if (entityId !== undefined) {
    if (!(await use())) return { ok: false, reason: 'over' };
    const raised = await raiseEntity(deps, {
      entityId,
      proof,
      by: { personId: person.id, address },
    });
    return raised.ok
      ? { ok: true, next: 'entity', entityId, hasRisen: raised.hasRisen }
      : { ok: false, reason: 'changed_meanwhile' };
  }
  const applied = await applyProof(deps, person, { proof, address, use });
  if (applied.ok) return { ok: true, next: 'confirm', application: applied.application };
  return applied.reason === 'used' ? { ok: false, reason: 'over' } : applied;
}

async function noteRefusal(
  { audit }: Pick<PresentLicenceDependencies, 'audit'>,
  actor: string,
  of: { entityId: string | undefined; address: string; reason: string },
): Promise<void> {
  const { entityId, address, reason } = of;
  await audit.record({
    type: 'verification.checked',
    actor,
    ...(entityId === undefined ? {} : { subject: entityId }),
    address,
    result: 'refused',
    reason,
    details: { source: 'licence' },
  });
}
