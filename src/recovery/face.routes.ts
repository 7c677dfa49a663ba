// The person by the face: consent of its own, the way to the face service, the way back. Open to
// everybody who has proven a contact, so that the page tells nothing about any account.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { allowFormAction } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { signUpStart } from '../registration/sign-up-paths.ts';
import { ageAt, GUARDIAN_AGE } from '../accounts/age.ts';
import { readIdentityForm } from '../verification/identity-form.ts';
import type { IdentityFormProblem } from '../verification/verification.views.ts';
import { beginRecoveryFace, finishRecoveryFace } from './prove-account.ts';
import { findRecovery, leadOn, showEnded } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths } from './recovery-paths.ts';
import type { Recovery } from './recovery-store.ts';
import type { RecoveryStopReason } from './recovery.views.ts';

const typedText = z.string().max(200).default('');

const faceBody = z.object({
  name: typedText,
  number: typedText,
  consent: z.literal('yes').optional().catch(undefined),
});
type FaceBody = z.output<typeof faceBody>;

export function faceRoutes(deps: RecoveryDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.face,
      name: 'recovery.face_page',
      async handle(ctx) {
        const recovery = await provenRecovery(deps, ctx);
        if (recovery) showFace(deps, ctx, { typed: { name: '', number: '' }, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.face,
      name: 'recovery.face',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: faceBody },
      async handle(ctx, { body }) {
        const recovery = await provenRecovery(deps, ctx);
        if (recovery) await begin(deps, ctx, { recovery, body });
      },
    }),
    defineRoute({
      method: 'GET',
      path: recoveryPaths.faceReturn,
      name: 'recovery.face_return',
      limiter: 'recovery',
      input: { query: z.object({ state: z.string().max(100).default('') }) },
      handle: (ctx, { query }) => takeUp(deps, ctx, query.state),
    }),
  ];
}

/** Where the contact is proven and nothing else is yet; anybody else is led on. */
async function provenRecovery(
  deps: RecoveryDependencies,
  ctx: HttpContext,
): Promise<Recovery | undefined> {
  ctx.state.pageAddress = recoveryPaths.face;
  const recovery = await findRecovery(deps, ctx);
  if (!recovery) {
    showEnded(ctx);
    return undefined;
  }
  if (recovery.stage === 'proven' && deps.verification.face) return recovery;
  await leadOn(deps, ctx);
  return undefined;
}

function showFace(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  page: {
    typed: { name: string; number: string };
    errors: readonly FieldError<IdentityFormProblem>[];
  },
): void {
  const { typed, errors } = page;
  const { face } = deps.verification;
  // The form is answered with a redirect to the service.
  if (face) allowFormAction(ctx, face.pageUrl);
  ctx.render(
    'recovery/recover-face',
    {
      typed: { name: typed.name, number: typed.number },
      form: { action: recoveryPaths.face },
      backHref: recoveryPaths.proof,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function begin(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  { recovery, body }: { recovery: Recovery; body: FaceBody },
): Promise<void> {
  const now = deps.clock.now();
  const form = readIdentityForm(body, now);
  const consent = { field: 'consent', key: 'verification.form.consent_missing' } as const;
  const errors = [...(form.ok ? [] : form.errors), ...(body.consent ? [] : [consent])];
  if (!form.ok || errors.length > 0) {
    showFace(deps, ctx, { typed: body, errors });
    return;
  }
  if (ageAt(form.birthDate, now) < GUARDIAN_AGE) return stop(ctx, { reason: 'minor' });
  const begun = await beginRecoveryFace(deps, recovery, { claim: form.claim, address: ctx.ip });
  if (begun.ok) redirect(ctx, begun.page.href);
  else stop(ctx, { reason: begun.reason });
}

async function takeUp(deps: RecoveryDependencies, ctx: HttpContext, state: string): Promise<void> {
  ctx.state.pageAddress = recoveryPaths.face;
  const recovery = await findRecovery(deps, ctx);
  if (!recovery) {
    showEnded(ctx);
    return;
  }
  // Come back twice: the first time has counted.
  if (recovery.stage !== 'proven') return leadOn(deps, ctx);
  const outcome = await finishRecoveryFace(deps, recovery, { state, address: ctx.ip });
  if (outcome.ok) return leadOn(deps, ctx);
  const { reason } = outcome;
  // A service that did not answer is asked again for the same result; what is over, is over.
  const retry = `${recoveryPaths.faceReturn}?state=${encodeURIComponent(state)}`;
  stop(ctx, { reason, againHref: reason === 'unavailable' ? retry : recoveryPaths.face });
}

const STATUS: Partial<Record<RecoveryStopReason, number>> = {
  no_account: 200,
  unavailable: 503,
  tries_used_up: 429,
  face_refused: 422,
  face_cancelled: 200,
  face_invalid: 400,
  minor: 422,
};

function stop(
  ctx: HttpContext,
  { reason, againHref = recoveryPaths.face }: { reason: RecoveryStopReason; againHref?: string },
): void {
  ctx.render(
    'recovery/recover-stopped',
    { reason, againHref, ...(reason === 'no_account' ? { signUpHref: signUpStart({}) } : {}) },
    { status: STATUS[reason] ?? 200 },
  );
}
