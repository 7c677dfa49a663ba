// The counter that orders changes of the construction mode, and how long plans of a change are kept.
import type { Migration } from '../platform/migrations.ts';
import { MODE_PLANS } from './mode-plan-store.ts';
import { REGISTRATION_MODE } from './mode-store.ts';

export const registrationModeMigrations: readonly Migration[] = [
  {
    id: '0077-registration-mode',
    up: async (db) => {
      await db
        .collection<{ _id: string; value: number }>('counters')
        .updateOne({ _id: REGISTRATION_MODE }, { $setOnInsert: { value: 0 } }, { upsert: true });
      await db
        .collection(MODE_PLANS)
        .createIndexes([{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }]);
    },
  },
];
