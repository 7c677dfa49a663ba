// A first password for somebody whose account was made for them: chance alone, good for one first
// sign-in within some days, at which the person chooses another.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { PasswordStore } from './password-store.ts';

/** Without letters and digits that are taken for each other; with all kinds that staff rules want. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz';
const GROUPS = 3;
const GROUP_LENGTH = 4;
const TAIL_DIGITS = 4;
const DAYS = 7;

export interface PreparedPassword {
  password: string;
  hash: string;
  validUntil: Date;
}

export class FirstPasswords {
  readonly #deps: {
    passwords: PasswordStore;
    hasher: PasswordHasher;
    clock: Clock;
    random: Random;
  };

  constructor(deps: {
    passwords: PasswordStore;
    hasher: PasswordHasher;
    clock: Clock;
    random: Random;
  }) {
    this.#deps = deps;
  }

  /** About 67 bits, e.g. `Kwbh-tnqx-mzrd-4817`. */
  async prepare(): Promise<PreparedPassword> {
    const { hasher, clock } = this.#deps;
    const groups = Array.from({ length: GROUPS }, () => this.#letters());
    const [first = '', ...others] = groups;
    const head = first.slice(0, 1).toUpperCase() + first.slice(1);
    const password = [head, ...others, this.#deps.random.digits(TAIL_DIGITS)].join('-');
    const hash = await hasher.hashUnqueued(password);
    return { password, hash, validUntil: secondsFromNow(clock, DAYS * 86_400) };
  }

  async isMissing(accountId: string): Promise<boolean> {
    return (await this.#deps.passwords.find(accountId)) === undefined;
  }

  /** None of the person's own choice yet. */
  async isUnused(accountId: string): Promise<boolean> {
    const password = await this.#deps.passwords.find(accountId);
    return password === undefined || password.validUntil !== undefined;
  }

  /** Part of the caller's transaction. */
  async give(
    accountId: string,
    { hash, validUntil }: PreparedPassword,
    session: ClientSession,
  ): Promise<void> {
    const changedAt = this.#deps.clock.now();
    const password = { hash, changedAt, mustChange: true, validUntil };
    await this.#deps.passwords.set(accountId, password, session);
  }

  #letters(): string {
    const drawn = Array.from({ length: GROUP_LENGTH }, () => {
      for (;;) {
        const index = Number(this.#deps.random.digits(2));
        // Beyond the last whole multiple: drawn again, so that every letter is as likely.
        if (index < LETTERS.length * 4) return LETTERS[index % LETTERS.length];
      }
    });
    return drawn.join('');
  }
}
