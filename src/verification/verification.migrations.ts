// Indexes of what this domain keeps.
import type { Migration } from '../platform/migrations.ts';

export const verificationMigrations: readonly Migration[] = [
  {
    id: '0023-evidence-indexes',
    up: async (db) => {
      await db.collection('evidence').createIndexes([
        { key: { accountId: 1, at: 1 }, name: 'account' },
        {
          key: { expiresAt: 1 },
          name: 'to_settle',
          partialFilterExpression: { isSettled: false },
        },
      ]);
    },
  },
  {
    id: '0024-identity-case-indexes',
    up: async (db) => {
      await db.collection('identityCases').createIndexes([
        { key: { accountId: 1 }, name: 'account' },
        { key: { holderId: 1 }, name: 'holder' },
        { key: { at: 1 }, name: 'to_end', partialFilterExpression: { isEnding: true } },
      ]);
    },
  },
  {
    id: '0025-face-request-expiry',
    up: async (db) => {
      await db.collection('faceRequests').createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
  {
    id: '0034-source-answer-indexes',
    up: async (db) => {
      await db.collection('sourceAnswers').createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
  {
    id: '0036-review-draft-expiry',
    up: async (db) => {
      await db
        .collection('reviewDrafts')
        .createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
    },
  },
  {
    id: '0037-network-request-expiry',
    up: async (db) => {
      await db.collection('networkRequests').createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
];
