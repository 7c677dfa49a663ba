// The pages of the second factor inside a sign-in: its code, and setting it up.
import QRCode from 'qrcode';
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type {
  FieldError,
  SecondFactorProblem,
  TotpEnrolProblem,
} from '../platform/http/view-locals.ts';
import { finishSignIn, redirectOn } from './finish-sign-in.ts';
import { interactionParams, interactionPath, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies, SecondFactorResult } from './interaction-deps.ts';
import { accountOf, gatherSituation } from './sign-in-situation.ts';
import type { GatheredSituation } from './sign-in-situation.ts';
import { nextStep } from './sign-in-steps.ts';

const codeBody = z.object({ otp: z.string().max(50).default('') });

export function secondFactorRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/second-factor',
      name: 'interactions.second_factor',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { params: interactionParams, body: codeBody },
      handle: (ctx, { params, body }) =>
        answer(deps, ctx, { uid: params.uid, otp: body.otp, step: 'second_factor' }),
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/enrol',
      name: 'interactions.enrol',
      limiter: 'enrolment',
      csrf: 'token',
      input: { params: interactionParams, body: codeBody },
      handle: (ctx, { params, body }) =>
        answer(deps, ctx, { uid: params.uid, otp: body.otp, step: 'enrol' }),
    }),
  ];
}

async function answer(
  deps: InteractionDependencies,
  ctx: HttpContext,
  given: { uid: string; otp: string; step: 'second_factor' | 'enrol' },
): Promise<void> {
  const open = await openInteraction(deps, ctx, given.uid);
  if (!open) return;
  const situation = await gatherSituation(deps, open);
  // Whatever the form says, only the step that is due may be answered.
  if (nextStep(situation).step !== given.step) {
    redirectOn(ctx, interactionPath(given.uid));
    return;
  }
  const account = accountOf(situation);
  const code = given.otp.replaceAll(/\s/gu, '');
  const attempt = { accountId: account.id, boundTo: given.uid, code, address: ctx.ip };
  const show = given.step === 'enrol' ? showEnrolment : showSecondFactor;
  if (code === '') {
    await show(deps, ctx, { open, situation, errors: [{ field: 'otp', key: 'second-factor.otp_missing' }] });
    return;
  }
  const { secondFactors } = deps;
  const result =
    given.step === 'enrol' ? await secondFactors.confirm(attempt) : await secondFactors.verify(attempt);
  if (!result.ok) {
    await show(deps, ctx, { open, situation, errors: [problemOf(given.step, result)] } as never);
    return;
  }
  const proven = { ...situation, amr: [...new Set([...situation.amr, 'otp'])] };
  await finishSignIn(deps, ctx, { open, situation: proven });
}

function problemOf(
  step: 'second_factor' | 'enrol',
  result: SecondFactorResult & { ok: false },
): FieldError<SecondFactorProblem | TotpEnrolProblem> {
  if (result.reason === 'budget_exhausted') {
    const minutes = Math.max(1, Math.ceil(result.retryAfterSeconds / 60));
    return { key: 'second-factor.exhausted', values: { minutes } };
  }
  return { field: 'otp', key: step === 'enrol' ? 'totp-enrol.refused' : 'second-factor.refused' };
}

interface FactorPage {
  open: OpenInteraction;
  situation: GatheredSituation;
}

export function showSecondFactor(
  _deps: InteractionDependencies,
  ctx: HttpContext,
  page: FactorPage & { errors?: readonly FieldError<SecondFactorProblem>[] },
): Promise<void> {
  const path = interactionPath(page.open.interaction.uid);
  const errors = page.errors ?? [];
  ctx.render(
    'credentials/second-factor',
    {
      relyingParty: page.open.relyingParty,
      form: { action: `${path}/second-factor` },
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
  return Promise.resolve();
}

export async function showEnrolment(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: FactorPage & { errors?: readonly FieldError<TotpEnrolProblem>[] },
): Promise<void> {
  const path = interactionPath(page.open.interaction.uid);
  const errors = page.errors ?? [];
  const { secret, otpauthUrl } = await deps.secondFactors.begin(
    accountOf(page.situation),
    page.open.interaction.uid,
  );
  ctx.render(
    'credentials/totp-enrol',
    {
      relyingParty: page.open.relyingParty,
      form: { action: `${path}/enrol` },
      qrSvg: await QRCode.toString(otpauthUrl, { type: 'svg', margin: 0 }),
      secret,
      otpauthUrl,
      reason: 'demanded',
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}
