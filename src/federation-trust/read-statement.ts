// Reads an entity statement as far as it can be judged by itself (OpenID Federation 1.0, 3.2), and checks
// its signature once the keys of its issuer are known.
import { compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import type { JWK } from 'jose';
import type { z } from 'zod';
import { usableKeys } from '../clients/client-keys.ts';
import { parseStrictJson } from '../platform/strict-json.ts';
import { configurationSchema, standardClaims, subordinateSchema } from './entity-statement.ts';
import type {
  EntityConfiguration,
  StatementKeys,
  SubordinateStatement,
} from './entity-statement.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted } from './trust-refusal.ts';

export interface SignedStatement<Claims> {
  jwt: string;
  keyId: string;
  claims: Claims;
}
export type SignedConfiguration = SignedStatement<EntityConfiguration>;
export type SignedSubordinate = SignedStatement<SubordinateStatement>;

/** Who is expected to speak, of whom, and when. */
export interface Expected {
  issuer: string;
  subject: string;
  now: Date;
}

export const STATEMENT_TYPE = 'entity-statement+jwt';
/** Bytes; what an honest one of a hub with policy and keys stays far below. */
export const LARGEST_STATEMENT = 65_536;
const ALGORITHMS: readonly string[] = ['ES256', 'PS256', 'RS256'];
/** Seconds by which clocks may differ. */
const LEEWAY = 30;

export function readConfiguration(
  jwt: string,
  of: { entity: string; now: Date },
): Trusted<{ statement: SignedConfiguration }> {
  const expected = { issuer: of.entity, subject: of.entity, now: of.now };
  return readStatement(jwt, expected, configurationSchema);
}

export function readSubordinate(
  jwt: string,
  expected: Expected,
): Trusted<{ statement: SignedSubordinate }> {
  return readStatement(jwt, expected, subordinateSchema);
}

function readStatement<Schema extends z.ZodType<EntityConfiguration | SubordinateStatement>>(
  jwt: string,
  { issuer, subject, now }: Expected,
  schema: Schema,
): Trusted<{ statement: SignedStatement<z.output<Schema>> }> {
  const opened = openSigned(jwt, STATEMENT_TYPE, issuer);
  if (!opened.ok) return opened;
  const { payload, keyId } = opened;
  if (payload['iss'] !== issuer) return refused('issuer_wrong', issuer);
  if (payload['sub'] !== subject) return refused('subject_wrong', issuer);
  const parsed = schema.safeParse(payload);
  if (!parsed.success) {
    return refused('claims_invalid', issuer, parsed.error.issues[0]?.path[0]?.toString());
  }
  const claims = parsed.data;
  const when = timeProblem(claims, now);
  if (when) return refused(when, issuer);
  // Nothing beyond the specification is understood here: what must be understood is refused.
  const [critical] = claims.crit ?? [];
  if (critical !== undefined) {
    const isMisused = standardClaims.has(critical);
    return refused(isMisused ? 'claims_invalid' : 'crit_unknown', issuer, 'crit');
  }
  return { ok: true, statement: { jwt, keyId, claims } };
}

/** Header and content of a signed token of that type, its signature not looked at. */
export function openSigned(
  jwt: string,
  type: string,
  entity: string,
): Trusted<{ payload: Record<string, unknown>; keyId: string }> {
  if (Buffer.byteLength(jwt) > LARGEST_STATEMENT) return refused('too_large', entity);
  const header = headerOf(jwt);
  const payload = payloadOf(jwt);
  if (!header || !payload) return refused('malformed', entity);
  if (header.typ !== type) return refused('typ_wrong', entity);
  if (!ALGORITHMS.includes(header.alg ?? '')) return refused('algorithm_refused', entity);
  if (header.crit !== undefined) return refused('crit_unknown', entity, 'header');
  const { kid } = header;
  if (typeof kid !== 'string' || kid === '') return refused('key_id_missing', entity);
  return { ok: true, payload, keyId: kid };
}

/** @param missing the reason when none of the keys has its id */
export async function checkSignature(
  statement: { jwt: string; keyId: string; entity: string },
  keys: StatementKeys,
  missing: 'key_unknown' | 'key_mismatch' = 'key_unknown',
): Promise<Trusted<object>> {
  const { jwt, keyId, entity } = statement;
  const key = usableKeys(keys)?.find(({ kid }) => kid === keyId);
  if (!key) return refused(missing, entity);
  const { alg } = decodeProtectedHeader(jwt);
  // A key that names its algorithm is for no other.
  if (alg === undefined || (key.alg !== undefined && key.alg !== alg)) {
    return refused('algorithm_refused', entity);
  }
  try {
    await compactVerify(jwt, await importJWK(key as JWK, alg), { algorithms: [...ALGORITHMS] });
    return { ok: true };
  } catch {
    return refused('signature_wrong', entity);
  }
}

/** By `iat` and, where there is one, `exp`: both in seconds. */
export function timeProblem(
  { iat, exp }: { iat: number; exp?: number | undefined },
  now: Date,
): 'expired' | 'not_yet_valid' | undefined {
  const at = now.getTime() / 1000;
  if (exp !== undefined && at >= exp) return 'expired';
  return at < iat - LEEWAY ? 'not_yet_valid' : undefined;
}

function headerOf(jwt: string) {
  try {
    return decodeProtectedHeader(jwt);
  } catch {
    return undefined;
  }
}

function payloadOf(jwt: string): Record<string, unknown> | undefined {
  const parts = jwt.split('.');
  if (parts.length !== 3) return undefined;
  const json = parseStrictJson(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
  const isObject = json.ok && typeof json.value === 'object' && json.value !== null;
  return isObject && !Array.isArray(json.value)
    ? (json.value as Record<string, unknown>)
    : undefined;
}
