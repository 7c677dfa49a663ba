// Budgets of attempts: one document per key, counted in one atomic step each, so that parallel
// attempts never get more than the budget. Keys are stored as keyed hashes: neither login nor
// address stands in the database.
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Budget } from '../platform/limits-config.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import { updateIf, upsertById } from '../platform/grouped-writes-store.ts';
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
  windowEndsAt: Date;
  remaining: number;
}

export type ReserveOutcome =
  { ok: true; reservations: readonly Reservation[] } | { ok: false; retryAfterSeconds: number };

/** Of a refused one, `reservations` are the units that others of its budgets gave. */
export type TakeOutcome = ReserveOutcome & { reservations: readonly Reservation[] };

interface BudgetDocument {
  _id: string;
  count: number;
  windowEndsAt: Date;
  expiresAt: Date;
  /** The reservation that was granted last. */
  grant: string | null;
  /** The last ones, newest first: tells a granted unit from a refused one. */
  grants?: string[];
}

interface BudgetStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

const BUDGETS = 'attemptBudgets';
const MAX_UPSERT_RACES = 5;
/** More than are granted of one key between a write and the look at it, also in a flood. */
const KEPT_GRANTS = 256;
const GRANT_BITS = 64;

export class BudgetStore {
  readonly #deps: BudgetStoreDependencies;

  constructor(deps: BudgetStoreDependencies) {
    this.#deps = deps;
  }

  /** Takes one unit of every budget, or of none. A window opens with the first unit taken. */
  async reserve(rules: readonly BudgetRule[]): Promise<ReserveOutcome> {
    const taken = await this.take(rules);
    if (taken.ok) return taken;
    await this.giveBack(taken.reservations);
    return { ok: false, retryAfterSeconds: taken.retryAfterSeconds };
  }

  /** The same, but what a refused one got has to be given back by the caller. */
  async take(rules: readonly BudgetRule[]): Promise<TakeOutcome> {
    const outcomes = await Promise.all(rules.map((rule) => this.#take(rule)));
    const refused = outcomes.filter((outcome) => !outcome.isGranted);
    const reservations = outcomes.flatMap((outcome) =>
      outcome.isGranted ? [outcome.reservation] : [],
    );
    if (refused.length === 0) return { ok: true, reservations };
    const latest = Math.max(...refused.map(({ windowEndsAt }) => windowEndsAt.getTime()));
    const waitMs = latest - this.#deps.clock.now().getTime();
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    return { ok: false, retryAfterSeconds, reservations };
  }

  /** Returns units whose attempt succeeded or was not made. A window that ended took them along. */
  async giveBack(reservations: readonly Reservation[]): Promise<void> {
    if (reservations.length === 0) return;
    const update = { $inc: { count: -1 } };
    await Promise.all(
      reservations.map(({ id: _id, windowEndsAt }) =>
        updateIf(this.#deps.database, BUDGETS, {
          _id,
          only: { windowEndsAt, count: { $gt: 0 } },
          update,
          durability: 'counted',
        }),
      ),
    );
  }

  /** Counts without a limit: what happened, happened. Returns the counts of the windows. */
  async count(rules: readonly BudgetRule[]): Promise<number[]> {
    const outcomes = await Promise.all(
      rules.map((rule) => this.#take({ ...rule, attempts: Number.MAX_SAFE_INTEGER })),
    );
    return outcomes.map(({ count }) => count);
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

  async #take(rule: BudgetRule) {
    const { clock, random } = this.#deps;
    const id = this.#id(rule.key);
    const grant = random.id(GRANT_BITS);
    const now = clock.now();
    const isLive = { $gt: ['$windowEndsAt', now] };
    const hasRoom = { $lt: ['$count', rule.attempts] };
    const isGranting = { $or: [{ $not: [isLive] }, hasRoom] };
    const former = { $ifNull: ['$grants', []] };
    const newest = { $slice: [{ $concatArrays: [[grant], former] }, KEPT_GRANTS] };
    const windowEndsAt = secondsFromNow(clock, rule.windowSeconds);
    const update = [
      {
        $set: {
          count: { $cond: [isLive, { $add: ['$count', { $cond: [hasRoom, 1, 0] }] }, 1] },
          grant: { $cond: [isGranting, grant, '$grant'] },
          grants: { $cond: [isGranting, newest, former] },
          windowEndsAt: { $cond: [isLive, '$windowEndsAt', windowEndsAt] },
          expiresAt: { $cond: [isLive, '$windowEndsAt', windowEndsAt] },
        },
      },
    ];
    const after = await this.#upsert(id, update, grant);
    const isGranted = after.grants?.includes(grant) === true;
    return {
      isGranted,
      count: after.count,
      windowEndsAt: after.windowEndsAt,
      reservation: {
        rule,
        id,
        windowEndsAt: after.windowEndsAt,
        remaining: rule.attempts - after.count,
      },
    };
  }

  // Written and then looked at, so that all budgets of an attempt share two commands.
  async #upsert(id: string, update: object[], grant: string): Promise<BudgetDocument> {
    for (let race = 1; ; race += 1) {
      try {
        await upsertById(this.#deps.database, BUDGETS, { _id: id, update, durability: 'counted' });
        const after = await this.#read(id);
        if (after && !isOvertaken(after, grant)) return after;
        // So many came at once that ours cannot be told any more: it is taken again, alone.
        const alone = await this.#budgets.findOneAndUpdate({ _id: id }, update, {
          upsert: true,
          returnDocument: 'after',
        });
        if (alone) return alone;
      } catch (error) {
        // Two first attempts at once: the other one made the document, ours counts on it.
        if (!isDuplicateKey(error) || race >= MAX_UPSERT_RACES) throw error;
      }
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

function isOvertaken({ grants = [] }: BudgetDocument, grant: string): boolean {
  return grants.length >= KEPT_GRANTS && !grants.includes(grant);
}
