// An identity that another account has, and two reviewers who say whose it is: that account is asked
// whether it objects, before the two become one. How is src/merge's business.
import { PERSON_PRESENT_LEVEL } from '../accounts/account.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { CarryOutcome, ReviewCase } from '../review/review-case.ts';
import type { IdentityClaim } from './provider.ts';

export interface ReviewedMerges {
  isOffered(registrantId: string): Promise<boolean>;
  /** In the transaction of the decision; undefined when it cannot begin. */
  begin(
    of: {
      registrantId: string;
      holderId: string;
      certificate: IdentityClaim['certificate'];
      decidedBy: string;
    },
    session: ClientSession,
  ): Promise<(() => void) | undefined>;
}

interface HeldClaim {
  of: ReviewCase;
  /** Of what reviewers confirm. */
  cap: number;
  claim: IdentityClaim;
  holderId?: string | undefined;
}

export async function approveHeld(
  { reviewedMerges }: { reviewedMerges?: ReviewedMerges | undefined },
  { of, cap, claim, holderId }: HeldClaim,
  session: ClientSession,
): Promise<CarryOutcome> {
  const involvedIds = holderId === undefined ? [] : [holderId];
  const held = { ok: false, reason: 'identity_held', approvals: 2, involvedIds } as const;
  const { applicantId: registrantId, decision } = of;
  const isPresent = cap >= PERSON_PRESENT_LEVEL;
  if (!isLookedAtTwice(of) || !isPresent || holderId === undefined || !decision) return held;
  const { certificate } = claim;
  const merge = { registrantId, holderId, certificate, decidedBy: decision.by };
  const afterCommit = await reviewedMerges?.begin(merge, session);
  return afterCommit ? { ok: true, afterCommit } : held;
}

/** Nobody takes an identity from another account by the word of one reviewer. */
export function isLookedAtTwice({ votes }: ReviewCase): boolean {
  return votes.filter(({ verdict }) => verdict === 'approve').length > 1;
}
