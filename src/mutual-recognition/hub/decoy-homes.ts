// The home that an answer names for somebody who is not registered: always the same one for the same
// index, and as often each platform as it has people, so that an answer does not tell whether there is an
// entry. Only signing in there does.
import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface WeightedPlatform {
  id: string;
  /** Entries that it has. */
  entries: number;
}

interface Candidate {
  id: string;
  word: number;
  weight: number;
}

export class DecoyHomes {
  readonly #secret: KeyObject;
  readonly #candidates: readonly Candidate[];

  /** @param secret of this hub, for good: with another one decoys would move, and homes would not */
  constructor(secret: Buffer, platforms: readonly WeightedPlatform[]) {
    this.#secret = createSecretKey(secret);
    this.#candidates = platforms.map(({ id, entries }) => {
      const word = createHash('sha256').update(id).digest().readUInt32BE();
      return { id, word, weight: roughly(entries) };
    });
  }

  /**
   * Never the one that asks: it knows its own people. Undefined when there is no other.
   * @param isActive of this moment: an answer without a home would tell of a suspension
   */
  choose(index: string, asking: string, isActive: (id: string) => boolean): string | undefined {
    const mac = createHmac('sha256', this.#secret).update(index).digest();
    const [first, second] = [mac.readUInt32BE(), mac.readUInt32BE(4)];
    let best: { id: string; score: number } | undefined;
    // Weighted rendezvous hashing: when a platform comes or goes only its own share moves.
    for (const { id, word, weight } of this.#candidates) {
      if (id === asking || !isActive(id)) continue;
      const share = (mixed(first ^ word, second) + 0.5) / 2 ** 32;
      const score = -Math.log(share) / weight;
      if (!best || score < best.score) best = { id, score };
    }
    return best?.id;
  }
}

/** To a power of two: decoys do not move with every registration. */
function roughly(entries: number): number {
  return 2 ** Math.round(Math.log2(entries + 1));
}

/** Spreads what is secret and even already: the finaliser of MurmurHash3, twice. */
function mixed(word: number, salt: number): number {
  return finalised(finalised(word) ^ salt);
}

function finalised(word: number): number {
  let mixing = word;
  mixing = Math.imul(mixing ^ (mixing >>> 16), 0x85ebca6b);
  mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35);
  return (mixing ^ (mixing >>> 16)) >>> 0;
}
