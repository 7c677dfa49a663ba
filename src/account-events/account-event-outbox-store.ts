// What clients are told of accounts, on its way to them: pushed, or kept until they come for it. Of one
// person a client gets one event at a time.
import { z } from 'zod';
import { accountTopics } from '../accounts/account-change.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import { OrderedOutbox, streamNames } from '../platform/ordered-outbox-store.ts';

export const ACCOUNT_EVENT_OUTBOX = 'accountEventOutbox';

const accountEventTypes = [
  'level',
  'attributes',
  'disabled',
  'enabled',
  'recovered',
  'closed',
  'merged',
] as const;

/** No value of a person: those are read when the event is sent. What a later release adds is left out. */
const payloadSchema = z.object({
  type: z.enum(accountEventTypes),
  accountId: z.string(),
  /** Of the client's view of the account. */
  version: z.int(),
  /** Epoch seconds. */
  at: z.int(),
  /** The change, in the records of both sides. */
  traceId: z.string(),
  from: z.int().optional(),
  to: z.int().optional(),
  topics: z.array(z.enum(accountTopics)).optional(),
  reason: z.string().optional(),
  /** The account that goes on, where the client knows that one too. */
  intoId: z.string().optional(),
});
export type AccountEventPayload = z.infer<typeof payloadSchema>;

const LABEL = 'account-events.person';

export class AccountEventOutbox extends OrderedOutbox<AccountEventPayload> {
  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    super(deps, {
      collection: ACCOUNT_EVENT_OUTBOX,
      payload: payloadSchema,
      streamsOf: ({ lane, payload: { accountId } }) =>
        // With the receiver in it, so that two of them cannot compare the names of events.
        streamNames(deps.keyring, { lane, label: LABEL, secret: `${lane}\0${accountId}` }),
    });
  }
}

const JTI = /^(?<stream>[\w-]{43})\.(?<number>\d{16})$/u;

/** The name of an event for its receiver: the same however often it is sent. */
export function jtiOfRow({ id, lane }: { id: string; lane: string }): string {
  return id.slice(lane.length + 1).replace('/', '.');
}

/** Undefined for what cannot be a name of ours. */
export function rowOfJti(lane: string, jti: string): { id: string; lane: string } | undefined {
  const { stream, number } = JTI.exec(jti)?.groups ?? {};
  return stream === undefined ? undefined : { id: `${lane}/${stream}/${number}`, lane };
}
