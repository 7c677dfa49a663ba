// The 18-character citizen number of GB 11643-1999: AAAAAA YYYYMMDD SSS C. County codes are not
// checked (revoked codes of GB/T 2260 live on in issued cards), the province prefix is.

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';
const EARLIEST_YEAR = 1880;
const CHINA_OFFSET_MS = 8 * 3_600_000;

/** GB/T 2260 province prefixes; 81, 82, 83 stand only on residence permits. */
const MAINLAND_PREFIXES: ReadonlySet<string> = new Set(
  (
    '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 ' +
    '61 62 63 64 65 71'
  ).split(' '),
);
const PERMIT_PREFIXES: ReadonlySet<string> = new Set(['81', '82', '83']);

export type ResidentIdProblem =
  | 'old_15_digits'
  | 'length_wrong'
  | 'characters_wrong'
  | 'province_unknown'
  | 'certificate_type_wrong'
  | 'date_impossible'
  | 'date_in_future'
  | 'check_digit_wrong';

export type ResidentIdOutcome =
  | { outcome: 'valid'; number: string; birthDate: string; sex: 'male' | 'female' }
  | { outcome: 'invalid'; reason: ResidentIdProblem };

/**
 * Checks a number as typed (a lower-case x is accepted, the canonical form carries X).
 * `prefixes` names the province prefixes the certificate type may have.
 */
export function checkResidentId(
  text: string,
  now: Date,
  prefixes: 'mainland' | readonly string[] = 'mainland',
): ResidentIdOutcome {
  const number = text.toUpperCase();
  if (/^\d{15}$/u.test(number)) return invalid('old_15_digits');
  if (number.length !== 18) return invalid('length_wrong');
  if (!/^\d{17}[\dX]$/u.test(number)) return invalid('characters_wrong');
  const province = number.slice(0, 2);
  const isAllowed =
    prefixes === 'mainland' ? MAINLAND_PREFIXES.has(province) : prefixes.includes(province);
  if (!isAllowed) {
    const isKnown = MAINLAND_PREFIXES.has(province) || PERMIT_PREFIXES.has(province);
    return invalid(isKnown ? 'certificate_type_wrong' : 'province_unknown');
  }
  const birthDate = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isCalendarDate(birthDate)) return invalid('date_impossible');
  if (birthDate > chinaDate(now)) return invalid('date_in_future');
  if (number[17] !== residentIdCheckDigit(number)) return invalid('check_digit_wrong');
  const sex = Number(number[16]) % 2 === 1 ? 'male' : 'female';
  return { outcome: 'valid', number, birthDate, sex };
}

/** The check character of the first 17 digits (ISO 7064 MOD 11-2). */
export function residentIdCheckDigit(digits: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return CHECK_CHARACTERS.charAt(sum % 11);
}

/** The 18-character form of a 15-digit number of before 1999; undefined for anything else. */
export function upgradeResidentId(text: string): string | undefined {
  if (!/^\d{15}$/u.test(text)) return undefined;
  const digits = `${text.slice(0, 6)}19${text.slice(6)}`;
  return digits + residentIdCheckDigit(digits);
}

function invalid(reason: ResidentIdProblem): ResidentIdOutcome {
  return { outcome: 'invalid', reason };
}

function isCalendarDate(text: string): boolean {
  if (Number(text.slice(0, 4)) < EARLIEST_YEAR) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Today's date where the city is (UTC+8, no summer time), YYYY-MM-DD. */
function chinaDate(now: Date): string {
  return new Date(now.getTime() + CHINA_OFFSET_MS).toISOString().slice(0, 10);
}
