// Indexes of what this domain keeps.
import type { Migration } from '../platform/migrations.ts';
import { CHILD_APPLICATIONS } from './child-application-store.ts';
import { WARDS } from './ward-store.ts';

export const guardianshipMigrations: readonly Migration[] = [
  {
    id: '0029-ward-indexes',
    up: async (db) => {
      await db.collection(WARDS).createIndexes([
        { key: { 'guardians.accountId': 1, at: 1 }, name: 'guardian' },
        { key: { nextCheckAt: 1 }, name: 'due' },
      ]);
    },
  },
  {
    id: '0030-guardian-application-indexes',
    up: async (db) => {
      await db.collection(CHILD_APPLICATIONS).createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { guardianId: 1, at: -1 }, name: 'guardian' },
      ]);
      await db
        .collection(WARDS)
        .createIndexes([
          { key: { 'invitation.mac': 1 }, name: 'invitation', unique: true, sparse: true },
        ]);
    },
  },
];
