// How much each platform has asked for in this minute and on this day, counted in the database before
// anything is done: together all processes give no more than the quota. Also requests that were used up.
import { incrementIf, insertGrouped } from '../platform/grouped-writes-store.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';

export const RECOGNITION_USAGE = 'recognitionUsage';
export const RECOGNITION_SPENT = 'recognitionSpent';

interface UsageDocument {
  _id: string;
  /** Minutes since the epoch. */
  minute: number;
  inMinute: number;
  inDay: number;
  expiresAt: Date;
}

interface SpentDocument {
  _id: string;
  expiresAt: Date;
}

export interface Rate {
  perMinute: number;
  perDay: number;
}

export type Taken = { ok: true } | { ok: false; retryAfterSeconds: number };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Counts are what remains of evaluations: they are kept for whoever looks into one. */
const KEPT_MS = 31 * DAY_MS;

export class RecognitionUsage {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  /** Takes `amount` of what `who` may have of `what`, or nothing of it. */
  async take(of: { who: string; what: string; amount: number; rate: Rate }): Promise<Taken> {
    const { who, what, amount, rate } = of;
    const now = this.#deps.clock.now().getTime();
    const minute = Math.floor(now / MINUTE_MS);
    const day = Math.floor(now / DAY_MS);
    const _id = `${what}/${who}/${day}`;
    const untilTomorrow = Math.ceil(((day + 1) * DAY_MS - now) / 1000);
    const untilNextMinute = Math.ceil(((minute + 1) * MINUTE_MS - now) / 1000);
    if (amount > rate.perMinute) return { ok: false, retryAfterSeconds: untilTomorrow };
    const only = {
      _id,
      inDay: { $lte: rate.perDay - amount },
      $or: [{ minute: { $ne: minute } }, { inMinute: { $lte: rate.perMinute - amount } }],
    };
    const counted = {
      minute,
      inMinute: {
        $add: [{ $cond: [{ $eq: ['$minute', minute] }, '$inMinute', 0] }, amount],
      },
      inDay: { $add: [{ $ifNull: ['$inDay', 0] }, amount] },
      expiresAt: new Date(now + KEPT_MS),
    };
    if (amount > rate.perDay) return { ok: false, retryAfterSeconds: untilTomorrow };
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#usage.updateOne(only, [{ $set: counted }], {
          upsert: true,
          writeConcern: { w: 1 },
        });
        return { ok: true };
      } catch (error) {
        // There is one for which it does not hold, or another request has just made it.
        if (!isDuplicateKey(error)) throw error;
        const used = await this.#usage.findOne({ _id });
        const isFull = used && used.inDay > rate.perDay - amount;
        const isBusy = used?.minute === minute && used.inMinute > rate.perMinute - amount;
        if (isFull) return { ok: false, retryAfterSeconds: untilTomorrow };
        if (isBusy || attempt > 2) return { ok: false, retryAfterSeconds: untilNextMinute };
      }
    }
  }

  /** True when this is not more than there may be of it on a day (UTC). */
  async takeOne({ name, perDay }: { name: string; perDay: number }): Promise<boolean> {
    const now = this.#deps.clock.now().getTime();
    const day = Math.floor(now / DAY_MS);
    const otherwise = { expiresAt: new Date((day + 2) * DAY_MS) };
    const of = {
      _id: `${name}/${day}`,
      only: { inDay: { $lt: perDay } },
      field: 'inDay',
      otherwise,
    };
    const { database } = this.#deps;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await incrementIf(database, RECOGNITION_USAGE, { ...of, durability: 'counted' });
        return true;
      } catch (error) {
        // Once more: another process may just have made it.
        if (!isDuplicateKey(error)) throw error;
        if (attempt > 0) return false;
      }
    }
  }

  /** True for the first use of an id. */
  async spend(id: string, expiresAt: Date): Promise<boolean> {
    const { database } = this.#deps;
    try {
      await insertGrouped(database, RECOGNITION_SPENT, {
        _id: id,
        expiresAt,
      } satisfies SpentDocument);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** The counts of one day (UTC) by their names, `what/who`. */
  async ofDay(at: Date): Promise<{ name: string; count: number }[]> {
    const day = Math.floor(at.getTime() / DAY_MS);
    const found = await this.#usage.find({ _id: { $regex: `/${day}$` } }).toArray();
    return found.map(({ _id, inDay }) => ({
      name: _id.slice(0, _id.lastIndexOf('/')),
      count: inDay,
    }));
  }

  get #usage() {
    return this.#deps.database.collection<UsageDocument>(RECOGNITION_USAGE);
  }
}
