// Indexes of what clients know of accounts, and of what they are told.
import type { Migration } from '../platform/migrations.ts';
import { createOutboxIndexes } from '../platform/outbox-indexes.ts';
import { ACCOUNT_EVENT_OUTBOX } from './account-event-outbox-store.ts';
import { RECEIVED_EVENTS } from './received-event-store.ts';
import { ACCOUNT_VIEWS } from './account-view-store.ts';

export const accountEventsMigrations: readonly Migration[] = [
  {
    id: '0072-account-event-outbox-indexes',
    up: (db) => createOutboxIndexes(db, ACCOUNT_EVENT_OUTBOX),
  },
  {
    id: '0073-account-view-indexes',
    up: async (db) => {
      await db
        .collection(ACCOUNT_VIEWS)
        .createIndexes([{ key: { accountId: 1 }, name: 'account' }]);
    },
  },
  {
    id: '0084-received-event-indexes',
    up: async (db) => {
      await db
        .collection(RECEIVED_EVENTS)
        .createIndexes([{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }]);
    },
  },
];
