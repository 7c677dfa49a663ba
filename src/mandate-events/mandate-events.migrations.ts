// Indexes of what clients are told of mandates.
import type { Migration } from '../platform/migrations.ts';
import { createOutboxIndexes } from '../platform/outbox-indexes.ts';
import { MANDATE_EVENT_OUTBOX } from './mandate-event-outbox-store.ts';

export const mandateEventsMigrations: readonly Migration[] = [
  {
    id: '0062-mandate-event-outbox-indexes',
    up: (db) => createOutboxIndexes(db, MANDATE_EVENT_OUTBOX),
  },
];
