// The review of an organisation by staff: how far it is, and taking it back.
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { caseStatusRoutes } from '../papers/case-status-pages.ts';
import { confirming } from '../papers/paper-files-pages.ts';
import { presentStatus } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { Route } from '../platform/http/route.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { entityPaths, reviewFilesHref, reviewHref } from './entity-paths.ts';
import { ownApplication, reviewing } from './entity-review-access.ts';
import type { EntityReviewDependencies } from './entity-review-access.ts';
import { entityReviewFilesRoutes } from './entity-review-files.routes.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { EntityReviewStatusLocals } from './legal-entities.views.ts';

export function entityReviewRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  const { entityReview: review } = deps.legalEntities;
  if (!review) return [];
  const own = { ...deps, review };
  const statusRoutes = caseStatusRoutes<Visitor, EntityApplication>({
    name: 'legal_entities.review',
    paths: { status: entityPaths.review, withdraw: entityPaths.reviewWithdraw },
    who: (ctx, does) => reviewing(deps, ctx, does),
    causeOf: (ctx, of, does) =>
      ownApplication(own, ctx, { ...of, whenGone: does === 'reads' ? 'list' : 'over' }),
    hrefOf: reviewHref,
    show: (ctx, of) => showStatus(own, ctx, of),
    takeBack: ({ cause }) => review.takeBack(cause),
    nextHref: entityPaths.list,
    confirm: confirming(deps.visitors),
  });
  return [...statusRoutes, ...entityReviewFilesRoutes(own)];
}

async function showStatus(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  of: {
    person: Visitor;
    cause: EntityApplication;
    errors: EntityReviewStatusLocals['errors'];
  },
): Promise<void> {
  const { person: visitor, cause: application, errors } = of;
  const { id, name, uscc } = application;
  const present = await deps.review.caseOf(application);
  if (!present) return redirect(ctx, reviewFilesHref(id));
  ctx.render(
    'legal-entities/review-status',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      name,
      uscc,
      ...presentStatus(present, {
        supplyHref: reviewFilesHref(id),
        withdrawForm: { action: entityPaths.reviewWithdraw, fields: { application: id } },
        againHref: entityPaths.register,
      }),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}
