// At most one active and one announced signing key of each algorithm, whoever starts or rotates;
// and the counter that all changes of the key set meet at.
import type { Migration } from '../platform/migrations.ts';
import { federationKeys, relyingPartyKeys } from './signing-key.ts';

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
  {
    id: '0017-signing-key-revision',
    up: async (db) => {
      await db.collection<{ _id: string }>('counters').updateOne(
        { _id: 'signingKeys' },
        [
          {
            $set: {
              value: { $ifNull: ['$value', 1] },
              changedAt: { $ifNull: ['$changedAt', '$$NOW'] },
            },
          },
        ],
        { upsert: true },
      );
      await db
        .collection('compromisedSigningKeys')
        .createIndex({ kid: 1 }, { name: 'kid', unique: true });
    },
  },
  {
    id: '0070-federation-keys',
    up: async (db) => {
      for (const { name, compromised } of [federationKeys, relyingPartyKeys]) {
        const oneOf = (state: string) => ({
          key: { algorithm: 1, state: 1 } as const,
          name: `one_${state}`,
          unique: true,
          partialFilterExpression: { state },
        });
        const kid = { key: { kid: 1 } as const, name: 'kid', unique: true };
        await db.collection(name).createIndexes([oneOf('active'), oneOf('next'), kid]);
        await db.collection(compromised).createIndexes([kid]);
        await db.collection<{ _id: string }>('counters').updateOne(
          { _id: name },
          [
            {
              $set: {
                value: { $ifNull: ['$value', 1] },
                changedAt: { $ifNull: ['$changedAt', '$$NOW'] },
              },
            },
          ],
          { upsert: true },
        );
      }
    },
  },
];
