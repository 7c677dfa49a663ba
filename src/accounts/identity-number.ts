// One question for every certificate: is this number possible for this type, and what is its
// canonical form? Possible is not verified; registers and windows decide that.
import { certificateTypeRule } from './certificate-types.ts';
import type { CertificateType } from './certificate-types.ts';
import { checkResidentId, residentIdCheckDigit } from './resident-id.ts';
import type { ResidentIdProblem } from './resident-id.ts';
import { checkSocialCreditCode } from './social-credit-code.ts';

/** A certificate in canonical form: half-width upper case without spaces. */
export interface Certificate {
  type: CertificateType;
  number: string;
  /** ISO 3166-1 alpha-3 of the issuing country; passports only. */
  country?: string | undefined;
}

export type CertificateProblem =
  | ResidentIdProblem
  | 'format_wrong'
  | 'country_needed'
  | 'country_wrong';

export type CertificateOutcome =
  | {
      outcome: 'valid';
      certificate: Certificate;
      birthDate?: string;
      sex?: 'male' | 'female';
    }
  /** Lawful perhaps, but its check digit fails: the authoritative register must be asked. */
  | { outcome: 'needs_register'; certificate: Certificate }
  | { outcome: 'invalid'; reason: CertificateProblem };

/** Full-width forms, spaces and lower case of a typed number, made canonical. */
export function canonicalNumber(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s/gu, '').toUpperCase();
}

export function checkCertificate(
  given: { type: CertificateType; number: string; country?: string | undefined },
  now: Date,
): CertificateOutcome {
  const rule = certificateTypeRule(given.type);
  const number = canonicalNumber(given.number);
  const country = given.country?.trim().toUpperCase();
  if (rule.needsCountry) {
    if (!country) return { outcome: 'invalid', reason: 'country_needed' };
    if (!/^[A-Z]{3}$/u.test(country)) return { outcome: 'invalid', reason: 'country_wrong' };
  }
  const certificate: Certificate = {
    type: given.type,
    number,
    ...(rule.needsCountry ? { country } : {}),
  };
  switch (rule.number.check) {
    case 'residentId': {
      const result = checkResidentId(number, now, rule.number.prefixes);
      if (result.outcome === 'invalid') return result;
      return { outcome: 'valid', certificate, birthDate: result.birthDate, sex: result.sex };
    }
    case 'socialCreditCode': {
      const result = checkSocialCreditCode(number);
      return result.outcome === 'invalid' ? result : { outcome: result.outcome, certificate };
    }
    case 'permanentResidence':
      return checkPermanentResidence(certificate);
    case 'pattern':
      return rule.number.pattern.test(number)
        ? { outcome: 'valid', certificate }
        : { outcome: 'invalid', reason: 'format_wrong' };
  }
}

/** 553: three letters and twelve digits, or since 2023-12 eighteen digits beginning with 9. */
function checkPermanentResidence(certificate: Certificate): CertificateOutcome {
  const { number } = certificate;
  if (/^[A-Z]{3}\d{12}$/u.test(number)) return { outcome: 'valid', certificate };
  if (!/^9\d{16}[\dX]$/u.test(number)) return { outcome: 'invalid', reason: 'format_wrong' };
  const isChecked = number[17] === residentIdCheckDigit(number);
  return { outcome: isChecked ? 'valid' : 'needs_register', certificate };
}
