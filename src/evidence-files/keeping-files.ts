// Wraps what a decision of a review does: with the decision the time of its files begins to run.
import type { ClientSession } from '../platform/mongo.ts';
import type { DecisionHandler } from '../review/review-case.ts';

interface DecidedFiles {
  caseDecided(caseId: string, session: ClientSession): Promise<void>;
}

/** A decision that cannot be carried out leaves the case open, and its files with it. */
export function keepingFiles(files: DecidedFiles, handler: DecisionHandler): DecisionHandler {
  return {
    ...handler,
    async approve(reviewCase, session) {
      const outcome = await handler.approve(reviewCase, session);
      if (outcome.ok) await files.caseDecided(reviewCase.id, session);
      return outcome;
    },
    async reject(reviewCase, reason, session) {
      const outcome = await handler.reject(reviewCase, reason, session);
      if (outcome.ok) await files.caseDecided(reviewCase.id, session);
      return outcome;
    },
  };
}
