// Indexes of the browser sessions. An alias (cookie id) leads to one session, ever.
import type { Migration } from '../platform/migrations.ts';

export const sessionsMigrations: readonly Migration[] = [
  {
    id: '0011-session-indexes',
    up: async (db) => {
      await db.collection('sessions').createIndexes([
        { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
        { key: { 'aliases.key': 1 }, name: 'alias', unique: true, sparse: true },
        { key: { accountId: 1, endedAt: 1 }, name: 'account', sparse: true },
        { key: { endedAt: 1, endsAt: 1 }, name: 'sweep' },
      ]);
    },
  },
];
