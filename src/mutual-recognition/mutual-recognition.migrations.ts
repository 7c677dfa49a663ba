// Indexes of mutual recognition: what hub and key holder count, and the keys of the key holder.
import type { Migration } from '../platform/migrations.ts';
import { RECOGNITION_KEYS } from './key-holder/recognition-key-store.ts';
import { RECOGNITION_SPENT, RECOGNITION_USAGE } from './usage-store.ts';

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
      for (const counted of [RECOGNITION_USAGE, RECOGNITION_SPENT]) {
        await db
          .collection(counted)
          .createIndex({ expiresAt: 1 }, { name: 'expires', expireAfterSeconds: 0 });
      }
    },
  },
];
