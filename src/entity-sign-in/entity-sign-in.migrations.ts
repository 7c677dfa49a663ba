// Indexes of what this domain keeps.
import type { Migration } from '../platform/migrations.ts';
import { ENTITY_SIGN_INS } from './entity-sign-in-store.ts';

export const entitySignInMigrations: readonly Migration[] = [
  {
    id: '0057-entity-sign-in-indexes',
    up: async (db) => {
      await db.collection(ENTITY_SIGN_INS).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { dueAt: 1 }, name: 'due' },
        { key: { entityId: 1 }, name: 'entity' },
        { key: { personId: 1 }, name: 'person', sparse: true },
      ]);
    },
  },
];
