// The keys of an issuer as relying parties keep them: read once, kept as long as Cache-Control
// allows, read again after that, and, by those that do, when a token names a key they do not know.
import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';

export class CachingKeySet {
  readonly #url: URL;
  readonly #asksForUnknown: boolean;
  #keys: ReturnType<typeof createLocalJWKSet> | undefined;
  /** Monotonic milliseconds. */
  #freshUntil = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  /** The share of the allowed time that the first answer is kept for. */
  #share: number;

  /** `firstShare`: several with different ones do not all read at the same time. */
  constructor(
    issuer: string,
    { asksForUnknown, firstShare = 1 }: { asksForUnknown: boolean; firstShare?: number },
  ) {
    this.#url = new URL('/oauth2/jwks', issuer);
    this.#asksForUnknown = asksForUnknown;
    this.#share = firstShare;
  }

  readonly key: JWTVerifyGetKey = async (header, token) => {
    if (!this.#keys || performance.now() >= this.#freshUntil) await this.#read();
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!this.#asksForUnknown || !(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#read();
      return this.#find(header, token);
    }
  };

  #find(...asked: Parameters<JWTVerifyGetKey>) {
    if (!this.#keys) throw new Error('no keys were read');
    return this.#keys(...asked);
  }

  #read(): Promise<void> {
    this.#reading ??= this.#fetch().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #fetch(): Promise<void> {
    const askedAt = performance.now();
    const response = await fetch(this.#url);
    if (response.status !== 200) throw new Error(`keys: ${response.status}`);
    this.#keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
    const maxAge = /max-age=(\d+)/u.exec(response.headers.get('cache-control') ?? '')?.[1] ?? '0';
    // RFC 9111, 4.2.3: an answer ages from when it was asked for.
    this.#freshUntil = askedAt + Number(maxAge) * 1000 * this.#share;
    this.#share = 1;
  }
}
