// Chance is injected like time. Everything here comes from the operating system's generator.
import { randomBytes, randomInt } from 'node:crypto';

export interface Random {
  /** A URL-safe identifier with `bits` of entropy (base64url). */
  id(bits?: number): string;
  /** `count` decimal digits, uniformly distributed, leading zeros kept. */
  digits(count: number): string;
}

export const systemRandom: Random = {
  id: (bits = 128) => randomBytes(Math.ceil(bits / 8)).toString('base64url'),
  digits: (count) => String(randomInt(10 ** count)).padStart(count, '0'),
};
