// Requests of the same kind that come at the same time are done together: one command to the
// database instead of many. Nobody is answered from work that had begun before the question.
//
// One item may hold up its whole round: the database makes a statement wait while somebody's
// transaction has its document, which after a crash is as long as a transaction may live. Then the
// next rounds go on beside it, and what has the same key waits for that alone.
import { BoundedMap } from './bounded-map.ts';
import { AppError } from './errors.ts';

export interface GatheringOptions<Item, Result> {
  /** One result per item, in their order; an Error among them is for that item alone. */
  run(items: readonly Item[]): Promise<readonly (Result | Error)[]>;
  /**
   * Rounds under way at once; what comes meanwhile waits for the next one. With `keyOf` those that take
   * long, and keys apart, do not count.
   */
  maxRunning?: number;
  /** Items of one round. */
  maxItems?: number;
  /** Milliseconds that a round may take. */
  limitMs?: number;
  /** What an item may have to wait for, if that is something of its own: the id of a document. */
  keyOf?: (item: Item) => string;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

const MAX_RUNNING = 1;
const MAX_ITEMS = 100;
/** Longer than any request waits. */
const LIMIT_MS = 12_000;
/** A round of items with keys that takes longer is not waited for by the next one. */
const LONG_MS = 1000;
/** So many of them at once; one more is waited for. */
const MOST_LEFT = 8;
/** Keys of such rounds, until they were done once. */
const MOST_SLOW = 1000;
/** Slow keys apart at once; with more of them the database is slow for everybody, and asked together. */
const MOST_APART = 8;

export class Gathering<Item, Result> {
  readonly #options: GatheringOptions<Item, Result>;
  /** Keys of what was in a round that took long. */
  readonly #slow = new BoundedMap<string, true>(MOST_SLOW);
  /** By slow key, what waits for the round of that key that is under way. */
  readonly #apart = new Map<string, Waiting<Item, Result>[]>();
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  /** Rounds under way that do not count any more. */
  #left = 0;
  #isPlanned = false;

  constructor(options: GatheringOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject };
      const key = this.#options.keyOf?.(item);
      if (key !== undefined && this.#isApart(key)) {
        void this.#runApart(key, waiting);
        return;
      }
      this.#waiting.push(waiting);
      this.#plan();
    });
  }

  #isApart(key: string): boolean {
    if (this.#apart.has(key)) return true;
    return this.#slow.get(key) === true && this.#apart.size < MOST_APART;
  }

  /** One round at a time for a slow key, with nothing else in it. */
  async #runApart(key: string, first: Waiting<Item, Result>): Promise<void> {
    const behind = this.#apart.get(key);
    if (behind) {
      behind.push(first);
      return;
    }
    const waiting = [first];
    this.#apart.set(key, waiting);
    while (waiting.length > 0) {
      await this.#run(waiting.splice(0, this.#options.maxItems ?? MAX_ITEMS));
    }
    this.#apart.delete(key);
  }

  // After what the present turn of the event loop still has to say: that is who came together.
  #plan(): void {
    const { maxRunning = MAX_RUNNING } = this.#options;
    if (this.#isPlanned || this.#running >= maxRunning || this.#waiting.length === 0) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      void this.#runNext();
    });
  }

  async #runNext(): Promise<void> {
    const round = this.#waiting.splice(0, this.#options.maxItems ?? MAX_ITEMS);
    if (round.length === 0) return;
    this.#running += 1;
    this.#plan();
    let isLeft = false;
    const { keyOf } = this.#options;
    const long =
      keyOf &&
      setTimeout(() => {
        for (const { item } of round) this.#slow.set(keyOf(item), true);
        if (this.#left >= MOST_LEFT) return;
        isLeft = true;
        this.#left += 1;
        this.#running -= 1;
        this.#plan();
      }, LONG_MS);
    await this.#run(round);
    clearTimeout(long);
    if (isLeft) this.#left -= 1;
    else this.#running -= 1;
    this.#plan();
  }

  async #run(round: readonly Waiting<Item, Result>[]): Promise<void> {
    const { keyOf } = this.#options;
    try {
      const results = await this.#inTime(this.#options.run(round.map(({ item }) => item)));
      for (const [index, { item, resolve, reject }] of round.entries()) {
        if (keyOf) this.#slow.delete(keyOf(item));
        const result = results[index];
        if (result instanceof Error) reject(result);
        else resolve(result as Result);
      }
    } catch (error) {
      for (const { reject } of round) reject(error);
    }
  }

  /** A round that is never answered must not keep everybody waiting who comes after it. */
  async #inTime<T>(round: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const { limitMs = LIMIT_MS } = this.#options;
    const timer = setTimeout(() => reject(new AppError('timed_out')), limitMs);
    try {
      return await Promise.race([round, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
