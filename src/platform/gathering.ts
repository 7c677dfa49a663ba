// Requests of the same kind that come at the same time are done together: one command to the
// database instead of many. Nobody is answered from work that had begun before the question.

import { AppError } from './errors.ts';

export interface GatheringOptions<Item, Result> {
  /** One result per item, in their order; an Error among them is for that item alone. */
  run(items: readonly Item[]): Promise<readonly (Result | Error)[]>;
  /** Rounds under way at once; what comes meanwhile waits for the next one. */
  maxRunning?: number;
  /** Items of one round. */
  maxItems?: number;
  /** Milliseconds that a round may take. */
  limitMs?: number;
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

export class Gathering<Item, Result> {
  readonly #options: GatheringOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #isPlanned = false;

  constructor(options: GatheringOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#plan();
    });
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
    try {
      const results = await this.#inTime(this.#options.run(round.map(({ item }) => item)));
      for (const [index, { resolve, reject }] of round.entries()) {
        const result = results[index];
        if (result instanceof Error) reject(result);
        else resolve(result as Result);
      }
    } catch (error) {
      for (const { reject } of round) reject(error);
    } finally {
      this.#running -= 1;
      this.#plan();
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
