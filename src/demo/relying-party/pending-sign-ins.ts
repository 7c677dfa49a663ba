// Sign-ins that were begun and not yet answered. Each is bound to the browser by a cookie of its
// own, so that any number of tabs can be under way, and each can be answered exactly once.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';

export const pendingTtlSeconds = 3_600;

export type PendingSignIn = {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
};

type Stored = PendingSignIn & { readonly browserHash: Buffer; readonly expiresAt: number };

export type BegunSignIn = PendingSignIn & {
  readonly codeChallenge: string;
  readonly cookieName: string;
  readonly browserSecret: string;
};

export class PendingSignIns {
  readonly #stored = new Map<string, Stored>();
  readonly #limit: number;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  async begin(site: string): Promise<BegunSignIn> {
    const pending = {
      state: randomState(),
      nonce: randomNonce(),
      codeVerifier: randomPKCECodeVerifier(),
    };
    const browserSecret = randomBytes(32).toString('base64url');
    this.#forgetOld();
    this.#stored.set(pending.state, {
      ...pending,
      browserHash: hash(browserSecret),
      expiresAt: Date.now() + pendingTtlSeconds * 1000,
    });
    return {
      ...pending,
      browserSecret,
      codeChallenge: await calculatePKCECodeChallenge(pending.codeVerifier),
      cookieName: pendingCookieName(site, pending.state),
    };
  }

  /** The sign-in this answer belongs to, once, and only for the browser that began it. */
  take(state: string, browserSecret: string | undefined): PendingSignIn | undefined {
    const stored = this.#stored.get(state);
    if (!stored || browserSecret === undefined) return undefined;
    if (!timingSafeEqual(stored.browserHash, hash(browserSecret))) return undefined;
    this.#stored.delete(state);
    return stored.expiresAt > Date.now() ? stored : undefined;
  }

  /** A map keeps its order of insertion, so the oldest come first. */
  #forgetOld(): void {
    for (const [state, { expiresAt }] of this.#stored) {
      if (expiresAt > Date.now() && this.#stored.size < this.#limit) break;
      this.#stored.delete(state);
    }
  }
}

export function pendingCookieName(site: string, state: string): string {
  return `${site}_pending_${hash(state).toString('hex').slice(0, 12)}`;
}

function hash(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
