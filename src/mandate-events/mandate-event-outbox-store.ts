// What clients are told of mandates, on its way to them. Of one mandate a client gets one event at a
// time: the next is held until the one before has arrived or was given up.
import { z } from 'zod';
import { mandateRoles } from '../mandates/mandate.ts';
import { batchesOf } from '../platform/batches.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { OutboxStore } from '../platform/outbox-store.ts';
import type { Backlog, DeliveryRecord, LeasedRow, Settlement } from '../platform/outbox-store.ts';

export const MANDATE_EVENT_OUTBOX = 'mandateEventOutbox';

export const mandateEventTypes = ['granted', 'changed', 'used', 'ended'] as const;

/** What a later release writes beside these is left out, and its rows are sent all the same. */
const payloadSchema = z.object({
  type: z.enum(mandateEventTypes),
  /** Names the event to its receiver, however often it is sent. */
  jti: z.string(),
  /** Epoch seconds. */
  at: z.int(),
  personId: z.string(),
  entity: z.strictObject({
    id: z.string(),
    uscc: z.string().optional(),
    name: z.string().optional(),
  }),
  mandateId: z.string(),
  /** The mandate that it was passed on from. */
  parentId: z.string().optional(),
  role: z.enum(mandateRoles),
  /** Of those that the client serves; absent: all. */
  services: z.array(z.string()).optional(),
  /** Epoch seconds. */
  expiresAt: z.int().optional(),
  isSingleUse: z.boolean(),
  reason: z.string().optional(),
});
export type MandateEventPayload = z.infer<typeof payloadSchema>;

interface Row {
  _id: string;
  state: string;
  nextAttemptAt: Date;
}

/** Of what a client is told of one mandate and person. */
interface End {
  number: number;
  isPending: boolean;
}

/** Nothing is due then: a row that waits for the one before it. */
const HELD = new Date('9999-01-01T00:00:00Z');
const NUMBER_DIGITS = 16;
const MOST_LOOKED_AT = 500;
const LABEL = 'mandate-events.person';

export class MandateEventOutbox {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };
  readonly #outbox: OutboxStore<MandateEventPayload>;

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
    this.#outbox = new OutboxStore(deps, {
      collection: MANDATE_EVENT_OUTBOX,
      payload: payloadSchema,
    });
  }

  /** Part of the transaction of the mandates' changes, behind what has not arrived yet. */
  async enqueue(
    events: readonly { clientId: string; payload: MandateEventPayload }[],
    session: ClientSession,
  ): Promise<void> {
    for (const some of batchesOf(events)) {
      const placed = some.map((event) => ({ ...event, streams: this.#streamsOf(event) }));
      const ends = await this.#endsOf(
        placed.flatMap(({ streams }) => streams),
        session,
      );
      const entries = placed.map(({ clientId, payload, streams }) => {
        // Where the last one is; under the key that writes where there is none.
        const stream = streams.find((each) => ends.has(each)) ?? streams[0] ?? '';
        const { number, isPending } = ends.get(stream) ?? { number: 0, isPending: false };
        ends.set(stream, { number: number + 1, isPending: true });
        const id = `${stream}${String(number + 1).padStart(NUMBER_DIGITS, '0')}`;
        const notBefore = isPending ? HELD : undefined;
        return { id, lane: clientId, reason: payload.type, payload, notBefore };
      });
      await this.#outbox.enqueue(entries, session);
    }
  }

  lease(request: Parameters<OutboxStore<MandateEventPayload>['lease']>[0]) {
    return this.#outbox.lease(request);
  }

  /** Lets the next of the same mandate go when this one is done with. */
  async settle(row: LeasedRow<MandateEventPayload>, settlement: Settlement): Promise<boolean> {
    const isSettled = await this.#outbox.settle(row, settlement);
    if (isSettled && settlement.state !== 'pending') await this.#releaseNext(streamOfRow(row.id));
    return isSettled;
  }

  /** For rows whose predecessor was settled by a process that died before it let them go. */
  async releaseForgotten(): Promise<void> {
    const held = await this.#rows
      .find({ state: 'pending', nextAttemptAt: HELD }, { projection: { _id: 1 } })
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

  /** Under the key that writes, and every key that finds. Nobody who only reads the database learns whose it is. */
  #streamsOf(event: { clientId: string; payload: MandateEventPayload }): string[] {
    const { keyring } = this.#deps;
    const { mandateId, personId } = event.payload;
    const of = ['artefactId', LABEL, `${mandateId}/${personId}`] as const;
    const macs = [keyring.mac(...of), ...keyring.macs(...of)];
    const streams = macs.map(
      (mac) => `${event.clientId}/${mandateId}/${mac.toString('base64url')}/`,
    );
    return [...new Set(streams)];
  }

  async #releaseNext(stream: string): Promise<void> {
    const first = await this.#rows.findOne(
      { ...within(stream), state: 'pending' },
      { sort: { _id: 1 } },
    );
    if (!first) return;
    await this.#rows.updateOne(
      { _id: first._id, state: 'pending', nextAttemptAt: HELD },
      { $set: { nextAttemptAt: this.#deps.clock.now() } },
    );
  }

  get #rows() {
    return this.#deps.database.collection<Row>(MANDATE_EVENT_OUTBOX);
  }
}

function streamOfRow(id: string): string {
  return id.slice(0, id.lastIndexOf('/') + 1);
}

/** `0` is the character after `/`. */
function within(stream: string) {
  return { _id: { $gt: stream, $lt: `${stream.slice(0, -1)}0` } };
}
