// Public keys that a client registers for private_key_jwt: only keys that can be used, and never
// a private part, which would be a leaked key.
import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { problem } from './client-problem.ts';
import type { ClientProblem } from './client-problem.ts';

const jwkSchema = z.looseObject({
  kty: z.string(),
  kid: z.string().min(1).max(200).optional(),
  alg: z.string().max(20).optional(),
  use: z.string().max(20).optional(),
  crv: z.string().max(20).optional(),
});

export const jwksSchema = z.object({ keys: z.array(jwkSchema).min(1).max(20) });
export type ClientJwks = z.infer<typeof jwksSchema>;
export type ClientJwk = z.infer<typeof jwkSchema>;

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];
const RSA_BITS = 2048;

export function jwksProblems(jwks: ClientJwks): ClientProblem[] {
  const seen = new Set<string>();
  return jwks.keys.flatMap((jwk, index) => {
    const field = `jwks.keys[${index}]`;
    const found = keyProblem(field, jwk);
    if (found) return [found];
    if (jwk.kid === undefined) return [];
    if (seen.has(jwk.kid)) return [problem(field, 'jwk_kid_twice', { kid: jwk.kid })];
    seen.add(jwk.kid);
    return [];
  });
}

function keyProblem(field: string, jwk: ClientJwk): ClientProblem | undefined {
  if (jwk.kty === 'oct') return problem(field, 'jwk_symmetric');
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) return problem(field, 'jwk_private');
  if (jwk.kty !== 'RSA' && !(jwk.kty === 'EC' && jwk.crv === 'P-256')) {
    return problem(field, 'jwk_invalid');
  }
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const bits = key.asymmetricKeyDetails?.modulusLength;
    if (bits !== undefined && bits < RSA_BITS) return problem(field, 'jwk_weak', { bits });
  } catch {
    return problem(field, 'jwk_invalid');
  }
  return undefined;
}

/** The keys of a fetched set that count; undefined when it is none. Others are left out. */
export function usableKeys(fetched: unknown): ClientJwk[] | undefined {
  const set = z.object({ keys: z.array(z.unknown()).max(100) }).safeParse(fetched);
  if (!set.success) return undefined;
  return set.data.keys
    .map((key) => jwkSchema.safeParse(key))
    .flatMap((parsed) => (parsed.success ? [parsed.data] : []))
    .filter((jwk) => keyProblem('', jwk) === undefined);
}

/** What all keys of a set can sign with, for a profile that has to name one algorithm. */
export function onlySigningAlgorithm(jwks: ClientJwks | undefined): 'PS256' | 'ES256' | undefined {
  const types = new Set(jwks?.keys.filter(({ use }) => use !== 'enc').map(({ kty }) => kty));
  if (types.size !== 1) return undefined;
  return types.has('EC') ? 'ES256' : 'PS256';
}
