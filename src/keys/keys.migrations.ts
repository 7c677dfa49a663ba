// At most one active and one announced signing key of each algorithm, whoever starts or rotates.
import type { Migration } from '../platform/migrations.ts';

export const keysMigrations: readonly Migration[] = [
  {
    id: '0005-signing-key-indexes',
    up: async (db) => {
      const keys = db.collection('signingKeys');
      for (const state of ['active', 'next']) {
        await keys.createIndex(
          { algorithm: 1, state: 1 },
          { name: `one_${state}`, unique: true, partialFilterExpression: { state } },
        );
      }
      await keys.createIndex({ kid: 1 }, { name: 'kid', unique: true });
    },
  },
];
