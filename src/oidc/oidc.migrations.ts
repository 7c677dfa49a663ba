// Indexes of everything the protocol stores. TTL indexes only tidy up: expiry is checked on read.
import { IDENTITY_SUGGESTIONS } from './identity/identity-suggestion-store.ts';
import type { Migration } from '../platform/migrations.ts';

export const oidcMigrations: readonly Migration[] = [
  {
    id: '0010-oidc-indexes',
    up: async (db) => {
      await db.collection('oidcArtefacts').createIndexes([
        { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
        { key: { grantKey: 1 }, name: 'grant', sparse: true },
        { key: { userCodeKey: 1 }, name: 'user_code', unique: true, sparse: true },
      ]);
      await db.collection('oidcGrants').createIndexes([
        { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
        { key: { accountId: 1, clientId: 1 }, name: 'account_client' },
      ]);
      await db
        .collection('parkedRequests')
        .createIndexes([{ key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 }]);
    },
  },
  {
    id: '0055-acting-grants',
    up: async (db) => {
      await db
        .collection('oidcGrants')
        .createIndexes([{ key: { mandateIds: 1 }, name: 'mandates', sparse: true }]);
    },
  },
  {
    id: '0056-identity-suggestions',
    up: async (db) => {
      await db.collection(IDENTITY_SUGGESTIONS).createIndexes([
        { key: { accountId: 1 }, name: 'account' },
        { key: { 'reference.entityId': 1 }, name: 'entity', sparse: true },
      ]);
    },
  },
  {
    id: '0076-upstream-grants',
    up: async (db) => {
      await db
        .collection('oidcGrants')
        .createIndexes([{ key: { upstreamSignInIds: 1 }, name: 'upstream', sparse: true }]);
    },
  },
];
