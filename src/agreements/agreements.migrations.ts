// Indexes of the agreements people accepted.
import type { Migration } from '../platform/migrations.ts';

export const agreementsMigrations: readonly Migration[] = [
  {
    id: '0020-agreement-acceptances',
    up: async (db) => {
      await db
        .collection('agreementAcceptances')
        .createIndex(
          { accountId: 1, name: 1, version: 1 },
          { name: 'account_agreement_version', unique: true },
        );
    },
  },
];
