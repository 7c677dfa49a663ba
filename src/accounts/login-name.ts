// What a person types into the login field: a user name, a phone number or a certificate number.
// User names may not look like numbers, so that nobody takes another's phone or ID as a name.
import { checkSocialCreditCode } from './social-credit-code.ts';
import { canonicalNumber } from './identity-number.ts';
import { phoneCandidates } from './phone.ts';

/** Longer input cannot be a login; it is cut before it is hashed. */
export const MAX_LOGIN_LENGTH = 128;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{2,63}$/u;
const LOOKS_LIKE_A_NUMBER = [/^[\d._@-]+$/u, /^\d{17}x$/u, /^[a-z]{1,2}\d{7,}$/u];

/** NFKC and lower case: one spelling for what a person would take as the same name. */
export function normaliseLoginName(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

export type LoginNameProblem = 'login_format_wrong' | 'login_looks_like_number';

/** Undefined when the normalised name may be taken. */
export function loginNameProblem(name: string): LoginNameProblem | undefined {
  if (!NAME.test(name)) return 'login_format_wrong';
  if (LOOKS_LIKE_A_NUMBER.some((shape) => shape.test(name))) return 'login_looks_like_number';
  const isCode = checkSocialCreditCode(name).outcome !== 'invalid';
  return isCode ? 'login_looks_like_number' : undefined;
}

/** Every reading of a typed login. */
export interface LoginReadings {
  name: string;
  phones: readonly string[];
  number: string;
  /** One text for all spellings of the same login: the key under which failures are counted. */
  canonical: string;
}

export function readLogin(text: string): LoginReadings {
  const cut = text.slice(0, MAX_LOGIN_LENGTH);
  const name = normaliseLoginName(cut);
  const phones = phoneCandidates(cut);
  return {
    name,
    phones,
    number: canonicalNumber(cut),
    canonical: phones.length === 1 ? (phones[0] ?? name) : name.replaceAll(/\s/gu, ''),
  };
}
