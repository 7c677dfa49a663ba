// Recoveries, waiting times and tokens of links leave by themselves.
import type { Migration } from '../platform/migrations.ts';

const EXPIRY = { name: 'expiry', expireAfterSeconds: 0 } as const;

export const recoveryMigrations: readonly Migration[] = [
  {
    id: '0028-recovery-indexes',
    up: async (db) => {
      await db.collection('recoveries').createIndex({ purgeAt: 1 }, EXPIRY);
      await db.collection('pendingRecoveries').createIndex({ purgeAt: 1 }, EXPIRY);
      await db.collection('linkTokens').createIndexes([
        { key: { expiresAt: 1 }, ...EXPIRY },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
];
