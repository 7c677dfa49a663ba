// The review by staff: the choice of a document, how far a case is, and taking it back.
import { accountPaths } from '../account/account-paths.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import { z } from 'zod';
import { confirmOn, visitorOrSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { ManualReview } from './manual-review.ts';
import { reviewDetailsRoutes } from './review-details.routes.ts';
import { reviewFilesRoutes } from './review-files.routes.ts';
import { certificateGroups } from './review-slots.ts';
import {
  canVerify,
  elementPaths,
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { VerificationPageDependencies } from './verification-access.ts';

export function reviewRoutes(deps: VerificationPageDependencies): Route[] {
  const { review } = deps.verification;
  if (!review) return [];
  const own = { ...deps, review };
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.certificates,
      name: 'verification.certificates',
      async handle(ctx) {
        const visitor = await verifyingReader(deps, ctx, 'review');
        if (visitor) await showCertificates(own, ctx, visitor);
      },
    }),
    defineRoute({
      method: 'GET',
      path: verificationPaths.review,
      name: 'verification.review',
      async handle(ctx) {
        // Also for who was raised by it, and can ask for no other.
        const visitor = await visitorOrSignIn(deps.visitors, ctx);
        if (visitor) await showStatus(own, ctx, { visitor, errors: [] });
      },
    }),
    ...reviewDetailsRoutes(own),
    defineRoute({
      method: 'POST',
      path: verificationPaths.reviewWithdraw,
      name: 'verification.review_withdraw',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await verifyingVisitor(deps, ctx, 'review');
        if (visitor) await withdraw(own, ctx, visitor);
      },
    }),
    ...reviewFilesRoutes(own),
  ];
}

interface ReviewPageDependencies extends VerificationPageDependencies {
  review: ManualReview;
}

async function showCertificates(
  deps: ReviewPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const { population: register } = deps.verification.registers;
  const isInstant = (type: CertificateType) =>
    register !== undefined &&
    register.config.certificateTypes.includes(type) &&
    visitor.account.realNameLevel < register.provider.cap;
  const way = (type: CertificateType) => {
    const page = isInstant(type) ? elementPaths.population : verificationPaths.reviewDetails;
    return { type, href: `${page}?type=${type}`, isInstant: isInstant(type) };
  };
  ctx.render('verification/certificates', {
    ...(await verificationFrame(deps, ctx, visitor)),
    groups: certificateGroups.map(({ group, types }) => ({ group, types: types.map(way) })),
  });
}

/** Without a case it is a beginning: at the files when something was typed, else at the choice. */
async function showStatus(
  deps: ReviewPageDependencies,
  ctx: HttpContext,
  {
    visitor,
    errors,
  }: {
    visitor: Visitor;
    errors: readonly FieldError<'verification-review.status.too_late'>[];
  },
): Promise<void> {
  const present = await deps.review.caseOf(visitor.account.id);
  const can = canVerify(deps, visitor);
  if (!present) {
    if (!can.review) return redirect(ctx, verificationPaths.overview);
    const draft = await deps.review.draftOf(visitor.account.id);
    return redirect(ctx, draft ? verificationPaths.reviewFiles : verificationPaths.certificates);
  }
  const { id, state, openedAt, dueAt, closedAt, reason, note, fileIds } = present;
  const isOpen = state === 'waiting' || state === 'more_needed';
  const verdict = state === 'more_needed' ? 'ask' : 'reject';
  const isHeld = state === 'approved' && visitor.account.realNameLevel < VERIFIED_LEVEL;
  const withdrawForm = { action: verificationPaths.reviewWithdraw };
  ctx.render(
    'verification/review-status',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      state,
      number: id,
      openedAt,
      ...(state === 'waiting' ? { dueAt } : {}),
      ...(closedAt ? { closedAt } : {}),
      ...(reason ? { reason: `review.reason.${verdict}.${reason}.applicant` } : {}),
      ...(note === undefined ? {} : { note }),
      fileCount: fileIds.length,
      ...(state === 'more_needed' ? { supplyHref: verificationPaths.reviewFiles } : {}),
      ...(isOpen ? { withdrawForm } : {}),
      ...(isHeld ? { mergeHref: accountPaths.merge } : {}),
      ...(!isOpen && can.review ? { againHref: verificationPaths.certificates } : {}),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}

async function withdraw(
  deps: ReviewPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  if (await deps.review.withdraw(visitor.account.id)) {
    const notice = 'account.notice.review_withdrawn';
    return confirmOn(deps.visitors, ctx, { visitor, page: verificationPaths.review, notice });
  }
  const errors = [{ key: 'verification-review.status.too_late' }] as const;
  await showStatus(deps, ctx, { visitor, errors });
}
