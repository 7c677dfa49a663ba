// After a code that is not enough by itself: the password, a passkey or a second factor. Numbers are
// given to strangers again; with a device that has signed the account in before it is enough.
import { z } from 'zod';
import type { ConfirmCodeProblem } from '../credentials/credentials.views.ts';
import { AppError } from '../platform/errors.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { PasswordResult } from '../credentials/verify-password.ts';
import { demandView } from './demand-view.ts';
import { typedProblem } from './factor-problems.ts';
import { deviceCookie } from './finish-sign-in.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies, ProofForm } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { passkeyForm, recoverHref } from './sign-in-page.ts';
import { accountOf } from './sign-in-situation.ts';
import { dueStep, typedCode } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';

const passwordBody = z.object({
  password: z.string().max(1000).default(''),
  altcha: z.string().max(20_000).optional(),
  wait_token: z.string().max(1000).optional(),
});
type PasswordBody = z.output<typeof passwordBody>;

export function confirmCodeRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/code/password',
      name: 'interactions.confirm_password',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: passwordBody },
      handle: (ctx, { params, body }) => provePassword(deps, ctx, { uid: params.uid, body }),
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/code/second-factor',
      name: 'interactions.confirm_second_factor',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { params: interactionParams, body: z.object({ otp: z.string().max(50).default('') }) },
      handle: (ctx, { params, body }) => proveFactor(deps, ctx, { uid: params.uid, otp: body.otp }),
    }),
  ];
}

type Page = StepPage<ConfirmCodeProblem> & { proof?: ProofForm };

async function provePassword(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { uid, body }: { uid: string; body: PasswordBody },
): Promise<void> {
  const page = await dueStep(deps, ctx, { uid, step: 'confirm_code' });
  if (!page) return;
  if (body.password === '') {
    const missing = { field: 'password', key: 'sign-in.password_missing' } as const;
    return showConfirmCode(deps, ctx, { ...page, errors: [missing] });
  }
  const { id: accountId } = accountOf(page.situation);
  const result = await deps.passwords.verifyOwn({
    accountId,
    password: body.password,
    address: ctx.ip,
    deviceCookie: deviceCookie(deps, ctx),
    proof: { altcha: body.altcha, waitTicket: body.wait_token },
  });
  if (!result.ok) {
    deps.metrics.signIn(result.reason);
    return refuse(deps, ctx, { page, body, result });
  }
  const { revision } = result.credential;
  const { isKnownDevice } = result;
  const password = { accountId, at: epochSeconds(deps.clock), isKnownDevice, revision };
  await keepProgress(deps, page.open.interaction, { ...page.situation.progress, password });
  redirect(ctx, interactionPath(uid));
}

async function refuse(
  deps: InteractionDependencies,
  ctx: HttpContext,
  of: { page: StepPage<never>; body: PasswordBody; result: PasswordResult & { ok: false } },
): Promise<void> {
  const { page, body, result } = of;
  const address = ctx.ip;
  switch (result.reason) {
    case 'credentials_wrong': {
      const wrong = { field: 'password', key: 'confirm-code.password_refused' } as const;
      const proof = result.needsProofNext
        ? { proof: await deps.passwords.newProof({ failures: 1, address }) }
        : {};
      return showConfirmCode(deps, ctx, { ...page, errors: [wrong], ...proof });
    }
    case 'proof_of_work_required': {
      const { failures, waitSeconds } = result;
      const proof = await deps.passwords.newProof({ failures, address });
      if (waitSeconds === undefined) {
        const errors = [{ key: 'sign-in.proof_missing' }] as const;
        return showConfirmCode(deps, ctx, { ...page, errors, proof });
      }
      // The old ticket keeps running: a page without script must be able to reach its end.
      const kept = { ...proof, waitTicket: body.wait_token ?? proof.waitTicket, waitSeconds };
      const error = { key: 'sign-in.wait_not_over', values: { count: waitSeconds } } as const;
      return showConfirmCode(deps, ctx, { ...page, errors: [error], proof: kept });
    }
    case 'budget_exhausted': {
      ctx.set('Retry-After', String(result.retryAfterSeconds));
      const minutes = Math.max(1, Math.ceil(result.retryAfterSeconds / 60));
      const error = { key: 'second-factor.exhausted', values: { minutes } } as const;
      return showConfirmCode(deps, ctx, { ...page, errors: [error], status: 429 });
    }
    case 'overloaded':
      throw new AppError('overloaded', { retryAfterSeconds: result.retryAfterSeconds });
    default:
      result satisfies never;
  }
}

async function proveFactor(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { uid, otp }: { uid: string; otp: string },
): Promise<void> {
  const page = await dueStep(deps, ctx, { uid, step: 'confirm_code' });
  if (!page) return;
  const { id: accountId } = accountOf(page.situation);
  const code = typedCode(otp);
  const attempt = { accountId, boundTo: uid, code, address: ctx.ip };
  const result =
    code === ''
      ? undefined
      : await deps.secondFactors.verify({ ...attempt, deviceCookie: deviceCookie(deps, ctx) });
  if (!result?.ok) {
    // Sent twice, the first was right: the second is led on.
    if (result && !(await dueStep(deps, ctx, { uid, step: 'confirm_code' }))) return;
    return showConfirmCode(deps, ctx, { ...page, errors: [typedProblem(code, result)] });
  }
  const piece = { accountId, at: epochSeconds(deps.clock) };
  const proven = result.method === 'recovery_code' ? { recoveryCode: piece } : { otp: piece };
  await keepProgress(deps, page.open.interaction, { ...page.situation.progress, ...proven });
  redirect(ctx, interactionPath(uid));
}

export async function showConfirmCode(
  deps: InteractionDependencies,
  ctx: HttpContext,
  page: Page,
): Promise<void> {
  const path = interactionPath(page.open.interaction.uid);
  const { situation, errors = [], proof } = page;
  const factors = await deps.secondFactors.ofAccount(accountOf(situation).id);
  // A code and an authenticator are two things that one has: what asks for more needs the password.
  const isFactorEnough = !situation.isCodeConfirmed;
  const form = { action: `${path}/code/second-factor` };
  ctx.render(
    'credentials/confirm-code',
    {
      relyingParty: page.open.relyingParty,
      ...demandView(deps, ctx, situation),
      passwordForm: { action: `${path}/code/password` },
      ...(factors.hasTotp && isFactorEnough ? { form } : {}),
      ...(factors.hasRecoveryCodes && isFactorEnough ? { recovery: form } : {}),
      ...(factors.hasPasskey ? { passkey: passkeyForm(path) } : {}),
      recoverHref: recoverHref(page.open),
      ...(proof
        ? {
            proofOfWork: {
              challenge: JSON.stringify(proof.challenge),
              waitSeconds: proof.waitSeconds,
              waitToken: proof.waitTicket,
            },
          }
        : {}),
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: page.status ?? (errors.length > 0 ? 422 : 200) },
  );
}
