// The review of an organisation by staff: how far it is, and taking it back.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { entityReviewFilesRoutes } from './entity-review-files.routes.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { entityPaths, reviewFilesHref, reviewHref } from './entity-paths.ts';
import { ownApplication } from './entity-review-access.ts';
import type { EntityReviewDependencies } from './entity-review-access.ts';
import { personReading, personSending, registering } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import type { EntityReviewStatusLocals } from './legal-entities.views.ts';

const applicationId = z.string().max(100).default('');

export function entityReviewRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  const { entityReview: review } = deps.legalEntities;
  if (!review) return [];
  const own = { ...deps, review };
  return [
    defineRoute({
      method: 'GET',
      path: entityPaths.review,
      name: 'legal_entities.review',
      input: { query: z.object({ application: applicationId }) },
      async handle(ctx, { query }) {
        const visitor = await registering(deps, ctx, personReading);
        if (!visitor) return;
        const { applications } = deps.legalEntities;
        const application = await applications.find(query.application, visitor.account.id);
        // An approved one is done: the list has the organisation.
        if (!application) return redirect(ctx, entityPaths.list);
        await showStatus(own, ctx, { visitor, application, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: entityPaths.reviewWithdraw,
      name: 'legal_entities.review_withdraw',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ application: applicationId }) },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = reviewHref(body.application);
        const visitor = await registering(deps, ctx, personSending);
        const application =
          visitor && (await ownApplication(own, ctx, { visitor, id: body.application }));
        if (application) await withdraw(own, ctx, { visitor, application });
      },
    }),
    ...entityReviewFilesRoutes(own),
  ];
}

async function showStatus(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  of: {
    visitor: Visitor;
    application: EntityApplication;
    errors: EntityReviewStatusLocals['errors'];
  },
): Promise<void> {
  const { visitor, application, errors } = of;
  const { name, uscc } = application;
  const present = await deps.review.caseOf(application);
  if (!present) return redirect(ctx, reviewFilesHref(application.id));
  const { id, state, openedAt, dueAt, closedAt, reason, note, fileIds } = present;
  const isOpen = state === 'waiting' || state === 'more_needed';
  const verdict = state === 'more_needed' ? 'ask' : 'reject';
  const fields = { application: application.id };
  ctx.render(
    'legal-entities/review-status',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      name,
      uscc,
      state,
      number: id,
      openedAt,
      ...(state === 'waiting' ? { dueAt } : {}),
      ...(closedAt ? { closedAt } : {}),
      ...(reason ? { reason: `review.reason.${verdict}.${reason}.applicant` } : {}),
      ...(note === undefined ? {} : { note }),
      fileCount: fileIds.length,
      ...(state === 'more_needed' ? { supplyHref: reviewFilesHref(application.id) } : {}),
      ...(isOpen ? { withdrawForm: { action: entityPaths.reviewWithdraw, fields } } : {}),
      ...(state === 'rejected' || state === 'withdrawn' ? { againHref: entityPaths.register } : {}),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}

async function withdraw(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  { visitor, application }: { visitor: Visitor; application: EntityApplication },
): Promise<void> {
  if (await deps.review.withdraw(application)) {
    const notice = 'account.notice.review_withdrawn';
    return confirmOn(deps.visitors, ctx, { visitor, page: entityPaths.list, notice });
  }
  const errors = [{ key: 'verification-review.status.too_late' }] as const;
  await showStatus(deps, ctx, { visitor, application, errors });
}
