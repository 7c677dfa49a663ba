// Indexes of merges of accounts: one at a time for each pair and each holder; offers leave by
// themselves.
import type { Migration } from '../platform/migrations.ts';

export const mergeMigrations: readonly Migration[] = [
  {
    id: '0038-account-merge-indexes',
    up: async (db) => {
      await db.collection('accountMerges').createIndexes([
        { key: { offeredTo: 1 }, name: 'offered', unique: true, sparse: true },
        { key: { waitingFor: 1 }, name: 'waiting', unique: true, sparse: true },
        { key: { tokenKey: 1 }, name: 'token', unique: true, sparse: true },
        { key: { stopKeys: 1 }, name: 'stop', unique: true, sparse: true },
        { key: { state: 1, readyAt: 1 }, name: 'due' },
        { key: { registrantId: 1 }, name: 'registrant' },
        { key: { holderId: 1 }, name: 'holder' },
        { key: { purgeAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
      ]);
    },
  },
];
