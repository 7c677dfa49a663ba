// Indexes of qualifications.
import type { Migration } from '../platform/migrations.ts';
import { QUALIFICATIONS } from './qualification-store.ts';

export const intermediariesMigrations: readonly Migration[] = [
  {
    id: '0046-qualification-indexes',
    up: async (db) => {
      await db.collection(QUALIFICATIONS).createIndexes([
        {
          key: { numberKey: 1 },
          name: 'one_holder',
          unique: true,
          partialFilterExpression: { isHolder: true },
        },
        {
          key: { entityId: 1, kind: 1 },
          name: 'one_under_way',
          unique: true,
          partialFilterExpression: { isOpen: true },
        },
        { key: { entityId: 1, createdAt: -1 }, name: 'entity' },
        { key: { kind: 1, number: 1 }, name: 'number' },
        { key: { caseId: 1 }, name: 'case' },
        {
          key: { endsAt: 1 },
          name: 'ends',
          partialFilterExpression: { state: 'active' },
        },
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { endedAt: 1 }, name: 'ended' },
      ]);
    },
  },
  {
    id: '0050-qualification-number-key',
    up: async (db) => {
      await db
        .collection(QUALIFICATIONS)
        .createIndex({ numberKey: 1, state: 1 }, { name: 'number_key' });
    },
  },
];
