// The claims a relying party received, as a table for the person they speak of: every claim by its
// protocol name, personal values masked.
import { maskEmail, maskName, maskNumber, maskPhone } from '../../accounts/masking.ts';
import { readLevel, readRung } from './levels.ts';
import type { Claims, LocalSession } from './local-sessions.ts';

export type ClaimRow = { readonly claim: string; readonly value: string; readonly source: Source };
type Source = 'id_token' | 'userinfo' | 'both';

export type PersonView = {
  readonly subject: string;
  readonly displayName: string;
  readonly subjectType: string | undefined;
  readonly level: number;
  readonly realNameLevel: number | undefined;
  readonly loginStrength: number | undefined;
  readonly authTime: Date | undefined;
  readonly entity:
    | { readonly name: string; readonly uscc: string; readonly role?: string }
    | undefined;
  readonly document: { readonly type: string; readonly number: string } | undefined;
  readonly rows: readonly ClaimRow[];
};

const masks: Readonly<Record<string, (value: string) => string>> = {
  name: maskName,
  preferred_username: maskName,
  family_name: maskName,
  given_name: maskName,
  nickname: maskName,
  phone_number: maskPhone,
  email: maskEmail,
  id_number: maskIdNumber,
  number: maskIdNumber,
  birthdate: (value) => `${value.slice(0, 4)}-**-**`,
};

/** What a company shows on its own letterhead is not masked. */
const publicParts = new Set(['acting_as', 'legal_entity']);

export function describePerson(session: LocalSession): PersonView {
  const { idTokenClaims, userInfo } = session;
  const all: Claims = { ...userInfo, ...idTokenClaims };
  return {
    subject: session.subject,
    displayName: readDisplayName(all),
    subjectType: readText(all['subject_type']),
    level: readLevel(idTokenClaims),
    realNameLevel: readRung(all['real_name_level']),
    loginStrength: readRung(all['login_strength']),
    authTime: readTime(all['auth_time']),
    entity: readEntity(all),
    document: readDocument(all),
    rows: listClaims(idTokenClaims, userInfo),
  };
}

function readDisplayName(claims: Claims): string {
  if (claims['subject_type'] === 'legal_entity') {
    const entity = readEntity(claims);
    if (entity) return entity.name;
  }
  const name = readText(claims['name']) ?? readText(claims['preferred_username']);
  return name === undefined ? '' : maskName(name);
}

function readEntity(claims: Claims): PersonView['entity'] {
  for (const part of publicParts) {
    const entity = claims[part];
    if (typeof entity !== 'object' || entity === null) continue;
    const { name, uscc, role } = entity as Record<string, unknown>;
    if (typeof name !== 'string') continue;
    return {
      name,
      uscc: typeof uscc === 'string' ? uscc : '',
      ...(typeof role === 'string' ? { role } : {}),
    };
  }
  return undefined;
}

function readDocument(claims: Claims): PersonView['document'] {
  const document = claims['id_document'];
  const from = typeof document === 'object' && document !== null ? (document as Claims) : claims;
  const number = readText(from['number']) ?? readText(from['id_number']);
  const type = readText(from['type']) ?? readText(from['id_type']);
  return number === undefined ? undefined : { type: type ?? '', number: maskIdNumber(number) };
}

function listClaims(idToken: Claims, userInfo: Claims): ClaimRow[] {
  const names = [...new Set([...Object.keys(userInfo), ...Object.keys(idToken)])].sort();
  return names.map((claim) => {
    const source =
      claim in idToken && claim in userInfo ? 'both' : claim in idToken ? 'id_token' : 'userinfo';
    return { claim, value: showValue(claim, idToken[claim] ?? userInfo[claim]), source };
  });
}

function showValue(claim: string, value: unknown): string {
  if (typeof value === 'string') return masks[claim]?.(value) ?? value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.join(' ');
  if (publicParts.has(claim)) return JSON.stringify(value, null, 1);
  return JSON.stringify(maskTexts(value as Claims), null, 1);
}

function maskIdNumber(number: string): string {
  return maskNumber(number, 'signedIn');
}

function maskTexts(object: Claims): Claims {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => {
      const mask = masks[key];
      return [key, mask && typeof value === 'string' ? mask(value) : value];
    }),
  );
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 ? value : undefined;
}

function readTime(value: unknown): Date | undefined {
  return typeof value === 'number' ? new Date(value * 1000) : undefined;
}
