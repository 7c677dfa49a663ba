// An organisation has shown by a means of its own that it is the one with a code. What is left to
// ask: does the register know it under that name, does it operate, and is who brings it its legal
// representative? Others who hold the means become administrators.
import type { Account } from '../accounts/account.ts';
import type { EntityProof } from '../entity-proofs/entity-proof.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { CheckEntityDependencies } from './check-entity.ts';
import { noteRefusal, refusalOf } from './check-entity.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';

export type ProofRefusal = 'unknown' | 'name_differs' | 'cancelled' | 'revoked' | 'unavailable';

export type ApplyProofOutcome =
  | { ok: true; application: EntityApplication }
  | { ok: false; reason: ProofRefusal }
  /** The proof was used by another form, or is over. */
  | { ok: false; reason: 'used' }
  | { ok: false; reason: 'in_review'; application: EntityApplication };

export interface AppliedProof {
  proof: EntityProof;
  /** Of the person's browser. */
  address: string;
  /** Called when nothing stands against it any more: true for the one form that uses the proof. */
  use: () => Promise<boolean>;
}

/** @throws Error for an account that is not verified in person */
export async function applyProof(
  deps: CheckEntityDependencies,
  person: Account,
  given: AppliedProof,
): Promise<ApplyProofOutcome> {
  const { register, applications } = deps;
  const { proof, address, use } = given;
  const { uscc, name: shownName } = proof;
  const representative = verifiedClaim(person);
  if (!representative || person.realNameLevel < REPRESENTATIVE_LEVEL) {
    throw new Error('only who was verified in person registers an organisation');
  }
  const before = await applications.ofCode(person.id, uscc);
  if (before && (await deps.entityReview?.isOpen(before))) {
    return { ok: false, reason: 'in_review', application: before };
  }
  const answer = await register?.check({ uscc, name: shownName, representative });
  if (!answer || answer.outcome === 'unavailable' || answer.outcome === 'contradictory') {
    if (answer) await noteRefusal(deps, person.id, { answer, address, reason: answer.outcome });
    return { ok: false, reason: 'unavailable' };
  }
  const refusal = refusalOf(answer);
  if (answer.outcome !== 'found' || (refusal !== undefined && refusal !== 'not_representative')) {
    const reason = refusal === undefined || refusal === 'not_representative' ? 'unknown' : refusal;
    await noteRefusal(deps, person.id, { answer, address, reason });
    return { ok: false, reason };
  }
  if (!(await use())) return { ok: false, reason: 'used' };
  const { facts, resultCode, reference } = answer;
  const { source, grade, cap, expiresAt } = proof;
  const application = await applications.put(person.id, 'confirmed', {
    uscc,
    name: facts.name ?? shownName,
    confirmed: { subtype: facts.subtype, resultCode, reference },
    proof: {
      source,
      grade,
      cap,
      resultCode: proof.resultCode,
      reference: proof.reference,
      ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
      role: facts.isRepresentative ? 'legalRepresentative' : 'administrator',
    },
  });
  return { ok: true, application };
}
