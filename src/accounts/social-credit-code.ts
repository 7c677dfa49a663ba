// The unified social credit code of GB 32100-2015 with the organisation code of GB 11714 inside.
// Codes of the early trial areas are lawful although their outer check digit fails: they are not
// refused, the authoritative register decides.

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const OUTER_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const INNER_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
/** The organisation codes of the trial series, as far as they are known, begin like this. */
const TRIAL_SERIES = 'M0';
const INNER_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export type SocialCreditCodeOutcome =
  | { outcome: 'valid'; number: string }
  | { outcome: 'needs_register'; number: string }
  | { outcome: 'invalid'; reason: 'length_wrong' | 'characters_wrong' | 'check_digit_wrong' };

/** Checks a code as typed; lower case is accepted, the canonical form is upper case. */
export function checkSocialCreditCode(text: string): SocialCreditCodeOutcome {
  const number = text.toUpperCase();
  if (number.length !== 18) return { outcome: 'invalid', reason: 'length_wrong' };
  if (!/^[0-9A-HJ-NPQRTUWXY]+$/u.test(number)) {
    return { outcome: 'invalid', reason: 'characters_wrong' };
  }
  if (number[17] === socialCreditCheckDigit(number)) return { outcome: 'valid', number };
  const organisation = number.slice(8, 17);
  const isTrialCode =
    organisation.startsWith(TRIAL_SERIES) &&
    organisation[8] === organisationCheckDigit(organisation.slice(0, 8));
  return isTrialCode
    ? { outcome: 'needs_register', number }
    : { outcome: 'invalid', reason: 'check_digit_wrong' };
}

/** The 18th character for the first 17. */
export function socialCreditCheckDigit(code: string): string {
  const sum = OUTER_WEIGHTS.reduce(
    (total, weight, index) => total + weight * ALPHABET.indexOf(code.charAt(index)),
    0,
  );
  return ALPHABET.charAt((31 - (sum % 31)) % 31);
}

/** The ninth character of an organisation code for its first eight. */
export function organisationCheckDigit(code: string): string {
  const sum = INNER_WEIGHTS.reduce(
    (total, weight, index) => total + weight * INNER_ALPHABET.indexOf(code.charAt(index)),
    0,
  );
  const value = 11 - (sum % 11);
  if (value === 10) return 'X';
  return value === 11 ? '0' : String(value);
}
