// What a reviewer may be refused, and the claim that everything beyond reading needs.
import { isClaimed, isOpen } from './review-case.ts';
import type { ReviewCaseFacts } from './review-case.ts';

export type DeskRefusal =
  | 'case_unknown'
  | 'not_reviewer'
  | 'own_case'
  | 'not_open'
  | 'claimed_by_other'
  | 'not_claimed'
  | 'claim_expired'
  | 'voted_already'
  | 'not_read'
  | 'files_unseen'
  | 'read_too_much'
  | 'too_late'
  | 'not_decided_by_you'
  | 'no_second_look'
  | 'no_source'
  | 'changed_meanwhile';

export function claimRefusal(
  { state, claim }: ReviewCaseFacts,
  reviewerId: string,
  now: Date,
): DeskRefusal | undefined {
  if (!isOpen(state)) return 'not_open';
  if (claim?.by !== reviewerId) {
    return isClaimed(claim, now) ? 'claimed_by_other' : 'not_claimed';
  }
  return isClaimed(claim, now) ? undefined : 'claim_expired';
}
