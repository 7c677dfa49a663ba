// Chance is injected like time. Everything here comes from the operating system's generator.
import { randomFillSync } from 'node:crypto';

export interface Random {
  /** A URL-safe identifier with `bits` of entropy (base64url). */
  id(bits?: number): string;
  /** `count` decimal digits (at most 12), uniformly distributed, leading zeros kept. */
  digits(count: number): string;
}

const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Like `randomBytes`, but asks the system for many bytes at once: a call for each few costs twenty
 * times as much. What was handed out is wiped from the pool. @param count at most 1024
 */
export function secureBytes(count: number): Buffer {
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const part = pool.subarray(used, used + count);
  used += count;
  const bytes = Buffer.from(part);
  part.fill(0);
  return bytes;
}

const DRAW_BYTES = 6;
const DRAWS = 2 ** (8 * DRAW_BYTES);

/** Uniform: a draw beyond the last whole multiple of the bound is drawn again. */
function below(bound: number): number {
  const end = DRAWS - (DRAWS % bound);
  for (;;) {
    const drawn = secureBytes(DRAW_BYTES).readUIntBE(0, DRAW_BYTES);
    if (drawn < end) return drawn % bound;
  }
}

export const systemRandom: Random = {
  id: (bits = 128) => secureBytes(Math.ceil(bits / 8)).toString('base64url'),
  digits: (count) => String(below(10 ** count)).padStart(count, '0'),
};
