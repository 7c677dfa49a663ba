// Indexes of the credentials. Counters, spent proofs and forgotten devices leave by themselves.
import type { Migration } from '../platform/migrations.ts';

export const credentialsMigrations: readonly Migration[] = [
  {
    id: '0003-credential-indexes',
    up: async (db) => {
      await db.collection('knownDevices').createIndexes([
        { key: { accountId: 1 }, name: 'account' },
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
      ]);
      for (const name of ['attemptBudgets', 'spentProofs']) {
        await db
          .collection(name)
          .createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
      }
    },
  },
  {
    id: '0013-contact-code-expiry',
    up: async (db) => {
      await db
        .collection('contactCodes')
        .createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
    },
  },
  {
    id: '0027-passkey-indexes',
    up: async (db) => {
      // An account whose passkeys are all removed holds an empty list, which must not be unique.
      await db.collection('passkeyCredentials').createIndex(
        { 'passkeys.key': 1 },
        {
          name: 'key',
          unique: true,
          partialFilterExpression: { 'passkeys.key': { $exists: true } },
        },
      );
      await db
        .collection('passkeyChallenges')
        .createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
    },
  },
];
