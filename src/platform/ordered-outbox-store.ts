// An outbox in which a receiver gets one row of a stream at a time: the next is held until the one before
// has arrived or was given up. A stream is what belongs together, e.g. all about one mandate.
import type { z } from 'zod';
import { batchesOf } from './batches.ts';
import type { Clock } from './clock.ts';
import type { Keyring } from './crypto.ts';
import { isAny } from './grouped-looks-store.ts';
import type { ClientSession, Database } from './mongo.ts';
import { OutboxStore, PARKED } from './outbox-store.ts';
import type { Backlog, DeliveryRecord, LeasedRow, Settlement } from './outbox-store.ts';

export interface StreamEntry<Payload> {
  /** The receiver. */
  lane: string;
  reason: string;
  payload: Payload;
  /** The receiver comes for it. */
  isFetched?: boolean | undefined;
  /** Its place in the stream, where the caller numbers; else behind the last. */
  number?: number | undefined;
}

interface OrderedOutboxOptions<Payload> {
  collection: string;
  payload: z.ZodType<Payload>;
  /**
   * Names of the stream, which hold no `/` but at the end: under the key that writes first, then under
   * every key that finds. Nobody who only reads the database learns whose it is.
   */
  streamsOf: (entry: StreamEntry<Payload>) => readonly string[];
}

interface Row {
  _id: string;
  lane: string;
  state: string;
  nextAttemptAt: Date;
}

interface End {
  number: number;
  isPending: boolean;
}

/** Nothing is due then: a row that waits for the one before it. */
const HELD = new Date('9999-01-01T00:00:00Z');
/** The same, of one that its receiver comes for. */
const HELD_FETCHED = new Date('9999-01-02T00:00:00Z');
const NUMBER_DIGITS = 16;
const MOST_LOOKED_AT = 500;

export class OrderedOutbox<Payload> {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };
  readonly #options: OrderedOutboxOptions<Payload>;
  readonly #outbox: OutboxStore<Payload>;

  constructor(
    deps: { database: Database; keyring: Keyring; clock: Clock },
    options: OrderedOutboxOptions<Payload>,
  ) {
    this.#deps = deps;
    this.#options = options;
    this.#outbox = new OutboxStore(deps, options);
  }

  /** Part of the transaction of what is told, behind what has not arrived yet. */
  async enqueue(entries: readonly StreamEntry<Payload>[], session: ClientSession): Promise<void> {
    for (const some of batchesOf(entries)) {
      const placed = some.map((entry) => ({ entry, streams: this.#options.streamsOf(entry) }));
      const ends = await this.#endsOf(
        placed.flatMap(({ streams }) => streams),
        session,
      );
      const rows = placed.map(({ entry, streams }) => {
        // Where the last one is; under the key that writes where there is none.
        const stream = streams.find((each) => ends.has(each)) ?? streams[0] ?? '';
        const end = ends.get(stream) ?? { number: 0, isPending: false };
        const number = entry.number ?? end.number + 1;
        ends.set(stream, { number, isPending: true });
        const { lane, reason, payload } = entry;
        const notBefore = dueOf(end, entry.isFetched === true);
        return { id: rowIdOf(stream, number), lane, reason, payload, notBefore };
      });
      await this.#outbox.enqueue(rows, session);
    }
  }

  isAnyDue(excludedLanes: readonly string[]): Promise<boolean> {
    return this.#outbox.isAnyDue(excludedLanes);
  }

  lease(request: Parameters<OutboxStore<Payload>['lease']>[0]) {
    return this.#outbox.lease(request);
  }

  /** Lets the next of the stream go when this one is done with. */
  async settle(row: LeasedRow<Payload>, settlement: Settlement): Promise<boolean> {
    const isSettled = await this.#outbox.settle(row, settlement);
    if (isSettled && settlement.state !== 'pending') await this.#releaseNext(streamOfRow(row.id));
    return isSettled;
  }

  /** See OutboxStore. */
  leaseIn(...of: Parameters<OutboxStore<Payload>['leaseIn']>) {
    return this.#outbox.leaseIn(...of);
  }

  /** By the word of the receiver; lets the next of the stream go. */
  async conclude(...of: Parameters<OutboxStore<Payload>['conclude']>): Promise<boolean> {
    const isConcluded = await this.#outbox.conclude(...of);
    if (isConcluded) await this.#releaseNext(streamOfRow(of[0].id));
    return isConcluded;
  }

  isWaitingIn(lane: string): Promise<boolean> {
    return this.#outbox.isWaitingIn(lane);
  }

  unpark(stillParked: readonly string[]): Promise<void> {
    return this.#outbox.unpark(stillParked);
  }

  /** For rows whose predecessor was settled by a process that died before it let them go. */
  async releaseForgotten(): Promise<void> {
    const isHeld = { state: 'pending', nextAttemptAt: { $in: [HELD, HELD_FETCHED] } };
    if (!(await isAny(this.#deps.database, this.#options.collection, isHeld))) return;
    const held = await this.#rows
      .find(isHeld, { projection: { _id: 1 } })
      .limit(MOST_LOOKED_AT)
      .toArray();
    for (const stream of new Set(held.map(({ _id }) => streamOfRow(_id)))) {
      await this.#releaseNext(stream);
    }
  }

  backlog(): Promise<Backlog> {
    return this.#outbox.backlog();
  }

  /** Newest first. */
  listDeliveries(filter: {
    clientId?: string | undefined;
    limit?: number;
  }): Promise<DeliveryRecord[]> {
    return this.#outbox.list({ lane: filter.clientId, limit: filter.limit ?? 100 });
  }

  /** The last row of each stream that has one. */
  async #endsOf(streams: readonly string[], session: ClientSession): Promise<Map<string, End>> {
    const ends = new Map<string, End>();
    for (const some of batchesOf(streams)) {
      const rows = this.#rows
        .find({ $or: some.map(within) }, { projection: { state: 1 }, session })
        .sort({ _id: 1 });
      for await (const { _id, state } of rows) {
        const stream = streamOfRow(_id);
        const number = Number(_id.slice(stream.length));
        ends.set(stream, { number, isPending: state === 'pending' });
      }
    }
    return ends;
  }

  async #releaseNext(stream: string): Promise<void> {
    const first = await this.#rows.findOne(
      { ...within(stream), state: 'pending' },
      { sort: { _id: 1 } },
    );
    if (!first) return;
    const { _id, nextAttemptAt } = first;
    const isFetched = nextAttemptAt.getTime() === HELD_FETCHED.getTime();
    if (!isFetched && nextAttemptAt.getTime() !== HELD.getTime()) return;
    const $set = { nextAttemptAt: isFetched ? PARKED : this.#deps.clock.now() };
    await this.#rows.updateOne({ _id, state: 'pending', nextAttemptAt }, { $set });
  }

  get #rows() {
    return this.#deps.database.collection<Row>(this.#options.collection);
  }
}

function dueOf({ isPending }: End, isFetched: boolean): Date | undefined {
  if (isPending) return isFetched ? HELD_FETCHED : HELD;
  return isFetched ? PARKED : undefined;
}

/** Of a receiver and whatever parts name the stream to it; under each key that finds. */
export function streamNames(
  keyring: Pick<Keyring, 'mac' | 'macs'>,
  of: { lane: string; label: string; secret: string; parts?: readonly string[] },
): string[] {
  const { lane, label, secret, parts = [] } = of;
  const macs = [
    keyring.mac('artefactId', label, secret),
    ...keyring.macs('artefactId', label, secret),
  ];
  const names = macs.map((mac) => `${[lane, ...parts, mac.toString('base64url')].join('/')}/`);
  return [...new Set(names)];
}

function rowIdOf(stream: string, number: number): string {
  return `${stream}${String(number).padStart(NUMBER_DIGITS, '0')}`;
}

function streamOfRow(id: string): string {
  return id.slice(0, id.lastIndexOf('/') + 1);
}

/** `0` is the character after `/`. */
function within(stream: string) {
  return { _id: { $gt: stream, $lt: `${stream.slice(0, -1)}0` } };
}
