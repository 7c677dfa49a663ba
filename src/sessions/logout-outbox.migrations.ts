// Indexes of the logout notices.
import type { Migration } from '../platform/migrations.ts';
import { createOutboxIndexes } from '../platform/outbox-indexes.ts';
import { LOGOUT_OUTBOX } from './logout-outbox-store.ts';

export const logoutOutboxMigrations: readonly Migration[] = [
  { id: '0006-logout-outbox-indexes', up: (db) => createOutboxIndexes(db, LOGOUT_OUTBOX) },
];
