// Indexes of the messages to people.
import type { Migration } from '../platform/migrations.ts';
import { createOutboxIndexes } from '../platform/outbox-indexes.ts';
import { MESSAGE_OUTBOX } from './message-store.ts';

export const notificationMigrations: readonly Migration[] = [
  { id: '0007-message-outbox-indexes', up: (db) => createOutboxIndexes(db, MESSAGE_OUTBOX) },
];
