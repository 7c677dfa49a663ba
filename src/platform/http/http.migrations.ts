// Indexes of the route budgets (platform/http/limits.ts).
import type { Migration } from '../migrations.ts';
import { ROUTE_BUDGETS } from './limits.ts';

export const httpMigrations: readonly Migration[] = [
  {
    id: '0008-route-budget-indexes',
    up: async (db) => {
      await db.collection(ROUTE_BUDGETS).createIndexes([
        { key: { key: 1 }, name: 'key', unique: true },
        { key: { expire: 1 }, name: 'expire', expireAfterSeconds: 0 },
      ]);
    },
  },
];
