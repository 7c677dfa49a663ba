// Indexes of what this domain keeps.
import type { Migration } from '../platform/migrations.ts';
import { ENTITY_APPLICATIONS } from './entity-application-store.ts';
import { ENTITY_RECORDS } from './entity-record-store.ts';
import { MANDATES } from './mandate-store.ts';

export const legalEntitiesMigrations: readonly Migration[] = [
  {
    id: '0039-mandate-indexes',
    up: async (db) => {
      await db.collection(MANDATES).createIndexes([
        {
          key: { entityId: 1, personId: 1, role: 1 },
          name: 'role_unique_per_person',
          unique: true,
          partialFilterExpression: { isActive: true },
        },
        {
          key: { entityId: 1, role: 1 },
          name: 'one_representative',
          unique: true,
          partialFilterExpression: { isActive: true, role: 'legalRepresentative' },
        },
        { key: { personId: 1, since: 1 }, name: 'person' },
      ]);
    },
  },
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
];
