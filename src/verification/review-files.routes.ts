// The pictures of a review: sent one by one, drawn anew at once, removed as long as they were not
// handed in; then the consent, and the form goes to staff.
import { z } from 'zod';
import { confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import { confirming, handInFields, paperFilesRoutes } from '../papers/paper-files-pages.ts';
import type { PaperFilesPages } from '../papers/paper-files-pages.ts';
import { presentPapers, sendingProblems } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { placeOf } from './manual-review.ts';
import type { ApplicantCase } from '../review/review-desk.ts';
import type { ManualReview } from './manual-review.ts';
import type { ReviewDraft } from './review-draft-store.ts';
import { slotsOf } from './review-slots.ts';
import type { ReviewSlot } from './review-slots.ts';
import type { ReviewFilesProblem } from './review.views.ts';
import {
  verificationFrame,
  verificationPaths,
  verifyingReader,
  verifyingVisitor,
} from './verification-access.ts';
import type { VerificationPageDependencies } from './verification-access.ts';

interface FilesDependencies extends VerificationPageDependencies {
  review: ManualReview;
}

export function reviewFilesRoutes(deps: FilesDependencies): Route[] {
  const pages: PaperFilesPages<Visitor, ToSend, ReviewSlot> = {
    name: 'verification.review',
    limiter: 'verification',
    paths: {
      files: verificationPaths.reviewFiles,
      removeFile: verificationPaths.reviewRemoveFile,
    },
    papers: deps.review.papers,
    who: (ctx, does) =>
      (does === 'reads' ? verifyingReader : verifyingVisitor)(deps, ctx, 'review'),
    causeOf: (ctx, { person }) => draftToSend(deps, ctx, person),
    placeOf: ({ person }) => placeOf(person.account.id),
    hrefOf: () => verificationPaths.reviewFiles,
    show: (ctx, { person: visitor, cause, ...page }) =>
      showFiles(deps, ctx, { visitor, ...cause, ...page }),
    confirm: confirming(deps.visitors),
  };
  return [
    ...paperFilesRoutes(pages),
    defineRoute({
      method: 'POST',
      path: verificationPaths.reviewSend,
      name: 'verification.review_send',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object(handInFields) },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'review');
        if (visitor) await send(deps, ctx, { visitor, ...body });
      },
    }),
  ];
}

interface ToSend {
  draft: ReviewDraft;
  /** The case in which staff asked for more. */
  asked: ApplicantCase | undefined;
}

interface FilesPage extends ToSend {
  visitor: Visitor;
  errors: readonly FieldError<ReviewFilesProblem>[];
  status?: number;
  sent?: { remark: string; consent?: 'yes' | undefined };
}

/** What cannot be sent from here leads to the page that tells why. */
async function draftToSend(
  { review }: FilesDependencies,
  ctx: HttpContext,
  { account }: Visitor,
): Promise<ToSend | undefined> {
  const [draft, present] = await Promise.all([
    review.draftOf(account.id),
    review.caseOf(account.id),
  ]);
  if (present?.state === 'waiting') redirect(ctx, verificationPaths.review);
  else if (!draft) redirect(ctx, verificationPaths.certificates);
  else return { draft, asked: present?.state === 'more_needed' ? present : undefined };
  return undefined;
}

async function showFiles(
  deps: FilesDependencies,
  ctx: HttpContext,
  { visitor, draft, asked, errors, status = 422, sent }: FilesPage,
): Promise<void> {
  const { papers, config } = deps.review;
  const place = placeOf(visitor.account.id);
  const rules = slotsOf(draft.type, config.cap);
  ctx.render(
    'verification/review-files',
    {
      ...(await verificationFrame(deps, ctx, visitor)),
      form: { action: verificationPaths.reviewSend },
      uploadForm: { action: verificationPaths.reviewFiles },
      removeForm: { action: verificationPaths.reviewRemoveFile },
      typed: {
        type: draft.type,
        maskedName: maskName(draft.name),
        maskedNumber: maskNumber(draft.number, 'signedIn'),
      },
      detailsHref: verificationPaths.reviewDetails,
      ...(await presentPapers(papers, { place, rules, asked, sent, errors })),
      backHref: verificationPaths.overview,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function send(
  deps: FilesDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; remark: string; consent?: 'yes' | undefined },
): Promise<void> {
  const { visitor, remark, consent } = of;
  const refuse = async (refusal: Pick<FilesPage, 'errors' | 'status'>) => {
    const found = await draftToSend(deps, ctx, visitor);
    if (found)
      await showFiles(deps, ctx, { visitor, ...found, sent: { remark, consent }, ...refusal });
  };
  if (!consent) {
    const key = 'verification-review.problem.consent_missing';
    return refuse({ errors: [{ field: 'consent', key }] });
  }
  const sent = await deps.review.send(visitor.account, { address: ctx.ip, remark });
  if (sent.ok) {
    const notice = 'account.notice.review_sent';
    return confirmOn(deps.visitors, ctx, { visitor, page: verificationPaths.review, notice });
  }
  if (sent.reason === 'nothing_typed') return redirect(ctx, verificationPaths.certificates);
  return refuse(sendingProblems(sent));
}
