// Indexes of mutual recognition: what hub and key holder count, and the keys of the key holder.
import type { Migration } from '../platform/migrations.ts';
import { RECOGNITION_KEYS } from './key-holder/recognition-key-store.ts';
import { RECOGNITION_CONFLICTS } from './hub/conflict-store.ts';
import { RECOGNITION_ENTRIES } from './hub/index-entry-store.ts';
import { RECOGNITION_REPORTS } from './hub/reconciliation-store.ts';
import { RECOGNITION_MARKS } from './platform/account-mark-store.ts';
import { RECOGNITION_REGISTRATIONS } from './platform/registration-store.ts';
import { RECOGNITION_BUCKETS, RECOGNITION_SPENT, RECOGNITION_USAGE } from './usage-store.ts';

export const mutualRecognitionMigrations: readonly Migration[] = [
  {
    id: '0067-recognition-key-indexes',
    up: async (db) => {
      for (const state of ['active', 'announced']) {
        await db
          .collection(RECOGNITION_KEYS)
          .createIndex(
            { state: 1 },
            { name: `one_${state}`, unique: true, partialFilterExpression: { state } },
          );
      }
      for (const counted of [RECOGNITION_USAGE, RECOGNITION_SPENT, RECOGNITION_BUCKETS]) {
        await db
          .collection(counted)
          .createIndex({ expiresAt: 1 }, { name: 'expires', expireAfterSeconds: 0 });
      }
    },
  },
  {
    id: '0068-recognition-entry-indexes',
    up: async (db) => {
      await db.collection(RECOGNITION_ENTRIES).createIndexes([
        { key: { home: 1, epoch: 1, _id: 1 }, name: 'of_home' },
        { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
      ]);
      await db.collection(RECOGNITION_CONFLICTS).createIndexes([
        { key: { home: 1, lastAt: -1 }, name: 'of_home' },
        { key: { claimant: 1, lastAt: -1 }, name: 'of_claimant' },
        { key: { expiresAt: 1 }, name: 'expires', expireAfterSeconds: 0 },
      ]);
      await db.collection(RECOGNITION_REPORTS).createIndexes([
        { key: { at: -1 }, name: 'latest' },
        { key: { expiresAt: 1 }, name: 'expires', expireAfterSeconds: 0 },
      ]);
    },
  },
  {
    id: '0082-recognition-registration-indexes',
    up: async (db) => {
      await db.collection(RECOGNITION_REGISTRATIONS).createIndexes([
        { key: { accountId: 1 }, name: 'account' },
        { key: { epoch: 1, index: 1 }, name: 'index' },
      ]);
      await db.collection(RECOGNITION_MARKS).createIndex({ dueAt: 1 }, { name: 'due' });
    },
  },
];
