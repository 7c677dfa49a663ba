// The pages of the second factor inside a sign-in: its code, and setting it up.
import QRCode from 'qrcode';
import { z } from 'zod';
import { HIGHEST_LEVEL } from '../oidc/claims/assurance.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { SecondFactorProblem, TotpEnrolProblem } from '../credentials/credentials.views.ts';
import { demandView } from './demand-view.ts';
import { deviceCookie } from './finish-sign-in.ts';
import { codeProblem, typedProblem } from './factor-problems.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies, SecondFactorResult } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { accountOf } from './sign-in-situation.ts';
import { dueStep, typedCode } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';
import { passkeyForm, recoverHref } from './sign-in-page.ts';

const codeBody = z.object({ otp: z.string().max(50).default('') });

const REFUSED = {
  code_wrong: 'second_factor_wrong',
  budget_exhausted: 'second_factor_exhausted',
} as const;

type FactorStep = 'second_factor' | 'enrol';

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
  given: { uid: string; otp: string; step: FactorStep },
): Promise<void> {
  const page = await dueStep(deps, ctx, given);
  if (!page) return;
  const { id: accountId } = accountOf(page.situation);
  const code = typedCode(given.otp);
  const result = code === '' ? undefined : await check(deps, ctx, { ...given, accountId, code });
  if (!result?.ok) {
    if (result) deps.metrics.signIn(REFUSED[result.reason]);
    // Sent twice, the first was right: the second is led on.
    if (result && !(await dueStep(deps, ctx, given))) return;
    if (given.step === 'enrol') {
      // Another tab or another session was faster: its authenticator is the one to be shown.
      if ((await deps.secondFactors.ofAccount(accountId)).hasTotp) {
        redirect(ctx, interactionPath(given.uid));
        return;
      }
      const errors = [codeProblem(result, 'totp-enrol.refused' as const)];
      await showEnrolment(deps, ctx, { ...page, errors });
    } else {
      const errors = [typedProblem(code, result)];
      showSecondFactor(deps, ctx, { ...page, errors });
    }
    return;
  }
  if (given.step === 'enrol') await deps.notices.changed(accountId, 'totp_enrolled');
  const piece = { accountId, at: epochSeconds(deps.clock) };
  const proven = result.method === 'recovery_code' ? { recoveryCode: piece } : { otp: piece };
  await keepProgress(deps, page.open.interaction, { ...page.situation.progress, ...proven });
  redirect(ctx, interactionPath(given.uid));
}

function check(
  deps: InteractionDependencies,
  ctx: HttpContext,
  given: { uid: string; step: FactorStep; accountId: string; code: string },
): Promise<SecondFactorResult> {
  const { uid: boundTo, accountId, code } = given;
  const attempt = { accountId, boundTo, code, address: ctx.ip };
  return given.step === 'enrol'
    ? deps.secondFactors.confirm(attempt)
    : deps.secondFactors.verify({ ...attempt, deviceCookie: deviceCookie(deps, ctx) });
}

export function showSecondFactor(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: StepPage<SecondFactorProblem>,
): void {
  const path = interactionPath(page.open.interaction.uid);
  const errors = page.errors ?? [];
  const { hasTotp, hasPasskey, hasRecoveryCodes } = page.situation.factors;
  // No recovery code brings anybody to level 4.
  const isRecoverable = hasRecoveryCodes && page.situation.demand < HIGHEST_LEVEL;
  ctx.render(
    'credentials/second-factor',
    {
      relyingParty: page.open.relyingParty,
      ...demandView(deps, ctx, page.situation),
      ...(hasTotp ? { form: { action: `${path}/second-factor` } } : {}),
      ...(isRecoverable ? { recovery: { action: `${path}/second-factor` } } : {}),
      ...(hasPasskey ? { passkey: passkeyForm(path) } : {}),
      recoverHref: recoverHref(page.open),
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: page.status ?? (errors.length > 0 ? 422 : 200) },
  );
}

export async function showEnrolment(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: StepPage<TotpEnrolProblem>,
): Promise<void> {
  const { uid } = page.open.interaction;
  const path = interactionPath(uid);
  const errors = page.errors ?? [];
  const pending = await deps.secondFactors.begin(accountOf(page.situation), uid);
  ctx.render(
    'credentials/totp-enrol',
    {
      relyingParty: page.open.relyingParty,
      ...demandView(deps, ctx, page.situation),
      form: { action: `${path}/enrol` },
      qrSvg: await QRCode.toString(pending.otpauthUrl, { type: 'svg', margin: 0 }),
      ...pending,
      reason: 'demanded',
      passkey: passkeyForm(`${path}/enrol`),
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}
