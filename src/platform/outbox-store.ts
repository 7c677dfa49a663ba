// Things to be sent later by whichever process comes first: rows with a lease, written in the
// transaction of what caused them. Payloads are sealed. Delivery is at least once.
import type { z } from 'zod';
import type { Clock } from './clock.ts';
import type { Keyring } from './crypto.ts';
import { isAny } from './grouped-looks-store.ts';
import { compareAndSet, insertGrouped } from './grouped-writes-store.ts';
import { isDuplicateKey } from './mongo.ts';
import type { ClientSession, Database } from './mongo.ts';
import { payloadContext } from './outbox-document.ts';
import type { OutboxDocument, OutboxState } from './outbox-document.ts';

export interface OutboxEntry<Payload> {
  /** Enqueuing an id twice is enqueuing it once. */
  id: string;
  /** The receiver; one slow lane never holds up the others. */
  lane: string;
  /** A closed word for the record: why this is sent. */
  reason: string;
  payload: Payload;
  notBefore?: Date | undefined;
}

/** What an administrator sees of a row: never its payload. */
export interface DeliveryRecord {
  id: string;
  lane: string;
  reason: string;
  state: OutboxState;
  attempts: number;
  createdAt: Date;
  /** Of the next attempt, or of the end of the lease while one is under way. */
  nextAttemptAt: Date;
  deliveredAt?: Date;
  /** `http_503`, `address_not_allowed`, `accepted`: a closed word, never what a receiver said. */
  lastResult?: string;
}

/** A row that this holder may deliver until the lease ends. */
export interface LeasedRow<Payload> {
  id: string;
  lane: string;
  reason: string;
  payload: Payload;
  /** Counts this attempt too; with the id it proves that the lease is still ours. */
  attempt: number;
  createdAt: Date;
}

export type Settlement =
  | { state: Exclude<OutboxState, 'pending'> | 'dropped'; result: string }
  | { state: 'pending'; result: string; nextAttemptAt: Date };

/** For figures and for whoever looks after the service. */
export interface Backlog {
  waiting: number;
  /** Of those that wait, since when the oldest does. */
  oldestAt: Date | undefined;
  /** Given up, of the records that are still kept. */
  failed: number;
}

interface OutboxDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
}

interface Holding {
  holder: string;
  leaseMs: number;
}

interface LeaseRequest extends Holding {
  excludedLanes: readonly string[];
}

/** Due for nobody but a receiver that comes for it. */
export const PARKED = new Date('9998-01-01T00:00:00Z');

const RECORD_KEPT_MS = 30 * 86_400_000;

export class OutboxStore<Payload> {
  readonly #deps: OutboxDependencies;
  readonly #collection: string;
  readonly #schema: z.ZodType<Payload>;

  constructor(
    deps: OutboxDependencies,
    options: { collection: string; payload: z.ZodType<Payload> },
  ) {
    this.#deps = deps;
    this.#collection = options.collection;
    this.#schema = options.payload;
  }

  /** Stands or falls with the caller's transaction when `session` is given. */
  async enqueue(entries: readonly OutboxEntry<Payload>[], session?: ClientSession): Promise<void> {
    if (entries.length === 0) return;
    const operations = entries.map((entry) => {
      const { _id, ...content } = this.#document(entry);
      const update = { $setOnInsert: content };
      return { updateOne: { filter: { _id }, update, upsert: true } };
    });
    try {
      await this.#rows.bulkWrite(operations, { ordered: false, ...(session ? { session } : {}) });
    } catch (error) {
      // Two processes inserted the same row at the same moment: it is there, which was the aim.
      if (session || !isDuplicateKey(error)) throw error;
    }
  }

  /**
   * Stores an entry and leases it in the same command: for a holder that will deliver it at once.
   * When it dies, the row is due by itself as after any other lease. Undefined when the id is taken.
   */
  async enqueueLeased(
    entry: OutboxEntry<Payload>,
    { holder, leaseMs }: Holding,
  ): Promise<LeasedRow<Payload> | undefined> {
    const { clock, database } = this.#deps;
    const until = new Date(clock.now().getTime() + leaseMs);
    const held = { attempts: 1, nextAttemptAt: until, lease: { holder, until } };
    const row: OutboxDocument = { ...this.#document(entry), ...held };
    try {
      await insertGrouped(database, this.#collection, row);
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
    const { id, lane, reason, payload } = entry;
    return { id, lane, reason, payload, attempt: row.attempts, createdAt: row.createdAt };
  }

  /** The longest due row of a lane that is not excluded, or undefined. */
  async lease(request: LeaseRequest): Promise<LeasedRow<Payload> | undefined> {
    return this.#leaseOne(this.#dueBut(request.excludedLanes), request);
  }

  /** Whether `lease` would find something; asked together with what others look for. */
  isAnyDue(excludedLanes: readonly string[]): Promise<boolean> {
    const due = { state: 'pending', ...this.#dueBut(excludedLanes) };
    return isAny(this.#deps.database, this.#collection, due);
  }

  #dueBut(excludedLanes: readonly string[]) {
    const lanes = excludedLanes.length > 0 ? { lane: { $nin: [...excludedLanes] } } : {};
    return { nextAttemptAt: { $lte: this.#deps.clock.now() }, ...lanes };
  }

  /** The same of one lane, for a receiver that comes for its rows; those that are parked too. */
  async leaseIn(lane: string, request: Holding): Promise<LeasedRow<Payload> | undefined> {
    return this.#leaseOne(this.#readyIn(lane), request);
  }

  #readyIn(lane: string) {
    const now = this.#deps.clock.now();
    return { lane, $or: [{ nextAttemptAt: { $lte: now } }, { nextAttemptAt: PARKED }] };
  }

  async #leaseOne(which: object, request: Holding): Promise<LeasedRow<Payload> | undefined> {
    const until = new Date(this.#deps.clock.now().getTime() + request.leaseMs);
    const row = await this.#rows.findOneAndUpdate(
      { state: 'pending', ...which },
      // A holder that dies leaves a row that becomes due by itself when its lease has ended.
      {
        $set: { nextAttemptAt: until, lease: { holder: request.holder, until } },
        $inc: { attempts: 1 },
      },
      { sort: { nextAttemptAt: 1 }, returnDocument: 'after' },
    );
    if (!row) return undefined;
    const opened = this.#deps.keyring.decryptJson(row.sealed, this.#context(row._id));
    return {
      id: row._id,
      lane: row.lane,
      reason: row.reason,
      payload: this.#schema.parse(opened),
      attempt: row.attempts,
      createdAt: row.createdAt,
    };
  }

  /** False when the lease was lost meanwhile: then another holder's result counts. */
  async settle(row: LeasedRow<Payload>, settlement: Settlement): Promise<boolean> {
    const { state, result } = settlement;
    const ours = { state: 'pending' as const, attempts: row.attempt };
    if (state === 'dropped') {
      return (await this.#rows.deleteOne({ _id: row.id, ...ours })).deletedCount === 1;
    }
    return compareAndSet(this.#deps.database, this.#collection, {
      _id: row.id,
      only: ours,
      // No two leases of a row count the same attempt.
      mark: `${row.id}:${row.attempt}`,
      // Lost with a primary, it is delivered once more: at least once is what is promised.
      durability: 'counted',
      set: {
        state,
        lastResult: result,
        lease: null,
        ...(state === 'pending' ? { nextAttemptAt: settlement.nextAttemptAt } : {}),
        ...(state === 'delivered' ? { deliveredAt: this.#deps.clock.now() } : {}),
      },
    });
  }

  /** By the word of the receiver, whoever holds the row now. False when there is nothing to settle. */
  async conclude(
    row: { id: string; lane: string },
    to: { state: 'delivered' | 'failed'; result: string },
  ): Promise<boolean> {
    const { state, result: lastResult } = to;
    const deliveredAt = state === 'delivered' ? { deliveredAt: this.#deps.clock.now() } : {};
    const { matchedCount } = await this.#rows.updateOne(
      { _id: row.id, lane: row.lane, state: 'pending', attempts: { $gt: 0 } },
      { $set: { state, lastResult, lease: null, ...deliveredAt } },
    );
    return matchedCount === 1;
  }

  /** What was parked in other lanes than these is due again. */
  async unpark(stillParked: readonly string[]): Promise<void> {
    const lane = { $nin: [...stillParked] };
    const isParked = { state: 'pending' as const, nextAttemptAt: PARKED, lane };
    if (!(await isAny(this.#deps.database, this.#collection, isParked))) return;
    const $set = { nextAttemptAt: this.#deps.clock.now() };
    await this.#rows.updateMany(isParked, { $set });
  }

  /** Whether `leaseIn` would find something. */
  async isWaitingIn(lane: string): Promise<boolean> {
    const filter = { state: 'pending' as const, ...this.#readyIn(lane) };
    return (await this.#rows.findOne(filter, { projection: { _id: 1 } })) !== null;
  }

  /** Newest first. */
  async list(filter: { lane?: string | undefined; limit: number }): Promise<DeliveryRecord[]> {
    const rows = await this.#rows
      .find(filter.lane === undefined ? {} : { lane: filter.lane }, { projection: { sealed: 0 } })
      .sort({ createdAt: -1, _id: 1 })
      .limit(filter.limit)
      .toArray();
    return rows.map((row) => ({
      id: row._id,
      lane: row.lane,
      reason: row.reason,
      state: row.state,
      attempts: row.attempts,
      createdAt: row.createdAt,
      nextAttemptAt: row.nextAttemptAt,
      ...(row.deliveredAt ? { deliveredAt: row.deliveredAt } : {}),
      ...(row.lastResult ? { lastResult: row.lastResult } : {}),
    }));
  }

  async backlog(): Promise<Backlog> {
    const [waiting, failed, oldest] = await Promise.all([
      this.#rows.countDocuments({ state: 'pending' }),
      this.#rows.countDocuments({ state: 'failed' }),
      this.#rows.findOne({ state: 'pending' }, { sort: { createdAt: 1 } }),
    ]);
    return { waiting, oldestAt: oldest?.createdAt, failed };
  }

  #document(entry: OutboxEntry<Payload>): OutboxDocument {
    const now = this.#deps.clock.now();
    return {
      _id: entry.id,
      lane: entry.lane,
      reason: entry.reason,
      state: 'pending',
      sealed: this.#deps.keyring.encryptJson(entry.payload, this.#context(entry.id)),
      attempts: 0,
      nextAttemptAt: entry.notBefore ?? now,
      lease: null,
      lastResult: null,
      createdAt: now,
      deliveredAt: null,
      expiresAt: new Date(now.getTime() + RECORD_KEPT_MS),
      schemaVersion: 1,
    };
  }

  #context(id: string): string {
    return payloadContext(this.#collection, id);
  }

  get #rows() {
    return this.#deps.database.collection<OutboxDocument>(this.#collection);
  }
}
