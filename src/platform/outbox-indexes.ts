// The indexes that every outbox collection needs; called from the migrations of its domain.
import type { Db } from './mongo.ts';

export async function createOutboxIndexes(db: Db, collection: string): Promise<void> {
  await db.collection(collection).createIndexes([
    {
      // With the lane, so that rows of a busy receiver are passed over within the index.
      key: { nextAttemptAt: 1, lane: 1 },
      name: 'due',
      partialFilterExpression: { state: 'pending' },
    },
    { key: { lane: 1, createdAt: -1 }, name: 'lane_created' },
    { key: { createdAt: -1 }, name: 'created' },
    { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
  ]);
}
