// Name, number and relation of a child as a guardian types them.
import type { Account } from '../accounts/account.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { readIdentityForm } from '../verification/identity-form.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import type { IdentityFormProblem } from '../verification/verification.views.ts';
import { relations } from './ward.ts';
import type { Relation } from './ward.ts';

export interface TypedChild {
  type: CertificateType;
  country: string;
  name: string;
  number: string;
  /** YYYY-MM-DD, for certificates whose number does not tell. */
  birthDate: string;
  relation: string;
  isAgreed: boolean;
  /** Of the agreement as it stood on the page. */
  agreementVersion: number;
}

export interface Child {
  claim: IdentityClaim;
  /** YYYY-MM-DD */
  birthDate: string;
  relation: Relation;
}

export type ChildFormProblem =
  | IdentityFormProblem
  | 'agreement.not_ticked'
  | 'agreement.changed'
  | `guardianship.form.${'grown' | 'own_number' | 'relation_missing'}`;

export type ChildFormOutcome =
  | { ok: true; child: Child }
  | { ok: false; errors: readonly FieldError<ChildFormProblem>[] };

export function readChildForm(
  typed: TypedChild,
  { guardian, now, version }: { guardian: Account; now: Date; version: number },
): ChildFormOutcome {
  const errors: FieldError<ChildFormProblem>[] = [];
  const read = readIdentityForm(typed, now);
  if (!read.ok) errors.push(...read.errors);
  else if (read.claim.certificate.number === guardian.certificate?.number) {
    errors.push({ field: 'number', key: 'guardianship.form.own_number' });
  } else if (ageAt(read.birthDate, now) >= GUARDIAN_AGE) {
    errors.push({ field: 'number', key: 'guardianship.form.grown' });
  }
  const relation = relations.find((known) => known === typed.relation);
  if (!relation) errors.push({ field: 'relation', key: 'guardianship.form.relation_missing' });
  if (!typed.isAgreed) errors.push({ field: 'agree', key: 'agreement.not_ticked' });
  else if (typed.agreementVersion !== version) {
    errors.push({ field: 'agree', key: 'agreement.changed' });
  }
  if (!read.ok || !relation || errors.length > 0) return { ok: false, errors };
  return { ok: true, child: { claim: read.claim, birthDate: read.birthDate, relation } };
}
