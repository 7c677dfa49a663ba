// One key for one algorithm. The provider signs with the active one; the announced next one is
// published with it, so that relying parties know it before it is first used.
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';

/** RS256 is what OpenID Connect promises by default; ES256 is cheaper; PS256 is for FAPI clients. */
export const signingAlgorithms = ['RS256', 'ES256', 'PS256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** Keys for one use: what they sign with, and under which names they lie. */
export interface KeySetKind {
  /** Of the collection, of the counter of changes, and of what processes acknowledge. */
  name: 'signingKeys' | 'federationKeys' | 'relyingPartyKeys';
  compromised: string;
  algorithms: readonly SigningAlgorithm[];
}

/** What the provider signs with for its clients. */
export const protocolKeys: KeySetKind = {
  name: 'signingKeys',
  compromised: 'compromisedSigningKeys',
  algorithms: signingAlgorithms,
};

/** Entity statements (OpenID Federation 1.0): no key of a protocol may sign one. */
export const federationKeys: KeySetKind = {
  name: 'federationKeys',
  compromised: 'compromisedFederationKeys',
  algorithms: ['ES256'],
};

/** By which we show other providers who asks. */
export const relyingPartyKeys: KeySetKind = {
  name: 'relyingPartyKeys',
  compromised: 'compromisedRelyingPartyKeys',
  algorithms: ['ES256'],
};

export const keySetKinds = [protocolKeys, federationKeys, relyingPartyKeys] as const;

/**
 * Of a published key. `retired` keys no longer sign, and stay published until nothing they signed
 * is still of use. A compromised key is not published, so it has none of these.
 */
export const signingKeyStates = ['active', 'next', 'retired'] as const;
export type SigningKeyState = (typeof signingKeyStates)[number];

/** With `kid` (RFC 7638 thumbprint), `alg` and `use`. */
export type SigningJwk = JWK & { kid: string };

/** What may be shown of a published key. Times are the database's. */
export interface SigningKeyRecord {
  algorithm: SigningAlgorithm;
  /** Counts up for each algorithm, never reused. */
  number: number;
  state: SigningKeyState;
  kid: string;
  createdAt: Date;
  /** Of an announced key: since when every live process publishes it. */
  publishedAt: Date | undefined;
  activatedAt: Date | undefined;
  retiredAt: Date | undefined;
}

export interface SigningKey extends SigningKeyRecord {
  /** Private. */
  jwk: SigningJwk;
}

/** What is left of a key that is never published again. */
export interface CompromisedKeyRecord {
  algorithm: SigningAlgorithm;
  number: number;
  kid: string;
  /** What it was when it was declared compromised. */
  formerState: SigningKeyState;
  createdAt: Date;
  compromisedAt: Date;
}

const RSA_BITS = 2048;

export async function generateSigningJwk(algorithm: SigningAlgorithm): Promise<SigningJwk> {
  const { privateKey } = await generateKeyPair(algorithm, {
    extractable: true,
    modulusLength: RSA_BITS,
  });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'sig' };
}

/** The one key of that algorithm in that state, when there is one. */
export function keyIn<K extends SigningKeyRecord>(
  keys: readonly K[],
  algorithm: SigningAlgorithm,
  state: 'active' | 'next',
): K | undefined {
  return keys.find((key) => key.algorithm === algorithm && key.state === state);
}
