// Indexes of uploads of many mandates.
import type { Migration } from '../platform/migrations.ts';
import { MANDATE_IMPORT_ROWS, MANDATE_IMPORTS } from './mandate-import-store.ts';

export const mandateImportMigrations: readonly Migration[] = [
  {
    id: '0063-mandate-import-indexes',
    up: async (db) => {
      await db.collection(MANDATE_IMPORTS).createIndexes([
        { key: { entityId: 1, clientId: 1, key: 1 }, name: 'sent_once', unique: true },
        { key: { finishedAt: 1, leaseUntil: 1 }, name: 'going_on' },
        { key: { personId: 1 }, name: 'person' },
        { key: { expiresAt: 1 }, name: 'expires', expireAfterSeconds: 0 },
      ]);
      await db.collection(MANDATE_IMPORT_ROWS).createIndexes([
        { key: { importId: 1, number: 1 }, name: 'in_order', unique: true },
        { key: { importId: 1, state: 1, number: 1 }, name: 'by_state' },
        { key: { expiresAt: 1 }, name: 'expires', expireAfterSeconds: 0 },
      ]);
    },
  },
];
