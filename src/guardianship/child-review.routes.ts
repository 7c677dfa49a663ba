// The review of a guardianship by staff: how far it is, and taking it back.
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { caseStatusRoutes } from '../papers/case-status-pages.ts';
import { confirming } from '../papers/paper-files-pages.ts';
import { presentStatus } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { Route } from '../platform/http/route.ts';
import type { ChildApplication } from './child-application-store.ts';
import { ownApplication, reviewedChild, reviewing } from './child-review-access.ts';
import type { ChildReviewPageDependencies } from './child-review-access.ts';
import { childReviewFilesRoutes } from './child-review-files.routes.ts';
import type { GuardianshipPageDependencies } from './guardianship-access.ts';
import { childPaths, reviewFilesHref, reviewHref } from './guardianship-paths.ts';
import type { ChildReviewStatusLocals } from './guardianship.views.ts';

export function childReviewRoutes(deps: GuardianshipPageDependencies): Route[] {
  const { review } = deps.guardianship;
  if (!review) return [];
  const own = { ...deps, review };
  const statusRoutes = caseStatusRoutes<Visitor, ChildApplication>({
    name: 'guardianship.review',
    paths: { status: childPaths.review, withdraw: childPaths.reviewWithdraw },
    who: (ctx, does) => reviewing(deps, ctx, does),
    causeOf: (ctx, of, does) =>
      ownApplication(own, ctx, { ...of, whenGone: does === 'reads' ? 'list' : 'over' }),
    hrefOf: reviewHref,
    show: (ctx, of) => showStatus(own, ctx, of),
    takeBack: ({ cause }) => review.takeBack(cause),
    nextHref: childPaths.list,
    confirm: confirming(deps.visitors),
  });
  return [...statusRoutes, ...childReviewFilesRoutes(own)];
}

async function showStatus(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  of: {
    person: Visitor;
    cause: ChildApplication;
    errors: ChildReviewStatusLocals['errors'];
  },
): Promise<void> {
  const { person: visitor, cause: application, errors } = of;
  const present = await deps.review.caseOf(application);
  if (!present) return redirect(ctx, reviewFilesHref(application.id));
  const fields = { application: application.id };
  ctx.render(
    'guardianship/review-status',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      ...reviewedChild(application),
      ...presentStatus(present, {
        supplyHref: reviewFilesHref(application.id),
        withdrawForm: { action: childPaths.reviewWithdraw, fields },
        againHref: againOf(deps, application),
      }),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}

/** A register that can tell is asked again first. */
function againOf(
  { guardianship: { households } }: ChildReviewPageDependencies,
  { certificate: { type } }: ChildApplication,
): string {
  return households?.config.certificateTypes.includes(type) ? childPaths.add : childPaths.details;
}
