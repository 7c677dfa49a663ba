// Cookies of what begins without a sign-in and leads to one. Once something is proven, the cookie needs
// a second half, which only who has proven it was given: whoever had set or seen the first before, on a
// screen that many use, is left behind.
import { timingSafeEqual } from 'node:crypto';
import type { Keyring } from './crypto.ts';
import type { Random } from './random.ts';

const BETWEEN = '.';
const HALF_BITS = 256;

/** What it is found by. */
export function firstHalf(cookie: string): string {
  return cookie.split(BETWEEN)[0] ?? '';
}

export class ProvenCookies {
  readonly #deps: { keyring: Keyring; random: Random };
  readonly #label: string;

  constructor(deps: { keyring: Keyring; random: Random }, label: string) {
    this.#deps = deps;
    this.#label = label;
  }

  /** @param key of what the cookie finds @returns its new value, and what is kept of its second half */
  complete(cookie: string, key: string): { cookie: string; half: string } {
    const second = this.#deps.random.id(HALF_BITS);
    const half = this.#deps.keyring.mac('artefactId', this.#label, `${key}:${second}`);
    return {
      cookie: `${firstHalf(cookie)}${BETWEEN}${second}`,
      half: half.toString('base64url'),
    };
  }

  isComplete(cookie: string, of: { key: string; half: string | undefined }): boolean {
    const [, second = ''] = cookie.split(BETWEEN);
    const kept = Buffer.from(of.half ?? '', 'base64url');
    return this.#deps.keyring
      .macs('artefactId', this.#label, `${of.key}:${second}`)
      .some((mac) => mac.length === kept.length && timingSafeEqual(mac, kept));
  }
}
