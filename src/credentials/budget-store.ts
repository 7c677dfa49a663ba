// Budgets of attempts: one document per key, counted in one atomic step each, so that parallel
// attempts never get more than the budget. Keys are stored as keyed hashes: neither login nor
// address stands in the database.
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Budget } from '../platform/limits-config.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import { incrementIf, updateIf } from '../platform/grouped-writes-store.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

export interface BudgetRule extends Budget {
  /** What is counted, in the clear: `address:192.0.2.1`. */
  key: string;
}

/** One unit taken from one budget. */
export interface Reservation {
  rule: BudgetRule;
  id: string;
  /** The window that it was taken from ends by then, any later one after it. */
  endsBy: Date;
}

export type ReserveOutcome =
  | { ok: true; reservations: readonly Reservation[] }
  | { ok: false; retryAfterSeconds: number; refused: readonly BudgetRule[] };

/** Of a refused one, `reservations` are the units that others of its budgets gave. */
export type TakeOutcome =
  | { ok: true; reservations: readonly Reservation[] }
  | {
      ok: false;
      reservations: readonly Reservation[];
      /** Budgets that gave no unit. */
      refused: readonly BudgetRule[];
    };

interface BudgetDocument {
  _id: string;
  count: number;
  windowEndsAt: Date;
  expiresAt: Date;
}

interface BudgetStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

const BUDGETS = 'attemptBudgets';
const MAX_RACES = 5;

export class BudgetStore {
  readonly #deps: BudgetStoreDependencies;

  constructor(deps: BudgetStoreDependencies) {
    this.#deps = deps;
  }

  /** Takes one unit of every budget, or of none. A window opens with the first unit taken. */
  async reserve(rules: readonly BudgetRule[]): Promise<ReserveOutcome> {
    for (let race = 1; ; race += 1) {
      const taken = await this.take(rules);
      if (taken.ok) return taken;
      await this.giveBack(taken.reservations);
      const waitMs = await this.waitMs(taken.refused);
      if (waitMs > 0 || race >= MAX_RACES) {
        const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
        return { ok: false, retryAfterSeconds, refused: taken.refused };
      }
    }
  }

  /**
   * The same, but what a refused one got has to be given back by the caller, who also asks `waitMs`
   * whether there was nothing to be had: a window that has ended, or two first units at once, may
   * have stood in the way.
   */
  async take(rules: readonly BudgetRule[]): Promise<TakeOutcome> {
    const taken = await Promise.all(rules.map((rule) => this.#take(rule)));
    const reservations = taken.filter((each) => each !== undefined);
    if (reservations.length === rules.length) return { ok: true, reservations };
    const refused = rules.filter((_, index) => taken[index] === undefined);
    return { ok: false, reservations, refused };
  }

  /** Until all of these budgets have units again; 0 when they have, for windows that ended are gone. */
  async waitMs(rules: readonly BudgetRule[]): Promise<number> {
    const waits = await Promise.all(rules.map((rule) => this.#waitMs(rule)));
    return Math.max(0, ...waits);
  }

  /** True when one of these budgets has no further unit. */
  async isSpent(reservations: readonly Reservation[]): Promise<boolean> {
    const rules = reservations.map(({ rule }) => rule);
    const counts = await this.counts(rules);
    return rules.some(({ attempts }, index) => (counts[index] ?? 0) >= attempts);
  }

  /** Returns units whose attempt succeeded or was not made. A window that ended took them along. */
  async giveBack(reservations: readonly Reservation[]): Promise<void> {
    if (reservations.length === 0) return;
    const update = { $inc: { count: -1 } };
    await Promise.all(
      reservations.map(({ id: _id, endsBy }) =>
        updateIf(this.#deps.database, BUDGETS, {
          _id,
          only: { windowEndsAt: { $lte: endsBy }, count: { $gt: 0 } },
          update,
          durability: 'counted',
        }),
      ),
    );
  }

  /** Counts without a limit: what happened, happened. Returns the counts of the windows. */
  async count(rules: readonly BudgetRule[]): Promise<number[]> {
    await Promise.all(rules.map((rule) => this.#count(rule)));
    return this.counts(rules);
  }

  /** How often each key was counted in its present window. */
  async counts(rules: readonly BudgetRule[]): Promise<number[]> {
    const ids = rules.map(({ key }) => this.#id(key));
    const now = this.#deps.clock.now();
    const documents = await Promise.all(ids.map((id) => this.#read(id)));
    return documents.map((document) =>
      document && document.windowEndsAt > now ? document.count : 0,
    );
  }

  // The condition and the count are one statement. Where it does not hold, the server tries to make a
  // document of an id that is taken: this names the budget that refused, in the command that asked
  // all of them.
  async #take(rule: BudgetRule): Promise<Reservation | undefined> {
    const { clock, database } = this.#deps;
    const id = this.#id(rule.key);
    const endsBy = secondsFromNow(clock, rule.windowSeconds);
    try {
      await incrementIf(database, BUDGETS, {
        _id: id,
        only: { windowEndsAt: { $gt: clock.now() }, count: { $lt: rule.attempts } },
        field: 'count',
        otherwise: { windowEndsAt: endsBy, expiresAt: endsBy },
        durability: 'counted',
      });
      return { rule, id, endsBy };
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  async #waitMs({ key, attempts }: BudgetRule): Promise<number> {
    const id = this.#id(key);
    const now = this.#deps.clock.now();
    const document = await this.#read(id);
    if (document && document.windowEndsAt <= now) {
      await this.#budgets.deleteOne({ _id: id, windowEndsAt: { $lte: now } });
    }
    const isExhausted = document && document.windowEndsAt > now && document.count >= attempts;
    return isExhausted ? document.windowEndsAt.getTime() - now.getTime() : 0;
  }

  async #count(rule: BudgetRule): Promise<void> {
    for (let race = 1; ; race += 1) {
      if (await this.#take({ ...rule, attempts: Number.MAX_SAFE_INTEGER })) return;
      if (race > MAX_RACES) throw new Error('a budget is never free to be counted on');
      await this.#waitMs(rule);
    }
  }

  #id(key: string): string {
    return this.#deps.keyring.mac('artefactId', 'credentials.budget', key).toString('base64url');
  }

  get #budgets() {
    return this.#deps.database.collection<BudgetDocument>(BUDGETS);
  }

  #read(id: string): Promise<BudgetDocument | null> {
    return readById<BudgetDocument>(this.#deps.database, BUDGETS, id);
  }
}
