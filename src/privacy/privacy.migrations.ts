// Indexes of what is kept of closed accounts, and those by which outlived data is found.
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
  {
    id: '0049-retention-indexes',
    up: async (db) => {
      await db
        .collection('mandateInvitations')
        .createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
      await db.collection('evidence').createIndexes([
        {
          key: { revokedAt: 1 },
          name: 'revoked',
          partialFilterExpression: { revokedAt: { $exists: true } },
        },
        {
          key: { expiresAt: 1 },
          name: 'settled',
          partialFilterExpression: { isSettled: true },
        },
      ]);
      await db.collection('mandates').createIndexes([
        { key: { endedAt: 1 }, name: 'ended', sparse: true },
        { key: { expiresAt: 1 }, name: 'term', sparse: true },
      ]);
      await db
        .collection('identityCases')
        .createIndexes([{ key: { kind: 1, at: 1 }, name: 'age' }]);
      await db
        .collection('stockAccounts')
        .createIndexes([{ key: { state: 1, importedAt: 1 }, name: 'age' }]);
    },
  },
];
