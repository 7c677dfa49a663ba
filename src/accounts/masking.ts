// What of a person's data may be shown. Masking happens on the server; a page never receives
// what it must not show. The unified social credit code is public and has no mask.
import { splitPhone } from './phone.ts';

/** `signedIn`: the person's own pages. `sharedScreen`: kiosks, halls, before sign-in. */
export type MaskingPlace = 'signedIn' | 'sharedScreen';

const LONG_ENOUGH_FOR_SEVEN = 11;
const LONG_ENOUGH_FOR_TWO = 5;

/** First three and last four (or first and last one) of a certificate number. */
export function maskNumber(number: string, place: MaskingPlace): string {
  const characters = Array.from(number);
  if (characters.length < LONG_ENOUGH_FOR_TWO) return '*'.repeat(characters.length);
  const isLong = characters.length >= LONG_ENOUGH_FOR_SEVEN;
  return place === 'signedIn' && isLong ? keepEnds(characters, 3, 4) : keepEnds(characters, 1, 1);
}

/** 138****8000. Shorter numbers keep two at each end; other regions their country code. */
export function maskPhone(phone: string): string {
  const split = splitPhone(phone);
  const digits = Array.from(split?.national ?? phone);
  if (digits.length < LONG_ENOUGH_FOR_TWO) return '*'.repeat(digits.length);
  const masked =
    digits.length >= LONG_ENOUGH_FOR_SEVEN ? keepEnds(digits, 3, 4) : keepEnds(digits, 2, 2);
  if (!split || split.region === 'CN') return masked;
  return `${phone.slice(0, phone.length - split.national.length)} ${masked}`;
}

/** The first character and one asterisk, whatever the length: 张*. */
export function maskName(name: string): string {
  const [first] = name;
  return first === undefined ? '' : `${first}*`;
}

/** z***@example.com */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 1) return '***';
  const [first = ''] = email;
  return `${first}***${email.slice(at)}`;
}

function keepEnds(characters: readonly string[], first: number, last: number): string {
  return characters
    .map((character, index) =>
      index < first || index >= characters.length - last ? character : '*',
    )
    .join('');
}
