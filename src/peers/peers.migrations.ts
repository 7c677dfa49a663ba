// The indexes of peers, and the counter that orders their changes.
import type { Migration } from '../platform/migrations.ts';

export const peersMigrations: readonly Migration[] = [
  {
    id: '0066-peers',
    up: async (db) => {
      const oneOf = (field: string, name: string) => ({
        key: { [field]: 1 },
        name,
        unique: true,
        partialFilterExpression: { [field]: { $exists: true } },
      });
      await db
        .collection('peers')
        .createIndexes([
          { key: { version: 1 }, name: 'version', unique: true },
          oneOf('liveIssuer', 'one_issuer'),
          oneOf('liveClients', 'one_client'),
        ]);
      // There from the start: two transactions that both had to make it would be in each other's way.
      await db
        .collection<{ _id: string; value: number }>('counters')
        .updateOne({ _id: 'peers' }, { $setOnInsert: { value: 0 } }, { upsert: true });
    },
  },
];
