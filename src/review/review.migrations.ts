// Indexes of review cases: one for each way the console looks at them, and the one that keeps a
// second case of the same matter from being opened.
import type { Migration } from '../platform/migrations.ts';

export const reviewMigrations: readonly Migration[] = [
  {
    id: '0031-review-case-indexes',
    up: async (db) => {
      await db.collection('reviewCases').createIndexes([
        { key: { state: 1, openedAt: 1, _id: 1 }, name: 'queue' },
        { key: { state: 1, kind: 1, openedAt: 1, _id: 1 }, name: 'queue_of_kind' },
        { key: { 'claim.by': 1, state: 1, openedAt: 1 }, name: 'claimed_by' },
        { key: { applicantId: 1, openedAt: -1 }, name: 'applicant' },
        { key: { involvedIds: 1 }, name: 'involved' },
        { key: { identityMacs: 1 }, name: 'identity' },
        { key: { 'votes.at': 1 }, name: 'votes' },
        { key: { closedAt: -1 }, name: 'closed' },
        {
          key: { 'decision.effectiveAt': 1 },
          name: 'to_carry_out',
          partialFilterExpression: { state: 'decided' },
        },
        {
          key: { 'secondLook.state': 1, closedAt: 1 },
          name: 'second_look',
          partialFilterExpression: { 'secondLook.state': 'due' },
        },
        {
          key: { openKey: 1 },
          name: 'one_open',
          unique: true,
          partialFilterExpression: { openKey: { $exists: true } },
        },
      ]);
    },
  },
  {
    id: '0032-review-access-expiry',
    up: async (db) => {
      await db.collection('reviewAccess').createIndexes([
        { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
        { key: { reviewerId: 1 }, name: 'reviewer' },
      ]);
    },
  },
  {
    id: '0033-review-figure-indexes',
    up: async (db) => {
      await db.collection('reviewCases').createIndexes([
        { key: { state: 1, dueAt: 1 }, name: 'due' },
        { key: { closedAt: -1, outcome: 1 }, name: 'closed_by_outcome' },
      ]);
    },
  },
];
