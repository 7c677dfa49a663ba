// Indexes of what this domain keeps.
import type { Migration } from '../platform/migrations.ts';
import { WARDS } from './ward-store.ts';

export const guardianshipMigrations: readonly Migration[] = [
  {
    id: '0029-ward-indexes',
    up: async (db) => {
      await db.collection(WARDS).createIndexes([
        { key: { 'guardians.accountId': 1, at: 1 }, name: 'guardian' },
        { key: { nextCheckAt: 1 }, name: 'due' },
      ]);
    },
  },
];
