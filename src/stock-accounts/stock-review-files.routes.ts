// What staff need to decide about an old account: pictures one by one, then name and number, the
// consent, and sending. A new case needs the old password within the hour; what was asked for does not.
import { z } from 'zod';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { maskName, maskNumber } from '../accounts/masking.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Upload } from '../platform/http/multipart.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { readIdentityForm, tellsBirthDate } from '../verification/identity-form.ts';
import type { IdentityClaim } from '../verification/provider.ts';
import { reviewSlots, slotsOf } from '../verification/review-slots.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import { migrationPaths, stockReviewPaths } from './migration-pages.ts';
import { identityTexts, remarkText } from './stock-case.ts';
import type { StockReviewFilesLocals, StockReviewProblem } from './stock-accounts.views.ts';
import { toReview } from './stock-review-access.ts';
import type { StockReviewDependencies, ToReview } from './stock-review-access.ts';

/** One file at a time: a slow line need not repeat what has arrived. */
const UPLOAD = { fileBytes: 10 * 1024 * 1024, files: 1 } as const;
const typedText = z.string().max(200).default('');
const sendBody = z.object({
  name: typedText,
  number: typedText,
  birth_date: z.string().max(10).default(''),
  remark: z.string().max(1000).default(''),
  consent: z.literal('yes').optional().catch(undefined),
});
type SendBody = z.output<typeof sendBody>;

export function stockReviewFilesRoutes(deps: StockReviewDependencies): Route[] {
  const { visitors } = deps;
  return [
    defineRoute({
      method: 'GET',
      path: stockReviewPaths.files,
      name: 'stock_accounts.review_files_page',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(visitors, ctx);
        const what = visitor && (await dueOrLedOn(deps, ctx, visitor));
        if (visitor && what) await showFiles(deps, ctx, { visitor, what, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: stockReviewPaths.files,
      name: 'stock_accounts.review_upload',
      limiter: 'upload',
      csrf: 'token',
      input: { body: z.object({ slot: z.enum(reviewSlots) }), upload: UPLOAD },
      admit: async (ctx) => (await visitorOrExplanation(visitors, ctx)) !== undefined,
      async handle(ctx, { body, upload }) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        const what = visitor && (await dueOrLedOn(deps, ctx, visitor));
        if (visitor && what) await add(deps, ctx, { visitor, what, slot: body.slot, upload });
      },
    }),
    defineRoute({
      method: 'POST',
      path: stockReviewPaths.removeFile,
      name: 'stock_accounts.review_remove_file',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({ file: z.string().max(50) }) },
      async handle(ctx, { body }) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await remove(deps, ctx, { visitor, file: body.file });
      },
    }),
    defineRoute({
      method: 'POST',
      path: stockReviewPaths.send,
      name: 'stock_accounts.review_send',
      limiter: 'verification',
      csrf: 'token',
      input: { body: sendBody },
      async handle(ctx, { body }) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        const what = visitor && (await dueOrLedOn(deps, ctx, visitor));
        if (visitor && what) await send(deps, ctx, { visitor, what, body });
      },
    }),
  ];
}

async function dueOrLedOn(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<ToReview | undefined> {
  const due = await toReview(deps, ctx, visitor);
  if (due.is !== 'due') {
    redirect(ctx, due.is === 'under_way' ? stockReviewPaths.status : migrationPaths.start);
    return undefined;
  }
  return due.what;
}

interface FilesPage {
  visitor: Visitor;
  what: ToReview;
  errors: StockReviewFilesLocals['errors'];
  status?: number;
  typed?: SendBody;
}

async function showFiles(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { visitor, what, errors, status = 422, typed }: FilesPage,
): Promise<void> {
  const { review } = deps;
  const { present, own, type } = what;
  const files = await review.filesOf(visitor.account.id);
  const isSupply = present !== undefined;
  const before = present?.claimed;
  ctx.render(
    'stock-accounts/review-files',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      form: { action: stockReviewPaths.send },
      uploadForm: { action: stockReviewPaths.files },
      removeForm: { action: stockReviewPaths.removeFile },
      system: what.source.name[ctx.state.locale],
      type,
      ...(own
        ? {
            own: {
              maskedName: maskName(own.name),
              maskedNumber: maskNumber(own.certificate.number, 'signedIn'),
            },
          }
        : {}),
      typed: {
        name: typed?.name ?? before?.name ?? '',
        number: typed?.number ?? before?.certificateNumber ?? '',
        birthDate: typed?.birth_date ?? before?.birthDate ?? '',
      },
      asksBirthDate: !tellsBirthDate(type),
      slots: slotsOf(type, review.config.cap).map(({ slot, isRequired }) => ({
        slot,
        isRequired: isRequired && !isSupply,
        files: files
          .filter(({ shows }) => shows === slot)
          .map(({ id, pages, addedAt }) => ({ id, pages: pages.length, addedAt })),
      })),
      remark: typed?.remark ?? '',
      keptDays: review.keptDays,
      isSupply,
      backHref: isSupply ? stockReviewPaths.status : migrationPaths.start,
      errors,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function add(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor; what: ToReview; slot: ReviewSlot; upload: Upload },
): Promise<void> {
  const { visitor, what, slot, upload } = of;
  const refuse = (key: StockReviewProblem, status = 422) =>
    showFiles(deps, ctx, { visitor, what, status, errors: [{ field: `file-${slot}`, key }] });
  if (upload.isTooLarge) return refuse('verification-review.problem.too_large', 413);
  const [file] = upload.files;
  if (!file) return refuse('verification-review.problem.no_file');
  const added = await deps.review.addFile(
    { ownerId: visitor.account.id, slot, address: ctx.ip },
    file.bytes,
  );
  if (!added.ok) return refuse(`verification-review.problem.${added.reason}`);
  const notice = 'account.notice.file_added';
  await confirmOn(deps.visitors, ctx, { visitor, page: stockReviewPaths.files, notice });
}

async function remove(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { visitor, file }: { visitor: Visitor; file: string },
): Promise<void> {
  // Another's is as unknown as one that never was.
  const isRemoved = await deps.review.removeFile(file, visitor.account.id);
  if (!isRemoved) throw new AppError('not_found', { details: { what: 'evidence file' } });
  const notice = 'account.notice.file_removed';
  await confirmOn(deps.visitors, ctx, { visitor, page: stockReviewPaths.files, notice });
}

async function send(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { visitor, what, body }: { visitor: Visitor; what: ToReview; body: SendBody },
): Promise<void> {
  const refuse = (errors: FilesPage['errors'], status = 422) =>
    showFiles(deps, ctx, { visitor, what, errors, typed: body, status });
  const read = readClaim(what, body, deps.binding.clock.now());
  const consent = { field: 'consent', key: 'verification-review.problem.consent_missing' } as const;
  const errors = [...(read.ok ? [] : read.errors), ...(body.consent ? [] : [consent])];
  if (!read.ok || errors.length > 0) return refuse(errors);
  const { claim, birthDate } = read;
  const { account } = visitor;
  const { old, refusedFor, present } = what;
  const of = { account, claim, birthDate, remark: body.remark, address: ctx.ip };
  const claimed = { ...identityTexts(claim, birthDate), ...remarkText(body.remark) };
  const sent = present
    ? await deps.review.supply(account, present, { claimed, address: ctx.ip })
    : await deps.review.open({ ...of, old, refusedFor });
  if (sent.ok) {
    const notice = 'account.notice.review_sent';
    return confirmOn(deps.visitors, ctx, { visitor, page: stockReviewPaths.status, notice });
  }
  switch (sent.reason) {
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

type ReadClaim =
  | { ok: true; claim: IdentityClaim; birthDate: string | undefined }
  | { ok: false; errors: FilesPage['errors'] };

/** Who is verified claims what is verified; anybody else what stands on the document. */
function readClaim({ own, type, country }: ToReview, body: SendBody, now: Date): ReadClaim {
  if (own) return { ok: true, claim: own, birthDate: undefined };
  const { name, number, birth_date: birthDate } = body;
  const form = readIdentityForm({ type, country, name, number, birthDate }, now);
  if (!form.ok) return form;
  if (ageAt(form.birthDate, now) >= GUARDIAN_AGE) return form;
  return { ok: false, errors: [{ field: 'number', key: 'migrate.review.minor' }] };
}
