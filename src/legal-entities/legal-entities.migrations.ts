// Indexes of what this domain keeps.
import type { Migration } from '../platform/migrations.ts';
import { ENTITY_APPLICATIONS } from './entity-application-store.ts';
import { ENTITY_RECORDS } from './entity-record-document.ts';

export const legalEntitiesMigrations: readonly Migration[] = [
  {
    id: '0040-entity-registration-indexes',
    up: async (db) => {
      await db.collection(ENTITY_APPLICATIONS).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { personId: 1, at: -1 }, name: 'person' },
      ]);
      await db.collection(ENTITY_RECORDS).createIndexes([
        {
          key: { nextCheckAt: 1 },
          name: 'due',
          partialFilterExpression: { nextCheckAt: { $exists: true } },
        },
      ]);
    },
  },
  {
    id: '0059-entity-notice-index',
    up: async (db) => {
      await db.collection(ENTITY_RECORDS).createIndexes([
        {
          key: { 'noticed.seq': 1, nextCheckAt: 1 },
          name: 'noticed',
          partialFilterExpression: { 'noticed.seq': { $exists: true } },
        },
      ]);
    },
  },
];
