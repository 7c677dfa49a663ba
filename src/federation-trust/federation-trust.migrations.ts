// What trust by federation keeps, and the index by which the grants of a client that ended are found: those
// whose clients have an address for a name.
import type { Migration } from '../platform/migrations.ts';
import { FEDERATION_CHAINS } from './chain-store.ts';
import { SUBORDINATES } from './subordinate-store.ts';

export const federationTrustMigrations: readonly Migration[] = [
  {
    id: '0083-federation-trust',
    up: async (db) => {
      await db.collection(SUBORDINATES).createIndex({ state: 1, readAt: 1 }, { name: 'unread' });
      await db
        .collection('clients')
        .createIndex(
          { 'trust.entities': 1 },
          { name: 'trusted', partialFilterExpression: { 'trust.entities': { $exists: true } } },
        );
      await db.collection('oidcGrants').createIndex(
        { clientId: 1 },
        {
          name: 'trusted_client',
          partialFilterExpression: { clientId: { $gte: 'http', $lt: 'httq' } },
        },
      );
    },
  },
  {
    id: '0085-federation-chains',
    up: async (db) => {
      await db
        .collection(FEDERATION_CHAINS)
        .createIndexes([{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }]);
      await db
        .collection('upstreamSignIns')
        .createIndex({ chain: 1 }, { name: 'chain', sparse: true });
    },
  },
];
