// Papers for staff, of who has lost everything. Open to everybody who has proven a contact, so that the
// pages tell nothing about any account.
import { z } from 'zod';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { contactOf } from '../credentials/journey-contact.ts';
import { maskedContact } from '../interactions/contact-code-page.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Upload } from '../platform/http/multipart.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { readIdentityForm } from '../verification/identity-form.ts';
import { reviewSlots } from '../verification/review-slots.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import { findRecovery, leadOn, recoveryAt, showEnded } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths, recoveryStart } from './recovery-paths.ts';
import type { RecoveryReview } from './recovery-review.ts';
import type { Recovery } from './recovery-store.ts';
import type { RecoverReviewLocals, RecoverReviewProblem } from './recovery.views.ts';

/** One file at a time: a slow line need not repeat what has arrived. */
const UPLOAD = { fileBytes: 10 * 1024 * 1024, files: 1 } as const;
const typedText = z.string().max(200).default('');
const sendBody = z.object({
  name: typedText,
  number: typedText,
  remark: z.string().max(1000).default(''),
  consent: z.literal('yes').optional().catch(undefined),
});
type SendBody = z.output<typeof sendBody>;

interface ReviewDependencies extends RecoveryDependencies {
  review: RecoveryReview;
}

export function reviewRoutes(deps: RecoveryDependencies): Route[] {
  const { review } = deps;
  if (!review) return [];
  const own = { ...deps, review };
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.review,
      name: 'recovery.review_page',
      async handle(ctx) {
        const recovery = await provenRecovery(own, ctx);
        if (recovery) await showReview(own, ctx, { recovery, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.review,
      name: 'recovery.review_upload',
      limiter: 'upload',
      csrf: 'token',
      input: { body: z.object({ slot: z.enum(reviewSlots) }), upload: UPLOAD },
      admit: async (ctx) => (await provenRecovery(own, ctx)) !== undefined,
      async handle(ctx, { body, upload }) {
        const recovery = await provenRecovery(own, ctx);
        if (recovery) await add(own, ctx, { recovery, slot: body.slot, upload });
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.reviewRemoveFile,
      name: 'recovery.review_remove_file',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: z.object({ file: z.string().max(50) }) },
      async handle(ctx, { body }) {
        const recovery = await provenRecovery(own, ctx);
        if (!recovery) return;
        const isRemoved = await review.removeFile(recovery, body.file);
        if (!isRemoved) throw new AppError('not_found', { details: { what: 'evidence file' } });
        redirect(ctx, recoveryPaths.review);
      },
    }),
    ...sendingRoutes(own),
  ];
}

function sendingRoutes(deps: ReviewDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: recoveryPaths.reviewSend,
      name: 'recovery.review_send',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: sendBody },
      async handle(ctx, { body }) {
        const recovery = await provenRecovery(deps, ctx);
        if (recovery) await send(deps, ctx, { recovery, body });
      },
    }),
    defineRoute({
      method: 'GET',
      path: recoveryPaths.sent,
      name: 'recovery.review_sent',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'sent');
        if (!at) return;
        const contact = maskedContact(contactOf(at.recovery));
        ctx.render('recovery/recover-sent', { contact, againHref: recoveryStart({}) });
      },
    }),
  ];
}

/** Where the contact is proven and nothing else is yet; anybody else is led on. */
async function provenRecovery(
  deps: RecoveryDependencies,
  ctx: HttpContext,
): Promise<Recovery | undefined> {
  ctx.state.pageAddress = recoveryPaths.review;
  const recovery = await findRecovery(deps, ctx);
  if (!recovery) showEnded(ctx);
  else if (recovery.stage === 'proven') return recovery;
  else await leadOn(deps, ctx);
  return undefined;
}

interface ReviewPage {
  recovery: Recovery;
  errors: RecoverReviewLocals['errors'];
  status?: number;
  typed?: SendBody;
}

async function showReview(
  { review }: ReviewDependencies,
  ctx: HttpContext,
  { recovery, errors, status = 422, typed }: ReviewPage,
): Promise<void> {
  const files = await review.filesOf(recovery);
  ctx.render(
    'recovery/recover-review',
    {
      typed: { name: typed?.name ?? '', number: typed?.number ?? '' },
      contact: maskedContact(contactOf(recovery)),
      form: { action: recoveryPaths.reviewSend },
      uploadForm: { action: recoveryPaths.review },
      removeForm: { action: recoveryPaths.reviewRemoveFile },
      slots: review.slots.map(({ slot, isRequired }) => ({
        slot,
        isRequired,
        files: files
          .filter((file) => file.slot === slot)
          .map(({ id, pages, addedAt }) => ({ id, pages: pages.length, addedAt })),
      })),
      remark: typed?.remark ?? '',
      keptDays: review.keptDays,
      backHref: recoveryPaths.proof,
      errors,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function add(
  deps: ReviewDependencies,
  ctx: HttpContext,
  { recovery, slot, upload }: { recovery: Recovery; slot: ReviewSlot; upload: Upload },
): Promise<void> {
  const refuse = (key: RecoverReviewProblem, status = 422) =>
    showReview(deps, ctx, { recovery, status, errors: [{ field: `file-${slot}`, key }] });
  if (upload.isTooLarge) return refuse('verification-review.problem.too_large', 413);
  const [file] = upload.files;
  if (!file) return refuse('verification-review.problem.no_file');
  const added = await deps.review.addFile(recovery, { slot, address: ctx.ip }, file.bytes);
  if (!added.ok) return refuse(`verification-review.problem.${added.reason}`);
  redirect(ctx, recoveryPaths.review);
}

async function send(
  deps: ReviewDependencies,
  ctx: HttpContext,
  { recovery, body }: { recovery: Recovery; body: SendBody },
): Promise<void> {
  const refuse = (errors: ReviewPage['errors'], status = 422) =>
    showReview(deps, ctx, { recovery, errors, typed: body, status });
  const now = deps.clock.now();
  const form = readIdentityForm(body, now);
  const consent = { field: 'consent', key: 'verification-review.problem.consent_missing' } as const;
  const errors = [...(form.ok ? [] : form.errors), ...(body.consent ? [] : [consent])];
  if (!form.ok || errors.length > 0) return refuse(errors);
  if (ageAt(form.birthDate, now) < GUARDIAN_AGE) {
    const againHref = recoveryPaths.review;
    ctx.render('recovery/recover-stopped', { reason: 'minor', againHref }, { status: 422 });
    return;
  }
  const { claim, birthDate } = form;
  const { remark } = body;
  const sent = await deps.review.send(recovery, { claim, birthDate, remark, address: ctx.ip });
  if (sent.ok) return redirect(ctx, recoveryPaths.sent);
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
      return leadOn(deps, ctx);
  }
}
