// Indexes of the staff directory: who has which user name is the database's decision alone.
import type { Migration } from '../platform/migrations.ts';
import { DEPARTMENTS } from './department-store.ts';
import { STAFF } from './staff-document.ts';

/** `isPresent` is in the filter: who has left holds nothing any more. */
const inDirectory = (field: string) => ({ isPresent: true, [field]: { $exists: true } });

const unique = (field: string, name: string) => ({
  key: { [field]: 1 as const },
  name,
  unique: true,
  partialFilterExpression: inDirectory(field),
});

export const directoryMigrations: readonly Migration[] = [
  {
    id: '0064-staff-directory-indexes',
    up: async (db) => {
      await db.collection(DEPARTMENTS).createIndexes([
        { key: { code: 1 }, name: 'code', unique: true, sparse: true },
        { key: { path: 1 }, name: 'subtree' },
        { key: { parentId: 1 }, name: 'parent' },
      ]);
      await db
        .collection(STAFF)
        .createIndexes([
          unique('userNameKey', 'user_name_unique'),
          unique('accountId', 'account_unique'),
          { key: { userNameKey: 1, leftAt: -1 }, name: 'user_name' },
          { key: { staffIdKey: 1, leftAt: -1 }, name: 'staff_id', sparse: true },
          { key: { accountId: 1 }, name: 'account' },
          { key: { departmentIds: 1, createdAt: 1 }, name: 'department' },
          { key: { departmentId: 1 }, name: 'main_department', sparse: true },
          { key: { unknownCode: 1 }, name: 'unknown_code', sparse: true },
          { key: { createdAt: 1, _id: 1 }, name: 'age' },
          { key: { isEnding: 1 }, name: 'ending', sparse: true },
          { key: { isInvitationDue: 1 }, name: 'invitation', sparse: true },
        ]);
    },
  },
  {
    id: '0065-staff-keeping-contacts',
    up: async (db) => {
      const key = { keepsContacts: 1 as const };
      await db.collection(STAFF).createIndexes([{ key, name: 'keeps_contacts', sparse: true }]);
    },
  },
];
