// Papers for staff, of who has lost everything. Open to everybody who has proven a contact, so that the
// pages tell nothing about any account.
import { z } from 'zod';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { contactOf } from '../credentials/journey-contact.ts';
import { maskedContact } from '../interactions/contact-code-page.ts';
import { handInFields, paperFilesRoutes } from '../papers/paper-files-pages.ts';
import type { PaperFilesPages } from '../papers/paper-files-pages.ts';
import { presentPapers, sendingProblems } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { readIdentityForm } from '../verification/identity-form.ts';
import type { ReviewSlot } from '../verification/review-slots.ts';
import { findRecovery, leadOn, recoveryAt, showEnded } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths, recoveryStart } from './recovery-paths.ts';
import { placeOf } from './recovery-review.ts';
import type { RecoveryReview } from './recovery-review.ts';
import type { Recovery } from './recovery-store.ts';
import type { RecoverReviewLocals } from './recovery.views.ts';

const typedText = z.string().max(200).default('');
const sendBody = z.object({
  name: typedText,
  number: typedText,
  ...handInFields,
});
type SendBody = z.output<typeof sendBody>;

interface ReviewDependencies extends RecoveryDependencies {
  review: RecoveryReview;
}

export function reviewRoutes(deps: RecoveryDependencies): Route[] {
  const { review } = deps;
  if (!review) return [];
  const own = { ...deps, review };
  const pages: PaperFilesPages<Recovery, Recovery, ReviewSlot> = {
    name: 'recovery.review',
    limiter: 'recovery',
    paths: { files: recoveryPaths.review, removeFile: recoveryPaths.reviewRemoveFile },
    papers: review.papers,
    who: (ctx) => provenRecovery(own, ctx),
    causeOf: (_ctx, { person }) => person,
    placeOf: ({ person }) => placeOf(person),
    hrefOf: () => recoveryPaths.review,
    show: (ctx, { person: recovery, cause: _cause, ...page }) =>
      showReview(own, ctx, { recovery, ...page }),
    confirm: (ctx, { page }) => {
      redirect(ctx, page);
    },
  };
  return [...paperFilesRoutes(pages), ...sendingRoutes(own)];
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
  const { slots: rules } = review;
  const place = placeOf(recovery);
  ctx.render(
    'recovery/recover-review',
    {
      typed: { name: typed?.name ?? '', number: typed?.number ?? '' },
      contact: maskedContact(contactOf(recovery)),
      form: { action: recoveryPaths.reviewSend },
      uploadForm: { action: recoveryPaths.review },
      removeForm: { action: recoveryPaths.reviewRemoveFile },
      ...(await presentPapers(review.papers, { place, rules, sent: typed, errors })),
      backHref: recoveryPaths.proof,
    },
    { status: errors.length > 0 ? status : 200 },
  );
}

async function send(
  deps: ReviewDependencies,
  ctx: HttpContext,
  { recovery, body }: { recovery: Recovery; body: SendBody },
): Promise<void> {
  const refuse = (page: Pick<ReviewPage, 'errors' | 'status'>) =>
    showReview(deps, ctx, { recovery, typed: body, ...page });
  const now = deps.clock.now();
  const form = readIdentityForm(body, now);
  const consent = { field: 'consent', key: 'verification-review.problem.consent_missing' } as const;
  const errors = [...(form.ok ? [] : form.errors), ...(body.consent ? [] : [consent])];
  if (!form.ok || errors.length > 0) return refuse({ errors });
  if (ageAt(form.birthDate, now) < GUARDIAN_AGE) {
    const againHref = recoveryPaths.review;
    ctx.render('recovery/recover-stopped', { reason: 'minor', againHref }, { status: 422 });
    return;
  }
  const { claim, birthDate } = form;
  const { remark } = body;
  const sent = await deps.review.send(recovery, { claim, birthDate, remark, address: ctx.ip });
  if (sent.ok) return redirect(ctx, recoveryPaths.sent);
  return sent.reason === 'changed_meanwhile' ? leadOn(deps, ctx) : refuse(sendingProblems(sent));
}
