// The review by staff: the choice of a document, how far a case is, and taking it back.
import { accountPaths } from '../account/account-paths.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import { visitorOrSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { CertificateType } from '../accounts/certificate-types.ts';
import { isUnderWay } from '../papers/applicant-case.ts';
import { caseStatusRoutes } from '../papers/case-status-pages.ts';
import { confirming } from '../papers/paper-files-pages.ts';
import { presentStatus } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ManualReview } from './manual-review.ts';
import { reviewDetailsRoutes } from './review-details.routes.ts';
import { reviewFilesRoutes } from './review-files.routes.ts';
import { certificateGroups } from './review-slots.ts';
import type { ReviewStatusLocals } from './review.views.ts';
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
    ...statusRoutes(own),
    ...reviewDetailsRoutes(own),
    ...reviewFilesRoutes(own),
  ];
}

interface ReviewPageDependencies extends VerificationPageDependencies {
  review: ManualReview;
}

function statusRoutes(deps: ReviewPageDependencies): Route[] {
  const { visitors, review } = deps;
  return caseStatusRoutes<Visitor, Visitor>({
    name: 'verification.review',
    paths: { status: verificationPaths.review, withdraw: verificationPaths.reviewWithdraw },
    // Reading is also for who was raised by it, and can ask for no other.
    who: (ctx, does) =>
      does === 'reads' ? visitorOrSignIn(visitors, ctx) : verifyingVisitor(deps, ctx, 'review'),
    causeOf: (_ctx, { person }) => person,
    hrefOf: () => verificationPaths.review,
    show: (ctx, { person: visitor, errors }) => showStatus(deps, ctx, { visitor, errors }),
    takeBack: ({ person }) => review.takeBack(person.account.id),
    nextHref: verificationPaths.review,
    confirm: confirming(deps.visitors),
  });
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
  { visitor, errors }: { visitor: Visitor; errors: ReviewStatusLocals['errors'] },
): Promise<void> {
  const present = await deps.review.caseOf(visitor.account.id);
  const can = canVerify(deps, visitor);
  if (!present) {
    if (!can.review) return redirect(ctx, verificationPaths.overview);
    const draft = await deps.review.draftOf(visitor.account.id);
    return redirect(ctx, draft ? verificationPaths.reviewFiles : verificationPaths.certificates);
  }
  const { state } = present;
  const isHeld = state === 'approved' && visitor.account.realNameLevel < VERIFIED_LEVEL;
  ctx.render(
    'verification/review-status',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      ...presentStatus(present, {
        supplyHref: verificationPaths.reviewFiles,
        withdrawForm: { action: verificationPaths.reviewWithdraw },
      }),
      ...(isHeld ? { mergeHref: accountPaths.merge } : {}),
      ...(!isUnderWay(present) && can.review ? { againHref: verificationPaths.certificates } : {}),
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}
