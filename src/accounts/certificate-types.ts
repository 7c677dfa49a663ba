// The certificate types the city knows (canonical codes of GA/T 2000.156 and 电子证照), with what
// each must look like. Only numbers with a legal check digit are strict; the rest is kept loose,
// because refusing a real document is worse than storing a mistyped one.

type NumberRule =
  | { check: 'residentId'; prefixes: 'mainland' | readonly string[] }
  | { check: 'socialCreditCode' }
  | { check: 'permanentResidence' }
  | { check: 'pattern'; pattern: RegExp };

interface CertificateTypeRule {
  holder: 'person' | 'entity';
  number: NumberRule;
  /** The number is unique only inside the country that issued it. */
  needsCountry: boolean;
}

const PASSPORT = /^[A-Z0-9]{5,18}$/u;
const MILITARY = /^[\p{L}\p{N}()-]{4,32}$/u;
const ANYTHING_PRINTABLE = /^[^\p{C}\p{Z}]{1,32}$/u;

function pattern(text: RegExp): NumberRule {
  return { check: 'pattern', pattern: text };
}

function person(number: NumberRule, needsCountry = false): CertificateTypeRule {
  return { holder: 'person', number, needsCountry };
}

export const certificateTypes = {
  '001': { holder: 'entity', number: { check: 'socialCreditCode' }, needsCountry: false },
  '099': { holder: 'entity', number: pattern(ANYTHING_PRINTABLE), needsCountry: false },
  '111': person({ check: 'residentId', prefixes: 'mainland' }),
  '114': person(pattern(MILITARY)),
  '115': person(pattern(MILITARY)),
  '118': person(pattern(MILITARY)),
  '119': person(pattern(MILITARY)),
  '120': person(pattern(MILITARY)),
  '122': person(pattern(MILITARY)),
  '154': person({ check: 'residentId', prefixes: 'mainland' }),
  '155': person({ check: 'residentId', prefixes: ['81', '82'] }),
  '156': person({ check: 'residentId', prefixes: ['83'] }),
  '411': person(pattern(PASSPORT), true),
  '412': person(pattern(PASSPORT), true),
  '413': person(pattern(PASSPORT), true),
  '414': person(pattern(PASSPORT), true),
  '511': person(pattern(/^\d{8}(?:\d{2}[A-Z]?)?$/u)),
  '516': person(pattern(/^[A-Z0-9]{8,12}$/u)),
  '553': person({ check: 'permanentResidence' }),
  '999': person(pattern(ANYTHING_PRINTABLE)),
} as const satisfies Record<string, CertificateTypeRule>;

export type CertificateType = keyof typeof certificateTypes;

export const certificateTypeCodes = Object.keys(certificateTypes) as CertificateType[];

export function isCertificateType(code: string): code is CertificateType {
  return Object.hasOwn(certificateTypes, code);
}

export function certificateTypeRule(code: CertificateType): CertificateTypeRule {
  return certificateTypes[code];
}
