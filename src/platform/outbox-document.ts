// How a row of an outbox lies in the database: its payload sealed.
import type { SealedPlace } from './sealed-place.ts';

/** `refused`: our own rules forbid the sending. `failed`: given up after the last try. */
export type OutboxState = 'pending' | 'delivered' | 'failed' | 'refused';

export interface OutboxDocument {
  _id: string;
  lane: string;
  reason: string;
  state: OutboxState;
  sealed: Buffer;
  attempts: number;
  nextAttemptAt: Date;
  lease: { holder: string; until: Date } | null;
  lastResult: string | null;
  createdAt: Date;
  deliveredAt: Date | null;
  expiresAt: Date;
  schemaVersion: 1;
}

export function payloadContext(collection: string, id: string): string {
  return `${collection}.sealed:${id}`;
}

export function sealedInOutbox(collection: string): SealedPlace {
  return {
    collection,
    fields: ['sealed'],
    valuesOf: (document) => {
      const { _id, sealed } = document as OutboxDocument;
      return [{ path: 'sealed', sealed, context: payloadContext(collection, _id) }];
    },
  };
}
