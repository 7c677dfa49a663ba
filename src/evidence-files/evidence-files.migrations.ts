// Indexes of what this domain keeps; those of GridFS are as its specification has them.
import type { Migration } from '../platform/migrations.ts';

export const evidenceFilesMigrations: readonly Migration[] = [
  {
    id: '0035-evidence-file-indexes',
    up: async (db) => {
      await db.collection('evidenceFiles').createIndexes([
        { key: { ownerId: 1, addedAt: 1 }, name: 'owner' },
        { key: { caseId: 1, addedAt: 1 }, name: 'case' },
        { key: { eraseAt: 1 }, name: 'due' },
      ]);
      await db.collection('evidencePages.files').createIndex({ filename: 1, uploadDate: 1 });
      await db
        .collection('evidencePages.chunks')
        .createIndex({ files_id: 1, n: 1 }, { unique: true });
    },
  },
];
