// Puts letters of authority together, where staff review papers.
import type { ClientSession } from '../../platform/mongo.ts';
import type { ReviewDesk } from '../../review/review-desk.ts';
import { letterDecisions } from './decide-letter.ts';
import type { DecideLetterDependencies } from './decide-letter.ts';
import { requestWays } from './handler-request.ts';
import { LETTER_KIND, LetterReview } from './letter-review.ts';
import type { LetterReviewDependencies } from './letter-review.ts';

export type OpenLetterReviewDependencies = LetterReviewDependencies &
  DecideLetterDependencies & { desk: Pick<ReviewDesk, 'handle' | 'drop'> };

export function openLetterReview(deps: OpenLetterReviewDependencies) {
  const { desk, files } = deps;
  desk.handle(LETTER_KIND, letterDecisions(deps, files));
  return {
    requestWays,
    letterReview: new LetterReview(deps),
    /** It was answered, or given up: staff need not look at it any more. */
    async withdrawLetter({ caseId }: { caseId: string }, session: ClientSession): Promise<void> {
      await desk.drop(caseId, session);
      await files.caseWithdrawn(caseId, session);
    },
  };
}
