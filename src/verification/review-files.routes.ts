// The pictures of a review: sent one by one, drawn anew at once, removed as long as they were not
// handed in; then the consent, and the form goes to staff.
import { z } from 'zod';
import { confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { Upload } from '../platform/http/multipart.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { ManualReview } from './manual-review.ts';
import type { ReviewDraft } from './review-draft-store.ts';
import { reviewSlots, slotsOf } from './review-slots.ts';
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

/** One file at a time: a slow line need not repeat what has arrived. */
const UPLOAD = { fileBytes: 10 * 1024 * 1024, files: 1 } as const;

export function reviewFilesRoutes(deps: FilesDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: verificationPaths.reviewFiles,
      name: 'verification.review_files_page',
      async handle(ctx) {
        const visitor = await verifyingReader(deps, ctx, 'review');
        if (visitor) await showFiles(deps, ctx, { visitor, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.reviewFiles,
      name: 'verification.review_upload',
      limiter: 'upload',
      csrf: 'token',
      input: { body: z.object({ slot: z.enum(reviewSlots) }), upload: UPLOAD },
      admit: async (ctx) => (await verifyingVisitor(deps, ctx, 'review')) !== undefined,
      async handle(ctx, { body, upload }) {
        const visitor = await verifyingVisitor(deps, ctx, 'review');
        if (visitor) await add(deps, ctx, { visitor, slot: body.slot, upload });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.reviewRemoveFile,
      name: 'verification.review_remove_file',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ file: z.string().max(50) }) },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'review');
        if (visitor) await remove(deps, ctx, { visitor, file: body.file });
      },
    }),
    defineRoute({
      method: 'POST',
      path: verificationPaths.reviewSend,
      name: 'verification.review_send',
      limiter: 'verification',
      csrf: 'token',
      input: {
        body: z.object({
          remark: z.string().max(1000).default(''),
          consent: z.literal('yes').optional(),
        }),
      },
      async handle(ctx, { body }) {
        const visitor = await verifyingVisitor(deps, ctx, 'review');
        if (visitor) await send(deps, ctx, { visitor, ...body });
      },
    }),
  ];
}

interface FilesPage {
  visitor: Visitor;
  errors: readonly FieldError<ReviewFilesProblem>[];
  status?: number;
  remark?: string;
}

/** What cannot be sent from here leads to the page that tells why. */
async function draftToSend(
  { review }: FilesDependencies,
  ctx: HttpContext,
  { account }: Visitor,
): Promise<{ draft: ReviewDraft; isSupply: boolean } | undefined> {
  const [draft, present] = await Promise.all([
    review.draftOf(account.id),
    review.caseOf(account.id),
  ]);
  if (present?.state === 'waiting') redirect(ctx, verificationPaths.review);
  else if (!draft) redirect(ctx, verificationPaths.certificates);
  else return { draft, isSupply: present?.state === 'more_needed' };
  return undefined;
}

async function showFiles(
  deps: FilesDependencies,
  ctx: HttpContext,
  { visitor, errors, status = 422, remark = '' }: FilesPage,
): Promise<void> {
  const { review } = deps;
  const found = await draftToSend(deps, ctx, visitor);
  if (!found) return;
  const { draft, isSupply } = found;
  const files = await review.filesOf(visitor.account.id);
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
      slots: slotsOf(draft.type, review.config.cap).map(({ slot, isRequired }) => ({
        slot,
        isRequired: isRequired && !isSupply,
        files: files
          .filter((file) => file.slot === slot)
          .map(({ id, pages, addedAt }) => ({ id, pages: pages.length, addedAt })),
      })),
      remark,
      keptDays: review.keptDays,
      isSupply,
      errors,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function add(
  deps: FilesDependencies,
  ctx: HttpContext,
  { visitor, slot, upload }: { visitor: Visitor; slot: ReviewSlot; upload: Upload },
): Promise<void> {
  const refuse = (problem: ReviewFilesProblem, status = 422) =>
    showFiles(deps, ctx, { visitor, status, errors: [{ field: `file-${slot}`, key: problem }] });
  if (upload.isTooLarge) return refuse('verification-review.problem.too_large', 413);
  const [file] = upload.files;
  if (!file) return refuse('verification-review.problem.no_file');
  if (!(await draftToSend(deps, ctx, visitor))) return;
  const of = { ownerId: visitor.account.id, slot, address: ctx.ip };
  const added = await deps.review.addFile(of, file.bytes);
  if (!added.ok) return refuse(`verification-review.problem.${added.reason}`);
  const notice = 'account.notice.file_added';
  await confirmOn(deps.visitors, ctx, { visitor, page: verificationPaths.reviewFiles, notice });
}

async function remove(
  deps: FilesDependencies,
  ctx: HttpContext,
  { visitor, file }: { visitor: Visitor; file: string },
): Promise<void> {
  // Another's is as unknown as one that never was.
  const isRemoved = await deps.review.removeFile(file, visitor.account.id);
  if (!isRemoved) throw new AppError('not_found', { details: { what: 'evidence file' } });
  const notice = 'account.notice.file_removed';
  await confirmOn(deps.visitors, ctx, { visitor, page: verificationPaths.reviewFiles, notice });
}

async function send(
  deps: FilesDependencies,
  ctx: HttpContext,
  given: { visitor: Visitor; remark: string; consent?: 'yes' | undefined },
): Promise<void> {
  const { visitor, remark } = given;
  const refuse = (errors: FilesPage['errors'], status?: number) =>
    showFiles(deps, ctx, { visitor, errors, remark, ...(status ? { status } : {}) });
  if (!given.consent) {
    return refuse([{ field: 'consent', key: 'verification-review.problem.consent_missing' }]);
  }
  const sent = await deps.review.send(visitor.account, { address: ctx.ip, remark });
  if (sent.ok) {
    const notice = 'account.notice.review_sent';
    return confirmOn(deps.visitors, ctx, { visitor, page: verificationPaths.review, notice });
  }
  switch (sent.reason) {
    case 'nothing_typed':
      return redirect(ctx, verificationPaths.certificates);
    case 'files_missing':
      return refuse(
        sent.slots.map((slot) => ({
          field: `file-${slot}`,
          key: `verification-review.problem.missing.${slot}` as const,
        })),
      );
    case 'tries_used_up':
      return refuse([{ key: 'verification-review.problem.tries_used_up' }], 429);
    case 'changed_meanwhile':
      return refuse([{ key: 'verification-review.problem.changed_meanwhile' }], 409);
  }
}
