// Indexes of the accounts. Uniqueness of names, confirmed phones and verified identities is
// decided by the database alone.
import type { Migration } from '../platform/migrations.ts';
import { makeAccountWriteFence } from './account-write-fence-store.ts';

const present = (field: string) => ({ [field]: { $exists: true } });

export const accountsMigrations: readonly Migration[] = [
  {
    id: '0002-account-indexes',
    up: async (db) => {
      await db.collection('accounts').createIndexes([
        {
          key: { loginIndex: 1 },
          name: 'login_unique',
          unique: true,
          partialFilterExpression: present('loginIndex'),
        },
        {
          key: { phoneIndex: 1, kind: 1 },
          name: 'phone_unique_per_kind',
          unique: true,
          partialFilterExpression: present('phoneIndex'),
        },
        {
          key: { identityIndex: 1 },
          name: 'identity_unique',
          unique: true,
          partialFilterExpression: present('identityIndex'),
        },
        {
          key: { numberIndex: 1 },
          name: 'number',
          partialFilterExpression: present('numberIndex'),
        },
      ]);
    },
  },
  {
    id: '0058-account-entity-index',
    up: async (db) => {
      await db.collection('accounts').createIndexes([
        {
          key: { kind: 1, _id: 1 },
          name: 'entities',
          partialFilterExpression: { kind: 'legalEntity' },
        },
      ]);
    },
  },
  {
    id: '0060-sub-account-index',
    up: async (db) => {
      await db.collection('accounts').createIndexes([
        {
          key: { parentId: 1, createdAt: 1 },
          name: 'sub_accounts',
          partialFilterExpression: present('parentId'),
        },
      ]);
    },
  },
  { id: '0018-account-write-fence', up: makeAccountWriteFence },
  {
    id: '0047-account-closing-indexes',
    up: async (db) => {
      await db.collection('accounts').createIndexes([
        {
          key: { 'closing.dueAt': 1 },
          name: 'closing',
          partialFilterExpression: present('closing'),
        },
        {
          key: { 'closing.cancelKey': 1 },
          name: 'closing_cancel',
          partialFilterExpression: present('closing.cancelKey'),
        },
        {
          key: { erasedAt: 1, updatedAt: 1 },
          name: 'closed',
          partialFilterExpression: { state: 'closed' },
        },
      ]);
    },
  },
];
