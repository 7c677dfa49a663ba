// Indexes of the audit records.
import type { Migration } from '../platform/migrations.ts';

export const auditMigrations: readonly Migration[] = [
  {
    id: '0001-audit-indexes',
    up: async (db) => {
      await db.collection('auditRecords').createIndexes([
        { key: { actor: 1, at: -1 }, name: 'actor_at' },
        { key: { subject: 1, at: -1 }, name: 'subject_at' },
        { key: { type: 1, at: -1 }, name: 'type_at' },
      ]);
    },
  },
];
