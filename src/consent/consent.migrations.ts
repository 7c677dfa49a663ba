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
  {
    id: '0061-consent-subjects',
    up: async (db) => {
      await db.collection('consents').createIndexes([
        { key: { subjectKey: 1 }, name: 'subject', sparse: true },
        { key: { clientId: 1, subjectKey: 1, lastAt: -1 }, name: 'client_subject' },
      ]);
    },
  },
];
