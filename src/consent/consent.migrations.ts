// Indexes of the remembered consents.
import type { Migration } from '../platform/migrations.ts';

export const consentMigrations: readonly Migration[] = [
  {
    id: '0012-consent-indexes',
    up: async (db) => {
      await db
        .collection('consents')
        .createIndexes([{ key: { accountId: 1, lastAt: -1 }, name: 'account' }]);
    },
  },
];
