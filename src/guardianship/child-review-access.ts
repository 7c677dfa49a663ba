// What the pages of the review of a guardianship share.
import type { Visitor } from '../account/account-access.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { ChildApplication } from './child-application-store.ts';
import type { ChildReview } from './child-review.ts';
import {
  guardianReading,
  guardianSending,
  showUnfinished,
  strongGuardian,
} from './guardianship-access.ts';
import type { GuardianshipPageDependencies } from './guardianship-access.ts';
import { childPaths } from './guardianship-paths.ts';

export interface ChildReviewPageDependencies extends GuardianshipPageDependencies {
  review: ChildReview;
}

/** Papers of children are for who may be their guardian. */
export function reviewing(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  does: 'reads' | 'sends',
): Promise<Visitor | undefined> {
  const who = does === 'reads' ? guardianReading : guardianSending;
  return strongGuardian(deps, ctx, { who, returnTo: childPaths.list });
}

/** Another's is gone like one that was never there, or is approved: then the list has the child. */
export async function ownApplication(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  of: { person: Visitor; application: string; whenGone: 'list' | 'over' },
): Promise<ChildApplication | undefined> {
  const { person: visitor, whenGone } = of;
  const { applications } = deps.guardianship;
  const application = await applications.find(of.application, visitor.account.id);
  if (application) return application;
  if (whenGone === 'list') redirect(ctx, childPaths.list);
  else await showUnfinished(deps, ctx, { visitor, reason: 'over' });
  return undefined;
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
