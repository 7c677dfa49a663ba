// What became of a trust mark that we have issued (OpenID Federation 1.0, 8.4).
import type { Clock } from '../platform/clock.ts';
import { publicKey } from './own-statements.ts';
import type { OwnKeys } from './own-statements.ts';
import { checkSignature, openSigned } from './read-statement.ts';
import type { SubordinateStore } from './subordinate-store.ts';
import { TRUST_MARK_TYPE, trustMarkSchema } from './trust-marks.ts';

export type TrustMarkStatus = 'active' | 'expired' | 'revoked' | 'invalid';

interface JudgeMarkDependencies {
  issuer: string;
  clock: Clock;
  subordinates: Pick<SubordinateStore, 'get'>;
  keys: OwnKeys;
}

/** Undefined for a mark that is not ours. */
export async function judgeTrustMark(
  { issuer, clock, subordinates, keys }: JudgeMarkDependencies,
  jwt: string,
): Promise<TrustMarkStatus | undefined> {
  const opened = openSigned(jwt, TRUST_MARK_TYPE, issuer);
  const parsed = opened.ok ? trustMarkSchema.safeParse(opened.payload) : undefined;
  if (!opened.ok || !parsed?.success || parsed.data.iss !== issuer) return undefined;
  const { sub, trust_mark_type: type, exp } = parsed.data;
  const found = await subordinates.get(sub);
  if (!found) return undefined;
  const own = { keys: keys.jwks.keys.map(publicKey) };
  const signed = await checkSignature({ jwt, keyId: opened.keyId, entity: issuer }, own);
  if (!signed.ok) return 'invalid';
  if (exp !== undefined && exp * 1000 <= clock.now().getTime()) return 'expired';
  return found.state === 'active' && found.terms.trustMarks.includes(type) ? 'active' : 'revoked';
}
