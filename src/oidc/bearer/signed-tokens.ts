// Access tokens that we have signed ourselves (RFC 9068), checked with the keys that are published
// now. A token that was checked is remembered for as long as it lives and the keys stay the same.
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload } from 'jose';
import { BoundedMap } from '../../platform/bounded-map.ts';
import { AppError } from '../../platform/errors.ts';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';

export interface SignedTokenDependencies {
  issuer: string;
  clock: Clock;
  signingKeys: { readonly jwks: { keys: object[] }; isCurrent(): boolean };
}

const ALGORITHM = 'ES256';
const MOST_REMEMBERED = 2000;

export class SignedTokens {
  readonly #deps: SignedTokenDependencies;
  readonly #known = new BoundedMap<string, JWTPayload>(MOST_REMEMBERED);
  #keys: { of: object; find: ReturnType<typeof createLocalJWKSet> } | undefined;

  constructor(deps: SignedTokenDependencies) {
    this.#deps = deps;
  }

  /**
   * The claims of a token that counts now, whoever it is for.
   * @throws AppError `database_unavailable` when this process may have missed that a key was dropped.
   */
  async read(token: string): Promise<JWTPayload | 'expired' | undefined> {
    const { signingKeys, clock } = this.#deps;
    if (!signingKeys.isCurrent()) {
      throw new AppError('database_unavailable', {
        details: { reason: 'signing_keys_not_current' },
      });
    }
    const find = this.#finder();
    const known = this.#known.get(token);
    if (!known) return this.#verify(token, find);
    if ((known.exp ?? 0) > epochSeconds(clock)) return known;
    this.#known.delete(token);
    return 'expired';
  }

  async #verify(token: string, find: ReturnType<typeof createLocalJWKSet>) {
    const { issuer, clock } = this.#deps;
    try {
      const { payload } = await jwtVerify(token, find, {
        issuer,
        algorithms: [ALGORITHM],
        typ: 'at+jwt',
        requiredClaims: ['exp', 'aud', 'sub', 'client_id'],
        currentDate: clock.now(),
      });
      this.#known.set(token, payload);
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return 'expired';
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  #finder() {
    const { jwks } = this.#deps.signingKeys;
    if (this.#keys?.of !== jwks) {
      this.#known.clear();
      this.#keys = { of: jwks, find: createLocalJWKSet(publicKeys(jwks)) };
    }
    return this.#keys.find;
  }
}

const PUBLIC_MEMBERS = ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'];

function publicKeys({ keys }: { keys: object[] }): JSONWebKeySet {
  const own = keys.map((key) =>
    Object.fromEntries(Object.entries(key).filter(([name]) => PUBLIC_MEMBERS.includes(name))),
  );
  return { keys: own } as unknown as JSONWebKeySet;
}
