// What clients are told of mandates, on its way to them. Of one mandate a client gets one event at a
// time: the next is held until the one before has arrived or was given up.
import { z } from 'zod';
import { mandateRoles } from '../mandates/mandate.ts';
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

  /** Part of the transaction of the mandate's change, behind what has not arrived yet. */
  async enqueue(
    clientId: string,
    payload: MandateEventPayload,
    session: ClientSession,
  ): Promise<void> {
    const { stream, last } = await this.#lastOf(clientId, payload, session);
    const number = last === null ? 1 : Number(last._id.slice(stream.length)) + 1;
    const notBefore = last?.state === 'pending' ? HELD : undefined;
    const id = `${stream}${String(number).padStart(NUMBER_DIGITS, '0')}`;
    const entry = { id, lane: clientId, reason: payload.type, payload, notBefore };
    await this.#outbox.enqueue([entry], session);
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

  /** Where the last one is; under the key that writes where there is none. */
  async #lastOf(clientId: string, payload: MandateEventPayload, session: ClientSession) {
    const streams = this.#streamsOf(clientId, payload);
    for (const stream of streams) {
      const last = await this.#rows.findOne(within(stream), { sort: { _id: -1 }, session });
      if (last) return { stream, last };
    }
    return { stream: streams[0] ?? '', last: null };
  }

  /** Under the key that writes, and every key that finds. Nobody who only reads the database learns whose it is. */
  #streamsOf(clientId: string, { mandateId, personId }: MandateEventPayload): string[] {
    const { keyring } = this.#deps;
    const of = ['artefactId', LABEL, `${mandateId}/${personId}`] as const;
    const macs = [keyring.mac(...of), ...keyring.macs(...of)];
    const streams = macs.map((mac) => `${clientId}/${mandateId}/${mac.toString('base64url')}/`);
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
