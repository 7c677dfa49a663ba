// Name and certificate as people type them, made canonical. Only what a legal check digit shows to be
// wrong is refused; what looks odd otherwise is for a register or a reviewer to say.
import { cityDate } from '../accounts/age.ts';
import { certificateTypeRule } from '../accounts/certificate-types.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import { canonicalNumber, checkCertificate } from '../accounts/identity-number.ts';
import type { CertificateProblem } from '../accounts/identity-number.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { canonicalName } from './canonical-name.ts';
import type { IdentityClaim } from './provider.ts';
import type { IdentityFormProblem } from './verification.views.ts';

export const RESIDENT_ID = '111';

export interface TypedIdentity {
  /** The resident ID card unless said otherwise. */
  type?: CertificateType | undefined;
  country?: string | undefined;
  name: string;
  number: string;
  /** YYYY-MM-DD, for certificates whose number does not tell. */
  birthDate?: string | undefined;
}

export type IdentityFormOutcome =
  | { ok: true; claim: IdentityClaim; birthDate: string }
  | { ok: false; errors: FieldError<IdentityFormProblem>[] };

/** Whether the number of such a certificate holds the day of birth. */
export function tellsBirthDate(type: CertificateType): boolean {
  return certificateTypeRule(type).number.check === 'residentId';
}

export function readIdentityForm(typed: TypedIdentity, now: Date): IdentityFormOutcome {
  const { type = RESIDENT_ID, country } = typed;
  const errors: FieldError<IdentityFormProblem>[] = [];
  const name = canonicalName(typed.name);
  if (name === undefined) {
    const isMissing = typed.name.trim() === '';
    const key = isMissing ? 'verification.form.name_missing' : 'verification.form.name_wrong';
    errors.push({ field: 'name', key });
  }
  const checked = checkCertificate({ type, number: typed.number, country }, now);
  if (checked.outcome === 'invalid') errors.push(...problemsOf(type, typed, { checked, now }));
  const told = checked.outcome === 'valid' ? checked.birthDate : undefined;
  const birthDate = told ?? readBirthDate(typed.birthDate ?? '', now);
  if (birthDate === undefined && !tellsBirthDate(type)) {
    errors.push({ field: 'birth_date', key: 'verification.form.birth_date_wrong' });
  }
  const isWhole = name !== undefined && checked.outcome !== 'invalid' && birthDate !== undefined;
  if (!isWhole || errors.length > 0) return { ok: false, errors };
  return { ok: true, claim: { name, certificate: checked.certificate }, birthDate };
}

function problemsOf(
  type: CertificateType,
  typed: TypedIdentity,
  { checked: { reason }, now }: { checked: { reason: CertificateProblem }; now: Date },
): FieldError<IdentityFormProblem>[] {
  if (reason === 'country_needed' || reason === 'country_wrong') {
    const country = { field: 'country', key: 'verification.form.country_missing' } as const;
    // What else is wrong is told at once.
    const again = checkCertificate({ type, number: typed.number, country: ANY_COUNTRY }, now);
    return again.outcome === 'invalid'
      ? [country, problemOf(type, typed, again.reason)]
      : [country];
  }
  return [problemOf(type, typed, reason)];
}

const ANY_COUNTRY = 'XXA';

function problemOf(
  type: CertificateType,
  typed: TypedIdentity,
  problem: CertificateProblem,
): FieldError<IdentityFormProblem> {
  const field = 'number';
  if (canonicalNumber(typed.number) === '') {
    return { field, key: 'verification.form.number_missing' };
  }
  if (!tellsBirthDate(type)) return { field, key: 'verification.form.number_format' };
  return { field, key: KEYS[problem] ?? 'verification.form.number_wrong' };
}

const KEYS: Partial<Record<CertificateProblem, IdentityFormProblem>> = {
  length_wrong: 'verification.form.number_length',
  characters_wrong: 'verification.form.number_length',
  old_15_digits: 'verification.form.number_old',
  certificate_type_wrong: 'verification.form.number_permit',
};

const OLDEST = '1880-01-01';

function readBirthDate(text: string, now: Date): string | undefined {
  const date = new Date(`${text}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/u.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text);
  return isDay && text >= OLDEST && text <= cityDate(now) ? text : undefined;
}
