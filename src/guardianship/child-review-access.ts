// What the pages of the review of a guardianship share.
import type { Visitor } from '../account/account-access.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { ChildApplication } from './child-application-store.ts';
import type { ChildReview } from './child-review.ts';
import { showUnfinished, strongGuardian } from './guardianship-access.ts';
import type { GuardianshipPageDependencies, Who } from './guardianship-access.ts';
import { childPaths } from './guardianship-paths.ts';

export interface ChildReviewPageDependencies extends GuardianshipPageDependencies {
  review: ChildReview;
}

/** Papers of children are for who may be their guardian. */
export function reviewing(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  who: Who,
): Promise<Visitor | undefined> {
  return strongGuardian(deps, ctx, { who, returnTo: childPaths.list });
}

/** Another's is over like one that was never there. */
export async function ownApplication(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  { visitor, id }: { visitor: Visitor; id: string },
): Promise<ChildApplication | undefined> {
  const application = await deps.guardianship.applications.find(id, visitor.account.id);
  if (!application) await showUnfinished(deps, ctx, { visitor, reason: 'over' });
  return application;
}

export function reviewedChild({ name, certificate, birthDate, relation }: ChildApplication) {
  return {
    maskedName: maskName(name),
    certificateType: certificate.type,
    maskedNumber: maskNumber(certificate.number, 'signedIn'),
    birthDate,
    relation,
  };
}
