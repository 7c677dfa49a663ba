// Indexes of mandates.
import type { Migration } from '../platform/migrations.ts';
import { MANDATE_INVITATIONS } from './invitation-store.ts';
import { MANDATES } from './mandate-document.ts';
import { HANDLER_REQUESTS } from './requests/handler-request-store.ts';

export const mandatesMigrations: readonly Migration[] = [
  {
    id: '0039-mandate-indexes',
    up: async (db) => {
      await db.collection(MANDATES).createIndexes([
        {
          key: { entityId: 1, personId: 1, role: 1 },
          name: 'role_unique_per_person',
          unique: true,
          partialFilterExpression: { isActive: true },
        },
        {
          key: { entityId: 1, role: 1 },
          name: 'one_representative',
          unique: true,
          partialFilterExpression: { isActive: true, role: 'legalRepresentative' },
        },
        { key: { personId: 1, since: 1 }, name: 'person' },
      ]);
    },
  },
  {
    // The release before knows no handlers: its index for administrators goes on under another name
    // before the one that would let nobody be a handler twice is taken away.
    id: '0051-mandate-scopes',
    up: async (db) => {
      await db.collection(MANDATES).createIndexes([
        {
          key: { entityId: 1, personId: 1, role: 1 },
          name: 'administrator_unique_per_person',
          unique: true,
          partialFilterExpression: { isActive: true, role: 'administrator' },
        },
        {
          key: { entityId: 1, personId: 1, scopeKey: 1 },
          name: 'scope_unique_per_person',
          unique: true,
          partialFilterExpression: { isActive: true, scopeKey: { $exists: true } },
        },
        {
          key: { parentId: 1 },
          name: 'parent',
          partialFilterExpression: { parentId: { $exists: true } },
        },
        {
          key: { expiresAt: 1 },
          name: 'over',
          partialFilterExpression: { isActive: true, expiresAt: { $exists: true } },
        },
        {
          key: { warnAt: 1 },
          name: 'ending_soon',
          partialFilterExpression: { warnAt: { $exists: true } },
        },
        { key: { entityId: 1, endedAt: -1 }, name: 'entity' },
      ]);
      const all = await db.collection(MANDATES).indexes();
      if (all.some(({ name }) => name === 'role_unique_per_person')) {
        await db.collection(MANDATES).dropIndex('role_unique_per_person');
      }
    },
  },
  {
    // What somebody holds for one entity is asked at every check, and agencies hold thousands.
    id: '0052-mandate-holder-indexes',
    up: async (db) => {
      await db.collection(MANDATES).createIndexes([
        {
          key: { personId: 1, entityId: 1 },
          name: 'between',
          partialFilterExpression: { isActive: true },
        },
        {
          key: { personId: 1, _id: 1 },
          name: 'holder_in_turn',
          partialFilterExpression: { isActive: true },
        },
      ]);
    },
  },
  {
    id: '0053-handler-requests',
    up: async (db) => {
      await db.collection(HANDLER_REQUESTS).createIndexes([
        {
          key: { personId: 1, usccMac: 1, scopeKey: 1 },
          name: 'once_at_a_time',
          unique: true,
          partialFilterExpression: { isOpen: true },
        },
        { key: { personId: 1, at: -1 }, name: 'person' },
        {
          key: { usccMac: 1, at: 1 },
          name: 'entity',
          partialFilterExpression: { isOpen: true },
        },
        { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
      ]);
    },
  },
  {
    // What somebody has offered is part of a copy of his data, and removed with his account.
    id: '0074-offers-given',
    up: async (db) => {
      await db
        .collection(MANDATE_INVITATIONS)
        .createIndexes([{ key: { invitedBy: 1, at: -1 }, name: 'given' }]);
    },
  },
];
