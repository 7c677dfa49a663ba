// The index by which processes find changed clients, and the counter that orders the changes.
import type { Migration } from '../platform/migrations.ts';

export const clientsMigrations: readonly Migration[] = [
  {
    id: '0004-client-versions',
    up: async (db) => {
      await db.collection('clients').createIndex({ version: 1 }, { name: 'version', unique: true });
      // There from the start: two transactions that both had to make it would be in each other's way.
      await db
        .collection<{ _id: string; value: number }>('counters')
        .updateOne({ _id: 'clients' }, { $setOnInsert: { value: 0 } }, { upsert: true });
    },
  },
];
