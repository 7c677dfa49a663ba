// How often each source was asked today and what that cost, counted by all processes together
// before each call, so that parallel calls never exceed the budget. The day is the city's.
import type { Clock } from '../platform/clock.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';

interface UsageDocument {
  /** `<source>:<YYYY-MM-DD>` */
  _id: string;
  calls: number;
  costFen: number;
}

const CHINA_OFFSET_MS = 8 * 3_600_000;

export class SourceUsageStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  /** Counts one call; false when the day's budget is used up. */
  async take(source: string, of: { dailyBudget: number; costFen: number }): Promise<boolean> {
    if (of.dailyBudget === 0) return false;
    try {
      await this.#usage.updateOne(
        { _id: this.#id(source), calls: { $lt: of.dailyBudget } },
        { $inc: { calls: 1, costFen: of.costFen } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    // The document is there: either its budget is used up, or another has just made it.
    const { matchedCount } = await this.#usage.updateOne(
      { _id: this.#id(source), calls: { $lt: of.dailyBudget } },
      { $inc: { calls: 1, costFen: of.costFen } },
    );
    return matchedCount === 1;
  }

  async today(source: string): Promise<{ calls: number; costFen: number }> {
    const usage = await this.#usage.findOne({ _id: this.#id(source) });
    return { calls: usage?.calls ?? 0, costFen: usage?.costFen ?? 0 };
  }

  #id(source: string): string {
    const day = new Date(this.#deps.clock.now().getTime() + CHINA_OFFSET_MS).toISOString();
    return `${source}:${day.slice(0, 10)}`;
  }

  get #usage() {
    return this.#deps.database.collection<UsageDocument>('sourceUsage');
  }
}
