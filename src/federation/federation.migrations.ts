// Indexes of arrivals, links and what was signed in by them.
import type { Migration } from '../platform/migrations.ts';
import { ARRIVALS } from './arrival-store.ts';
import { IDENTITY_COPIES } from './identity-copy-store.ts';
import { LINKS } from './link-store.ts';
import { UPSTREAM_NOTICES } from './upstream-notice-store.ts';
import { UPSTREAM_SIGN_INS } from './upstream-sign-in-store.ts';

const isLive = { partialFilterExpression: { isLive: true } } as const;

export const federationMigrations: readonly Migration[] = [
  {
    id: '0075-federated-links',
    up: async (db) => {
      await db
        .collection(ARRIVALS)
        .createIndexes([{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }]);
      await db.collection(LINKS).createIndexes([
        { key: { key: 1 }, name: 'identity', unique: true, ...isLive },
        { key: { accountId: 1, issuer: 1 }, name: 'account_issuer', unique: true, ...isLive },
        { key: { accountId: 1 }, name: 'account' },
        { key: { key: 1, endedFor: 1 }, name: 'identity_ends' },
        { key: { caseId: 1 }, name: 'case', sparse: true },
        { key: { issuer: 1, isLive: 1 }, name: 'issuer' },
        { key: { isSettled: 1 }, name: 'unsettled', sparse: true },
      ]);
      await db.collection(UPSTREAM_SIGN_INS).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { linkId: 1 }, name: 'link' },
        { key: { peerId: 1, sessionKey: 1 }, name: 'peer_session' },
        { key: { accountId: 1 }, name: 'account' },
        {
          key: { isSettled: 1 },
          name: 'unsettled',
          partialFilterExpression: { isSettled: false },
        },
      ]);
      await db
        .collection('sessions')
        .createIndexes([{ key: { upstreamSignInId: 1 }, name: 'upstream', sparse: true }]);
    },
  },
  {
    id: '0078-upstream-identity-copies',
    up: async (db) => {
      await db.collection(IDENTITY_COPIES).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { accountId: 1 }, name: 'account' },
      ]);
    },
  },
  {
    id: '0079-upstream-notices',
    up: async (db) => {
      await db
        .collection(UPSTREAM_NOTICES)
        .createIndexes([{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }]);
    },
  },
];
