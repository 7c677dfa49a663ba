// One key for one algorithm. The provider signs with the active one; the announced next one is
// published with it, so that relying parties know it before it is first used.
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';

/** RS256 is what OpenID Connect promises by default; ES256 is cheaper; PS256 is for FAPI clients. */
export const signingAlgorithms = ['RS256', 'ES256', 'PS256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** `retired` keys no longer sign, and stay published until nothing they signed is still valid. */
export const signingKeyStates = ['active', 'next', 'retired'] as const;
export type SigningKeyState = (typeof signingKeyStates)[number];

export interface SigningKey {
  algorithm: SigningAlgorithm;
  /** Counts up for each algorithm, never reused. */
  number: number;
  state: SigningKeyState;
  createdAt: Date;
  /** Private, with `kid` (RFC 7638 thumbprint), `alg` and `use`. */
  jwk: JWK & { kid: string };
}

const RSA_BITS = 2048;

export async function generateSigningJwk(
  algorithm: SigningAlgorithm,
): Promise<JWK & { kid: string }> {
  const { privateKey } = await generateKeyPair(algorithm, {
    extractable: true,
    modulusLength: RSA_BITS,
  });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'sig' };
}
