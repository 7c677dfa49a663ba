// What clients are told of mandates, on its way to them. Of one mandate a client gets one event at a
// time.
import { z } from 'zod';
import { mandateRoles } from '../mandates/mandate.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import { OrderedOutbox, streamNames } from '../platform/ordered-outbox-store.ts';

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

const LABEL = 'mandate-events.person';

export class MandateEventOutbox extends OrderedOutbox<MandateEventPayload> {
  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    super(deps, {
      collection: MANDATE_EVENT_OUTBOX,
      payload: payloadSchema,
      streamsOf: ({ lane, payload: { mandateId, personId } }) => {
        const of = { lane, label: LABEL, parts: [mandateId], secret: `${mandateId}/${personId}` };
        return streamNames(deps.keyring, of);
      },
    });
  }
}
