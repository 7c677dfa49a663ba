// An organisation's licence, presented by a person who is signed in: to register it, or to show more
// of one that has an account.
import type { Account } from '../accounts/account.ts';
import type { ElectronicLicences, LicenceProblem } from '../entity-proofs/electronic-licences.ts';
import type { LicenceRequester } from '../entity-proofs/licence-request-store.ts';
import { noteUnproven } from '../verification/note-check.ts';
import { takeEntityTry } from '../verification/verification-tries.ts';
import type { ProofRefusal } from './apply-proof.ts';
import { appointingMandate } from '../mandates/power.ts';
import { useProof } from './use-proof.ts';
import type { ProofOutcome, UseProofDependencies } from './use-proof.ts';

export interface PresentLicenceDependencies extends UseProofDependencies {
  licences: ElectronicLicences;
}

export type LicenceRefusal = LicenceProblem | ProofRefusal | 'changed_meanwhile';

export type PresentLicenceOutcome = ProofOutcome<LicenceRefusal>;

export type BeginLicenceOutcome =
  | { ok: true; state: string }
  | { ok: false; reason: 'tries_used_up' | 'platform_unavailable' };

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
  const { licences, accounts } = deps;
  const { by, state, address } = given;
  const request = await licences.find(state, by);
  if (!request) return { ok: false, reason: 'over' };
  const { entityId } = request;
  const isOwn = entityId && (await appointingMandate(deps, entityId, person.id));
  const entity = isOwn ? await accounts.findById(entityId) : undefined;
  if (entityId !== undefined && !entity?.isActive)
    return { ok: false, reason: 'changed_meanwhile' };
  const checked = await licences.check(request, { person, uscc: entity?.uscc });
  if (!checked.ok) {
    if (!UNDECIDED.has(checked.reason)) {
      const noted = { actor: person.id, subject: entityId, address, source: 'licence' };
      await noteUnproven(deps, { ...noted, reason: checked.reason });
    }
    return checked;
  }
  const use = () => licences.use(state, by);
  return useProof(deps, person, { entityId, address, use, proof: checked.proof });
}
