// Reads an answer of a peer field by field into our terms, by the peer's own tables where it has them.
// Pure and total: what is missing or not understood is left out, and remembered by the name of the field.
import type { RealNameLevel } from '../../accounts/account.ts';
import {
  certificateTypeCodes,
  certificateTypeRule,
  isCertificateType,
} from '../../accounts/certificate-types.ts';
import type { CertificateType } from '../../accounts/certificate-types.ts';
import { canonicalNumber, checkCertificate } from '../../accounts/identity-number.ts';
import type { Certificate } from '../../accounts/identity-number.ts';
import { parsePhone } from '../../accounts/phone.ts';
import { checkSocialCreditCode } from '../../accounts/social-credit-code.ts';
import type { Peer, PeerAttribute } from '../../peers/peer.ts';
import type { UpstreamIdentity } from '../upstream-identity.ts';

/** Where a dialect has them: paths with dots, the first that holds something counts. */
export type FieldNames = Readonly<Partial<Record<PeerAttribute, readonly string[]>>>;

export type Mapped =
  /** `unread`: fields that say something we do not understand; left out of the identity. */
  | { ok: true; identity: UpstreamIdentity; unread: readonly string[] }
  /** `problems`: fields that are missing or cannot be true. Never their values. */
  | { ok: false; problems: readonly string[] };

export interface Dialect {
  fields: FieldNames;
  /** Its own names of levels, for a peer without a table. */
  levels: Readonly<Record<string, RealNameLevel>>;
  /** Its own codes of certificates, for a peer without a table. */
  certificateTypes: Readonly<Record<string, string>>;
  /** Texts that mean that there is none. */
  absent?: ReadonlySet<string>;
}

const PERMITS: Readonly<Record<string, CertificateType>> = {
  '81': '155',
  '82': '155',
  '83': '156',
};

/** Of a platform that uses the codes of GA/T 2000.156, as we do. */
export const canonicalTypes: Readonly<Record<string, string>> = Object.fromEntries(
  certificateTypeCodes.map((code) => [code, code]),
);

const MOST_SUBJECT = 255;
const MOST_NAME = 120;
const MOST_STATED = 64;
const UNREADABLE_TEXT = /[\p{C}\p{Zl}\p{Zp}]/u;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/u;

export class StatedFields {
  /** Attributes that were stated and not understood. */
  readonly unread: string[] = [];
  /** Attributes that cannot be as they were stated. */
  readonly problems: string[] = [];
  readonly #answer: unknown;
  readonly #peer: Peer;
  readonly #dialect: Dialect;
  readonly #now: Date;

  constructor(answer: unknown, of: { peer: Peer; dialect: Dialect; now: Date }) {
    this.#answer = answer;
    this.#peer = of.peer;
    this.#dialect = of.dialect;
    this.#now = of.now;
  }

  /** True where the peer's own table says where to find it. */
  isMapped(attribute: PeerAttribute): boolean {
    return Object.hasOwn(this.#peer.attributeMap, attribute);
  }

  raw(attribute: PeerAttribute): unknown {
    const paths = this.isMapped(attribute)
      ? [this.#peer.attributeMap[attribute] ?? '']
      : (this.#dialect.fields[attribute] ?? []);
    for (const path of paths) {
      const value = valueAt(this.#answer, path);
      if (!this.#isAbsent(value)) return value;
    }
    return undefined;
  }

  #isAbsent(value: unknown): boolean {
    if (value === undefined || value === null) return true;
    const text = asText(value);
    return text === '' || (text !== undefined && this.#dialect.absent?.has(text) === true);
  }

  /** Trimmed; numbers as text. Undefined where there is none. */
  text(attribute: PeerAttribute): string | undefined {
    const value = this.raw(attribute);
    if (value === undefined) return undefined;
    const text = asText(value);
    if (text === undefined) this.unread.push(attribute);
    return text;
  }

  /** The key of the link: taken as it stands. */
  subject(): string {
    const value = asText(this.raw('subject'), { isTrimmed: false }) ?? '';
    const isUsable = value !== '' && value.length <= MOST_SUBJECT && !UNREADABLE_TEXT.test(value);
    if (!isUsable) this.problems.push('subject');
    return value;
  }

  /** Never one with asterisks: that is a mask, and would count as another name. */
  name(attribute: 'name' | 'representativeName' = 'name'): string | undefined {
    const text = this.text(attribute)?.normalize('NFC');
    if (text === undefined) return undefined;
    if (text.length <= MOST_NAME && !UNREADABLE_TEXT.test(text) && !isMasked(text)) return text;
    this.unread.push(attribute);
    return undefined;
  }

  phone(): string | undefined {
    const text = this.text('phone');
    const parsed = text === undefined ? undefined : parsePhone(text);
    if (parsed && !parsed.ok) this.unread.push('phone');
    return parsed?.ok ? parsed.e164 : undefined;
  }

  email(): string | undefined {
    const text = this.text('email');
    if (text === undefined || (EMAIL.test(text) && !UNREADABLE_TEXT.test(text))) return text;
    this.unread.push('email');
    return undefined;
  }

  /**
   * Of a person. A number that fails its check digit is a problem, not a gap.
   * @param impliedType code of the peer, where the very field says which certificate it is
   */
  certificate(of: 'certificate' | 'representativeCertificate' = 'certificate', impliedType = '') {
    const [typeAttribute, numberAttribute] = [`${of}Type`, `${of}Number`] as const;
    const number = this.text(numberAttribute);
    const code = this.text(typeAttribute) ?? (impliedType || undefined);
    const country = of === 'certificate' ? this.text('certificateCountry') : undefined;
    return this.#checked({ number, code, country }, { typeAttribute, numberAttribute });
  }

  #checked(
    { number, code, country }: Record<'number' | 'code' | 'country', string | undefined>,
    { typeAttribute, numberAttribute }: Record<'typeAttribute' | 'numberAttribute', string>,
  ): Certificate | undefined {
    if (number === undefined || isMasked(number)) {
      if (number !== undefined) this.unread.push(numberAttribute);
      return undefined;
    }
    const type = code === undefined ? undefined : this.certificateType(code, number);
    if (type === undefined || certificateTypeRule(type).holder !== 'person') {
      this.unread.push(typeAttribute);
      return undefined;
    }
    const checked = checkCertificate({ type, number, country }, this.#now);
    if (checked.outcome !== 'invalid') return checked.certificate;
    // A passport without its country is a gap: nobody said it wrongly.
    const isGap = checked.reason === 'country_needed' || checked.reason === 'country_wrong';
    (isGap ? this.unread : this.problems).push(numberAttribute);
    return undefined;
  }

  /**
   * In our codes. A residence permit of Hong Kong, Macao or Taiwan has the form of an identity card, and
   * platforms with one code for both are told apart by its prefix (81, 82: 155; 83: 156).
   */
  certificateType(code: string, number: string): CertificateType | undefined {
    const { certificateTypeMap } = this.#peer;
    const table = isEmpty(certificateTypeMap) ? this.#dialect.certificateTypes : certificateTypeMap;
    const type = Object.hasOwn(table, code) ? (table[code] ?? '') : '';
    const permit = type === '111' ? PERMITS[canonicalNumber(number).slice(0, 2)] : undefined;
    return permit ?? (isCertificateType(type) ? type : undefined);
  }

  /** Of an organisation. Lawful codes of the trial series fail their outer check and are kept. */
  uscc(): string | undefined {
    const text = this.text('uscc');
    if (text === undefined) return undefined;
    const checked = checkSocialCreditCode(canonicalNumber(text));
    if (checked.outcome !== 'invalid') return checked.number;
    this.problems.push('uscc');
    return undefined;
  }

  /** By the peer's table, which counts alone where there is one; 1 for a name that it does not know. */
  level(stated: string): RealNameLevel {
    const level = levelNamed(this.#peer, this.#dialect, stated);
    if (level === undefined && stated !== '') this.unread.push('level');
    return level === undefined || level < 1 ? 1 : level;
  }

  /** For the record: printable and short. */
  stated(attribute: PeerAttribute): string {
    const value = this.raw(attribute);
    return printable(asText(value) ?? '');
  }

  mapped(identity: UpstreamIdentity): Mapped {
    const problems = [...new Set(this.problems)];
    if (problems.length > 0) return { ok: false, problems };
    return { ok: true, identity, unread: [...new Set(this.unread)] };
  }
}

/** By the peer's table, which counts alone where there is one; undefined for a name that it does not know. */
export function levelNamed(
  { levelMap }: Pick<Peer, 'levelMap'>,
  { levels }: Pick<Dialect, 'levels'>,
  name: string,
): RealNameLevel | undefined {
  const table = isEmpty(levelMap) ? levels : levelMap;
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What a platform wrote, fit for a record. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').slice(0, MOST_STATED);
}

/** Own members only; undefined for anything else. */
export function valueAt(answer: unknown, path: string): unknown {
  if (path === '') return undefined;
  if (isRecord(answer) && Object.hasOwn(answer, path)) return answer[path];
  let current: unknown = answer;
  for (const part of path.split('.')) {
    if (!isRecord(current) || !Object.hasOwn(current, part)) return undefined;
    current = current[part];
  }
  return current;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text or number as text; undefined for anything else. */
export function asText(value: unknown, { isTrimmed = true } = {}): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string' || !value.isWellFormed()) return undefined;
  return isTrimmed ? value.trim() : value;
}

function isMasked(text: string): boolean {
  return /[*＊]/u.test(text);
}

function isEmpty(table: object): boolean {
  return Object.keys(table).length === 0;
}
