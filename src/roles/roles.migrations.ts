// Indexes of the requests for roles.
import type { Migration } from '../platform/migrations.ts';

export const rolesMigrations: readonly Migration[] = [
  {
    id: '0069-role-requests',
    up: async (db) => {
      await db.collection('roleRequests').createIndexes([
        { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
        { key: { state: 1, requestedAt: 1 }, name: 'open' },
        {
          key: { openKey: 1 },
          name: 'one_open',
          unique: true,
          partialFilterExpression: { openKey: { $exists: true } },
        },
      ]);
    },
  },
];
