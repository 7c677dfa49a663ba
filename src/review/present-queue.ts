// A case as a row of the queue, and its summary: nothing of anybody's data.
import { isClaimed, isOpen } from './review-case.ts';
import type { ReviewCaseFacts } from './review-case.ts';
import { casePath, reviewPaths } from './review-paths.ts';
import type { CaseSummaryView, QueueRowView } from './review.views.ts';
import { dueSpan, spanOf } from './spans.ts';

export function presentRow(
  of: ReviewCaseFacts,
  { reviewerId, now }: { reviewerId: string; now: Date },
): QueueRowView {
  const { id, claim, votes } = of;
  const isTaken = isClaimed(claim, now);
  const isOwn = isTaken && claim.by === reviewerId;
  const canClaim = isOpen(of.state) && !isTaken && !votes.some(({ by }) => by === reviewerId);
  return {
    ...summaryOf(of, now),
    age: spanOf(now.getTime() - of.openedAt.getTime()),
    votes: votes.length,
    isStuck: of.trouble !== undefined,
    isDrawn: of.secondLook?.state === 'due',
    href: casePath(isOwn ? reviewPaths.case : reviewPaths.look, id),
    ...(isTaken ? { claimedBy: isOwn ? ('me' as const) : ('other' as const) } : {}),
    ...(canClaim ? { claimForm: { action: casePath(reviewPaths.claim, id) } } : {}),
  };
}

export function summaryOf(of: ReviewCaseFacts, now: Date): CaseSummaryView {
  const { id, kind, state, outcome, openedAt, dueAt, approvals } = of;
  return {
    id,
    kind,
    state,
    openedAt,
    due: dueSpan(dueAt, now),
    approvals,
    ...(outcome === undefined ? {} : { outcome }),
  };
}
