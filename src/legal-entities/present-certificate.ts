// An organisation's certificate, presented by a person who is signed in: to register it, or to show
// more of one that has an account.
import type { Account } from '../accounts/account.ts';
import type { ChallengeOf } from '../entity-proofs/challenge-store.ts';
import type {
  CertificateProblem,
  OrganisationCertificates,
} from '../entity-proofs/organisation-certificates.ts';
import { takeEntityTry } from '../verification/verification-tries.ts';
import { applyProof } from './apply-proof.ts';
import type { ProofRefusal } from './apply-proof.ts';
import type { CheckEntityDependencies } from './check-entity.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { raiseEntity } from './raise-entity.ts';
import type { RaiseEntityDependencies } from './raise-entity.ts';

export interface PresentCertificateDependencies
  extends CheckEntityDependencies, RaiseEntityDependencies {
  certificates: OrganisationCertificates;
}

/** Of the form; some have a way on of their own. */
export type CertificateRefusal =
  | CertificateProblem
  | ProofRefusal
  | 'missing'
  /** The text that was signed is over, or was used. */
  | 'over'
  | 'tries_used_up'
  | 'changed_meanwhile';

export type PresentCertificateOutcome =
  | { ok: true; next: 'confirm'; application: EntityApplication }
  | { ok: true; next: 'entity'; entityId: string; hasRisen: boolean }
  | { ok: false; reason: CertificateRefusal }
  | { ok: false; reason: 'in_review'; application: EntityApplication };

export interface PresentedCertificate {
  of: ChallengeOf;
  /** The organisation that is to show more; absent: one is to be registered. */
  entityId?: string | undefined;
  challengeId: string;
  signature: Buffer;
  address: string;
}

/** What says that nothing was looked at: it costs no try. */
const UNREAD: ReadonlySet<CertificateRefusal> = new Set([
  'unreadable',
  'revocation_unknown',
  'unavailable',
]);

export async function presentCertificate(
  deps: PresentCertificateDependencies,
  person: Account,
  given: PresentedCertificate,
): Promise<PresentCertificateOutcome> {
  const { certificates, budgets } = deps;
  const { of, challengeId, signature, address } = given;
  if (signature.length === 0) return { ok: false, reason: 'missing' };
  const challenge = await certificates.challenges.find(of, challengeId);
  if (!challenge) return { ok: false, reason: 'over' };
  const taken = await takeEntityTry(deps, { accountId: person.id, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const checked = await certificates.check(of, challenge, signature);
  if (!checked.ok) await noteRefusal(deps, person.id, { given, reason: checked.reason });
  const outcome = checked.ok
    ? await act(deps, person, { ...given, proof: checked.proof })
    : ({ ok: false, reason: checked.reason } as const);
  if (!outcome.ok && outcome.reason !== 'in_review' && UNREAD.has(outcome.reason)) {
    await budgets.giveBack(taken.reservations);
  }
  return outcome;
}

async function act(
  deps: PresentCertificateDependencies,
  person: Account,
  given: PresentedCertificate & { proof: Parameters<typeof applyProof>[2]['proof'] },
): Promise<PresentCertificateOutcome> {
  const { of, entityId, challengeId, address, proof } = given;
  const use = () => deps.certificates.challenges.use(of, challengeId);
  if (entityId !== undefined) {
    if (!(await use())) return { ok: false, reason: 'over' };
    const by = { personId: person.id, address };
    const raised = await raiseEntity(deps, { entityId, proof, by });
    return raised.ok
      ? { ok: true, next: 'entity', entityId, hasRisen: raised.hasRisen }
      : { ok: false, reason: 'changed_meanwhile' };
  }
  const applied = await applyProof(deps, person, { proof, address, use });
  if (applied.ok) return { ok: true, next: 'confirm', application: applied.application };
  return applied.reason === 'used' ? { ok: false, reason: 'over' } : applied;
}

async function noteRefusal(
  { audit }: Pick<PresentCertificateDependencies, 'audit'>,
  actor: string,
  { given, reason }: { given: PresentedCertificate; reason: string },
): Promise<void> {
  const { entityId, address } = given;
  await audit.record({
    type: 'verification.checked',
    actor,
    ...(entityId === undefined ? {} : { subject: entityId }),
    address,
    result: 'refused',
    reason,
    details: { source: 'certificate' },
  });
}
