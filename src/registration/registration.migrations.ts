// Unfinished registrations leave by themselves.
import type { Migration } from '../platform/migrations.ts';

export const registrationMigrations: readonly Migration[] = [
  {
    id: '0021-sign-up-expiry',
    up: async (db) => {
      await db
        .collection('signUps')
        .createIndex({ purgeAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 });
    },
  },
];
