// How much each platform has asked for in this minute and on this day, counted in the database before
// anything is done: together all processes give no more than the quota. Of a large quota each process takes
// some in advance, so that most requests ask the database nothing. Also requests that were used up.
import { Gathering } from '../platform/gathering.ts';
import { insertGrouped } from '../platform/grouped-writes-store.ts';
import { isDuplicateKey, refusedStatements } from '../platform/mongo.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/mongo.ts';

export const RECOGNITION_USAGE = 'recognitionUsage';
export const RECOGNITION_SPENT = 'recognitionSpent';
export const RECOGNITION_BUCKETS = 'recognitionBuckets';

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

interface SpentBatchDocument extends SpentDocument {
  /** Places of the tickets that were used. */
  used: number[];
}

/** One of several that were issued together. */
export interface SpentTicket {
  batch: string;
  /** From 0. */
  place: number;
  expiresAt: Date;
}

interface BucketDocument {
  /** `<keyed hash>/<day>` */
  _id: string;
  inDay: number;
  by: Record<string, number>;
  expiresAt: Date;
}

export interface Rate {
  perMinute: number;
  perDay: number;
}

export type Taken = { ok: true } | { ok: false; retryAfterSeconds: number };

interface Wanted {
  who: string;
  what: string;
  amount: number;
  rate: Rate;
}

interface BucketUse {
  /** Keyed hash. */
  bucket: string;
  platformId: string;
  perPlatformPerDay: number;
  perDay: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Counts are what remains of evaluations: they are kept for whoever looks into one. */
const KEPT_MS = 31 * DAY_MS;
/** What one process takes in advance, of a minute's and of a day's quota. */
const MINUTE_SHARE = 50;
const DAY_SHARE = 5000;

export class RecognitionUsage {
  readonly #deps: { database: Database; clock: Clock };
  /** Taken in advance in this minute; what is not used by its end is lost. */
  readonly #held = new Map<string, { minute: number; units: number }>();
  readonly #buckets: Gathering<BucketUse, boolean>;

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
    this.#buckets = new Gathering({ run: (uses) => this.#countAll(uses) });
  }

  /** Takes `amount` of what `who` may have of `what`, or nothing of it. */
  async take(wanted: Wanted): Promise<Taken> {
    const { who, what, amount, rate } = wanted;
    const minute = Math.floor(this.#deps.clock.now().getTime() / MINUTE_MS);
    const name = `${what}/${who}`;
    const held = this.#held.get(name);
    if (held?.minute === minute && held.units >= amount) {
      held.units -= amount;
      return { ok: true };
    }
    const portion = Math.floor(Math.min(rate.perMinute / MINUTE_SHARE, rate.perDay / DAY_SHARE));
    if (portion <= amount) return this.#count(wanted);
    if (!(await this.#count({ ...wanted, amount: portion })).ok) return this.#count(wanted);
    const left = this.#held.get(name);
    const units = left?.minute === minute ? left.units : 0;
    this.#held.set(name, { minute, units: units + portion - amount });
    return { ok: true };
  }

  async #count({ who, what, amount, rate }: Wanted): Promise<Taken> {
    const now = this.#deps.clock.now().getTime();
    const minute = Math.floor(now / MINUTE_MS);
    const day = Math.floor(now / DAY_MS);
    const _id = `${what}/${who}/${day}`;
    const untilTomorrow = Math.ceil(((day + 1) * DAY_MS - now) / 1000);
    const untilNextMinute = Math.ceil(((minute + 1) * MINUTE_MS - now) / 1000);
    if (amount > Math.min(rate.perMinute, rate.perDay)) {
      return { ok: false, retryAfterSeconds: untilTomorrow };
    }
    const isNow = { $eq: ['$minute', minute] };
    const counted = {
      minute,
      inMinute: { $add: [{ $cond: [isNow, '$inMinute', 0] }, amount] },
      inDay: { $add: [{ $ifNull: ['$inDay', 0] }, amount] },
      expiresAt: new Date(now + KEPT_MS),
    };
    const only = {
      _id,
      inDay: { $lte: rate.perDay - amount },
      $or: [{ minute: { $ne: minute } }, { inMinute: { $lte: rate.perMinute - amount } }],
    };
    const options = { upsert: true, writeConcern: { w: 1 } };
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#usage.updateOne(only, [{ $set: counted }], options);
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

  /** True when this is not more than one platform, and all of them, may ask of a bucket on a day (UTC). */
  takeOfBucket(use: BucketUse): Promise<boolean> {
    return this.#buckets.add(use);
  }

  async #countAll(uses: readonly BucketUse[]): Promise<boolean[]> {
    // Most are the first of their bucket: to insert costs a fraction of what an upsert does.
    const isFirst = await this.#insertAll(uses);
    const others = uses.filter((_, place) => isFirst[place] === false);
    const isCounted = others.length > 0 ? await this.#countOnce(others) : [];
    return uses.map((use, place) => {
      return isFirst[place] === true || isCounted[others.indexOf(use)] === true;
    });
  }

  async #insertAll(uses: readonly BucketUse[]): Promise<boolean[]> {
    const day = Math.floor(this.#deps.clock.now().getTime() / DAY_MS);
    const expiresAt = new Date((day + 2) * DAY_MS);
    const documents = uses.map(({ bucket, platformId }) => {
      return { _id: `${bucket}/${day}`, inDay: 1, by: { [platformId]: 1 }, expiresAt };
    });
    try {
      await this.#bucketUses.insertMany(documents, { ordered: false, writeConcern: { w: 1 } });
      return uses.map(() => true);
    } catch (error) {
      const refused = refusedStatements(error);
      return uses.map((_, place) => !refused.has(place));
    }
  }

  async #countOnce(uses: readonly BucketUse[]): Promise<boolean[]> {
    const day = Math.floor(this.#deps.clock.now().getTime() / DAY_MS);
    const operations = uses.map(({ bucket, platformId, perPlatformPerDay, perDay }) => {
      const own = `by.${platformId}`;
      const filter = {
        _id: `${bucket}/${day}`,
        inDay: { $lt: perDay },
        [own]: { $not: { $gte: perPlatformPerDay } },
      };
      const $setOnInsert = { expiresAt: new Date((day + 2) * DAY_MS) };
      const update = { $inc: { inDay: 1, [own]: 1 }, $setOnInsert };
      return { updateOne: { filter, update, upsert: true } };
    });
    try {
      const options = { ordered: false, writeConcern: { w: 1 } };
      await this.#bucketUses.bulkWrite(operations as never[], options);
      return uses.map(() => true);
    } catch (error) {
      const refused = refusedStatements(error);
      return uses.map((_, place) => !refused.has(place));
    }
  }

  /** True for the first use of an id. */
  async spend(id: string, expiresAt: Date): Promise<boolean> {
    const spent: SpentDocument = { _id: id, expiresAt };
    try {
      await insertGrouped(this.#deps.database, RECOGNITION_SPENT, { ...spent });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** Of each whether this is its first use; what is no ticket has none. */
  async spendTickets(tickets: readonly (SpentTicket | undefined)[]): Promise<boolean[]> {
    const batches = Map.groupBy(
      tickets.filter((ticket) => ticket !== undefined),
      ({ batch }) => batch,
    );
    const firstUses = await Promise.all([...batches.values()].map((of) => this.#spendBatch(of)));
    const isFirst = new Set(firstUses.flat());
    return tickets.map((ticket) => ticket !== undefined && isFirst.has(ticket));
  }

  /** Those that nobody has used before. */
  async #spendBatch(tickets: readonly SpentTicket[]): Promise<SpentTicket[]> {
    const places = new Map(tickets.map((ticket) => [ticket.place, ticket]));
    const different = [...places.values()];
    const [first] = different;
    if (!first) return [];
    const _id = `tickets/${first.batch}`;
    const document: SpentBatchDocument = {
      _id,
      used: [...places.keys()],
      expiresAt: first.expiresAt,
    };
    try {
      await insertGrouped(this.#deps.database, RECOGNITION_SPENT, { ...document });
      return different;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const spent = this.#deps.database.collection<SpentBatchDocument>(RECOGNITION_SPENT);
    const isSpent = await Promise.all(
      different.map(async ({ place }) => {
        const unused = { _id, used: { $ne: place } };
        return (await spent.updateOne(unused, { $push: { used: place } })).modifiedCount === 1;
      }),
    );
    return different.filter((_, place) => isSpent[place] === true);
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

  get #bucketUses() {
    return this.#deps.database.collection<BucketDocument>(RECOGNITION_BUCKETS);
  }
}
