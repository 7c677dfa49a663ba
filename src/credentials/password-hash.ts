// Passwords as argon2id with the parameters in the PHC string, so that they can rise: an older
// hash is renewed at the next sign-in. An account that does not exist is checked against a decoy
// of the same cost.
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { HashingQueue } from './hashing-queue.ts';
import type { HashingLoad, QueueEntry, QueueOutcome } from './hashing-queue.ts';
import type { Limits } from '../platform/limits-config.ts';

/** 19 MiB: with two passes and one lane the least that OWASP recommends for argon2id. */
const MEMORY_KIB = 19_456;

/** The variant and version that the library writes unless told otherwise. */
const ARGON2ID = '$argon2id$v=19$';

interface Argon2Parameters {
  /** KiB. */
  memoryCost: number;
  timeCost: number;
  parallelism: number;
}

/** Longer input is no password anybody set; hashing it would only burn memory bandwidth. */
export const MAX_PASSWORD_LENGTH = 256;

export class PasswordHasher {
  readonly #queue: HashingQueue;
  readonly #decoy: string;
  readonly #parameters: Argon2Parameters;

  private constructor(queue: HashingQueue, decoy: string, parameters: Argon2Parameters) {
    this.#queue = queue;
    this.#decoy = decoy;
    this.#parameters = parameters;
  }

  /** Makes the decoy beforehand: the first unknown login must not take longer than the next. */
  static async open(
    limits: Limits['hashing'],
    { memoryKib = MEMORY_KIB }: { memoryKib?: number } = {},
  ): Promise<PasswordHasher> {
    const parameters = { memoryCost: memoryKib, timeCost: 2, parallelism: 1 };
    const decoy = await hash(randomBytes(32), parameters);
    return new PasswordHasher(new HashingQueue(limits), decoy, parameters);
  }

  hash(password: string, entry: QueueEntry): Promise<QueueOutcome<string>> {
    return this.#queue.run(entry, () => hash(canonicalPassword(password), this.#parameters));
  }

  /** For the command line, which has no strangers to be protected from; callers bound themselves. */
  hashUnqueued(password: string): Promise<string> {
    return hash(canonicalPassword(password), this.#parameters);
  }

  /** Always one argon2 computation; without `stored` the answer is false, at the same cost. */
  verify(
    stored: string | undefined,
    password: string,
    entry: QueueEntry,
  ): Promise<QueueOutcome<boolean>> {
    return this.#queue.run(entry, async () => {
      const isPossible = stored !== undefined && password.length <= MAX_PASSWORD_LENGTH;
      const tried = canonicalPassword(password.slice(0, MAX_PASSWORD_LENGTH));
      const matches = await verify(isPossible ? stored : this.#decoy, tried);
      return isPossible && matches;
    });
  }

  get load(): HashingLoad {
    return this.#queue.load;
  }

  /** Whether a stored hash was made with other parameters than those of today. */
  needsRehash(stored: string): boolean {
    const made = parseOptions(stored);
    const wanted = this.#parameters;
    return (
      !stored.startsWith(ARGON2ID) ||
      made.memoryCost !== wanted.memoryCost ||
      made.timeCost !== wanted.timeCost ||
      made.parallelism !== wanted.parallelism
    );
  }
}

/** NFKC: full-width digits of a Chinese keyboard are the digits the person meant. */
function canonicalPassword(password: string): string {
  return password.normalize('NFKC');
}
