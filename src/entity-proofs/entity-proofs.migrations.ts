// Indexes of what this domain keeps.
import type { Migration } from '../platform/migrations.ts';
import { ENTITY_CHALLENGES } from './challenge-store.ts';
import { LICENCE_REQUESTS } from './licence-request-store.ts';
import { BANK_TRANSFERS } from './transfer-store.ts';

export const entityProofsMigrations: readonly Migration[] = [
  {
    id: '0041-entity-challenge-indexes',
    up: async (db) => {
      await db.collection(ENTITY_CHALLENGES).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
  {
    id: '0042-licence-request-indexes',
    up: async (db) => {
      await db.collection(LICENCE_REQUESTS).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
  {
    id: '0045-bank-transfer-indexes',
    up: async (db) => {
      await db.collection(BANK_TRANSFERS).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
];
