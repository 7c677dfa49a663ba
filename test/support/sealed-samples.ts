// Somebody who waits for a lost account, a case before the reviewers, and what is kept of an account
// that was closed.
import { PendingRecoveryStore } from '../../src/recovery/pending-recovery-store.ts';
import { ClosedAccountStore } from '../../src/privacy/closed-account-store.ts';
import { ReviewCaseStore } from '../../src/review/review-case-store.ts';
import type { TestStorage } from './storage.ts';

const DAY_MS = 86_400_000;

export async function sealSamples(storage: TestStorage, accountId: string): Promise<void> {
  const now = storage.clock.now();
  const later = new Date(now.getTime() + DAY_MS);
  const contact = { channel: 'sms', address: '+8613800000000' } as const;
  await storage.database.transaction(async (session) => {
    await new PendingRecoveryStore(storage).begin({ id: 'p', accountId, contact }, session);
    await new ReviewCaseStore(storage).open(
      {
        kind: 'natural_person',
        applicantId: accountId,
        involvedIds: [],
        claimed: { name: '张示例' },
        answers: [],
        fileIds: [],
        approvals: 1,
      },
      later,
      session,
    );
    const kept = {
      kind: 'naturalPerson',
      name: '张示例',
      certificate: undefined,
      uscc: undefined,
      opaqueId: undefined,
      realNameLevel: 1,
      createdAt: now.toISOString(),
      requestedAt: undefined,
      evidence: [],
      agreements: [],
    };
    const closed = { kept, closedAt: now, keptUntil: later };
    await new ClosedAccountStore(storage).keep('of-nobody-any-more', closed, session);
  });
}
