// Indexes of the audit records. Seals are found by their number, which is their `_id`.
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
  {
    id: '0016-audit-seals',
    up: async (db) => {
      // Records that the release before has written have no seal and are found by it as well.
      await db.collection('auditRecords').createIndex({ seal: 1 }, { name: 'seal' });
    },
  },
  {
    // What happened to people in the capacity of an organisation, for its own history.
    id: '0071-audit-entity-index',
    up: async (db) => {
      await db.collection('auditRecords').createIndex(
        { 'details.entity': 1, at: -1 },
        {
          name: 'entity_at',
          partialFilterExpression: { 'details.entity': { $exists: true } },
        },
      );
    },
  },
];
