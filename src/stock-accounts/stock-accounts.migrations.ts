// Old accounts are found by source and login, by what their passwords still need, and by the
// account that took them over.
import type { Migration } from '../platform/migrations.ts';

export const stockAccountsMigrations: readonly Migration[] = [
  {
    id: '0043-stock-accounts-indexes',
    up: async (db) => {
      await db.collection('stockAccounts').createIndexes([
        { key: { loginKey: 1 }, name: 'login', unique: true },
        { key: { source: 1, cost: 1 }, name: 'cost' },
        { key: { passwordForm: 1, source: 1 }, name: 'password' },
        {
          key: { accountId: 1 },
          name: 'account',
          partialFilterExpression: { accountId: { $exists: true } },
        },
      ]);
    },
  },
  {
    id: '0044-stock-migration-expiry',
    up: async (db) => {
      await db
        .collection('stockMigrations')
        .createIndex({ purgeAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
    },
  },
];
