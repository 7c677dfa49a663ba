// The review of a guardianship by staff: how far it is, and taking it back.
import { z } from 'zod';
import { accountFrame, confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ChildApplication } from './child-application-store.ts';
import { ownApplication, reviewedChild, reviewing } from './child-review-access.ts';
import type { ChildReviewPageDependencies } from './child-review-access.ts';
import { childReviewFilesRoutes } from './child-review-files.routes.ts';
import { guardianReading, guardianSending } from './guardianship-access.ts';
import type { GuardianshipPageDependencies } from './guardianship-access.ts';
import { childPaths, reviewFilesHref, reviewHref } from './guardianship-paths.ts';
import type { ChildReviewStatusLocals } from './guardianship.views.ts';

const applicationId = z.string().max(100).default('');

export function childReviewRoutes(deps: GuardianshipPageDependencies): Route[] {
  const { review } = deps.guardianship;
  if (!review) return [];
  const own = { ...deps, review };
  return [
    defineRoute({
      method: 'GET',
      path: childPaths.review,
      name: 'guardianship.review',
      input: { query: z.object({ application: applicationId }) },
      async handle(ctx, { query }) {
        const visitor = await reviewing(deps, ctx, guardianReading);
        if (!visitor) return;
        const { applications } = deps.guardianship;
        const application = await applications.find(query.application, visitor.account.id);
        // An approved one is done: the list has the child.
        if (!application) return redirect(ctx, childPaths.list);
        await showStatus(own, ctx, { visitor, application, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: childPaths.reviewWithdraw,
      name: 'guardianship.review_withdraw',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ application: applicationId }) },
      async handle(ctx, { body }) {
        ctx.state.pageAddress = reviewHref(body.application);
        const visitor = await reviewing(deps, ctx, guardianSending);
        const application =
          visitor && (await ownApplication(own, ctx, { visitor, id: body.application }));
        if (application) await withdraw(own, ctx, { visitor, application });
      },
    }),
    ...childReviewFilesRoutes(own),
  ];
}

async function showStatus(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  of: {
    visitor: Visitor;
    application: ChildApplication;
    errors: ChildReviewStatusLocals['errors'];
  },
): Promise<void> {
  const { visitor, application, errors } = of;
  const present = await deps.review.caseOf(application);
  if (!present) return redirect(ctx, reviewFilesHref(application.id));
  const { id, state, openedAt, dueAt, closedAt, reason, note, fileIds } = present;
  const isOpen = state === 'waiting' || state === 'more_needed';
  const verdict = state === 'more_needed' ? 'ask' : 'reject';
  const fields = { application: application.id };
  ctx.render(
    'guardianship/review-status',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      ...reviewedChild(application),
      state,
      number: id,
      openedAt,
      ...(state === 'waiting' ? { dueAt } : {}),
      ...(closedAt ? { closedAt } : {}),
      ...(reason ? { reason: `review.reason.${verdict}.${reason}.applicant` } : {}),
      ...(note === undefined ? {} : { note }),
      fileCount: fileIds.length,
      ...(state === 'more_needed' ? { supplyHref: reviewFilesHref(application.id) } : {}),
      ...(isOpen ? { withdrawForm: { action: childPaths.reviewWithdraw, fields } } : {}),
      ...(state === 'rejected' || state === 'withdrawn'
        ? { againHref: againOf(deps, application) }
        : {}),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}

async function withdraw(
  deps: ChildReviewPageDependencies,
  ctx: HttpContext,
  { visitor, application }: { visitor: Visitor; application: ChildApplication },
): Promise<void> {
  if (await deps.review.withdraw(application)) {
    const notice = 'account.notice.review_withdrawn';
    return confirmOn(deps.visitors, ctx, { visitor, page: childPaths.list, notice });
  }
  const errors = [{ key: 'verification-review.status.too_late' }] as const;
  await showStatus(deps, ctx, { visitor, application, errors });
}

/** A register that can tell is asked again first. */
function againOf(
  { guardianship: { households } }: ChildReviewPageDependencies,
  { certificate: { type } }: ChildApplication,
): string {
  return households?.config.certificateTypes.includes(type) ? childPaths.add : childPaths.details;
}
