// Indexes of the account centre's own sessions.
import type { Migration } from '../platform/migrations.ts';

export const accountMigrations: readonly Migration[] = [
  {
    id: '0014-account-centre-indexes',
    up: async (db) => {
      await db.collection('accountSessions').createIndexes([
        { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
        { key: { sidKey: 1 }, name: 'sid' },
      ]);
      await db
        .collection('accountSpentTokens')
        .createIndexes([{ key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 }]);
    },
  },
];
