// Indexes of what is kept of closed accounts.
import type { Migration } from '../platform/migrations.ts';

export const privacyMigrations: readonly Migration[] = [
  {
    id: '0048-closed-account-indexes',
    up: async (db) => {
      await db
        .collection('closedAccounts')
        .createIndexes([{ key: { keptUntil: 1 }, name: 'kept_until' }]);
    },
  },
];
