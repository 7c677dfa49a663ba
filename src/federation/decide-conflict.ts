// What the decision of two reviewers about a frozen link does: an approval says that it is the holder's,
// and opens it again; a refusal ends it, and the same claim opens no second case.
import type { ClientSession } from '../platform/mongo.ts';
import { hasPartialVote } from '../review/conflict-of-interest.ts';
import type { CarryOutcome, DecisionHandler, ReviewCase } from '../review/review-case.ts';
import { settleLink } from './end-link.ts';
import type { FederationDependencies } from './federation-deps.ts';

export function conflictDecisions(deps: FederationDependencies): DecisionHandler {
  return {
    approve: (of, session) => decide(deps, of, { isHolders: true, session }),
    reject: (of, _reason, session) => decide(deps, of, { isHolders: false, session }),
  };
}

async function decide(
  deps: FederationDependencies,
  of: ReviewCase,
  { isHolders, session }: { isHolders: boolean; session: ClientSession },
): Promise<CarryOutcome> {
  const link = await deps.links.ofCase(of.id, session);
  // Removed in between: the case is all there is left to close.
  if (link?.state !== 'frozen') return { ok: true };
  const involved = [link.accountId, ...of.involvedIds];
  if (isHolders && (await hasPartialVote(deps.accounts, of, involved))) {
    return { ok: false, reason: 'reviewer_involved', involvedIds: involved };
  }
  if (isHolders) await deps.links.thaw(link, session);
  else await deps.links.end(link, 'rejected_in_review', session);
  await deps.audit.record(
    {
      type: 'federation.link_decided',
      actor: of.decision?.by ?? 'system',
      subject: link.accountId,
      result: 'done',
      reason: isHolders ? 'confirmed' : 'rejected',
      details: { peer: link.peerId, case: of.id },
    },
    session,
  );
  if (isHolders) return { ok: true };
  return {
    ok: true,
    afterCommit: async () => {
      await settleLink(deps, link);
    },
  };
}
