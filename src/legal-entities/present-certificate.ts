// An organisation's certificate, presented by a person who is signed in: to register it, or to show
// more of one that has an account.
import type { Account } from '../accounts/account.ts';
import type { ChallengeOf } from '../entity-proofs/challenge-store.ts';
import type {
  CertificateProblem,
  OrganisationCertificates,
} from '../entity-proofs/organisation-certificates.ts';
import { noteUnproven } from '../verification/note-check.ts';
import { takeEntityTry } from '../verification/verification-tries.ts';
import type { ProofRefusal } from './apply-proof.ts';
import { useProof } from './use-proof.ts';
import type { ProofOutcome, UseProofDependencies } from './use-proof.ts';

export interface PresentCertificateDependencies extends UseProofDependencies {
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

export type PresentCertificateOutcome = ProofOutcome<CertificateRefusal>;

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
  const { of, entityId, challengeId, signature, address } = given;
  if (signature.length === 0) return { ok: false, reason: 'missing' };
  const challenge = await certificates.challenges.find(of, challengeId);
  if (!challenge) return { ok: false, reason: 'over' };
  const taken = await takeEntityTry(deps, { accountId: person.id, address });
  if (!taken.ok) return { ok: false, reason: 'tries_used_up' };
  const checked = await certificates.check(of, challenge, signature);
  if (!checked.ok) {
    const noted = { actor: person.id, subject: entityId, address, source: 'certificate' };
    await noteUnproven(deps, { ...noted, reason: checked.reason });
  }
  const use = () => certificates.challenges.use(of, challengeId);
  const outcome = checked.ok
    ? await useProof(deps, person, { entityId, address, use, proof: checked.proof })
    : checked;
  if (!outcome.ok && outcome.reason !== 'in_review' && UNREAD.has(outcome.reason)) {
    await budgets.giveBack(taken.reservations);
  }
  return outcome;
}
