// What is proven beyond the contact with something the person still has: the second factor.
import { z } from 'zod';
import { MAX_RESPONSE_LENGTH } from '../credentials/passkey-ceremony.ts';
import type { SecondFactorProblem } from '../credentials/credentials.views.ts';
import { verifySecondFactor } from '../credentials/second-factor.ts';
import { passkeyOptions, verifyPasskey } from '../credentials/verify-passkey.ts';
import { deviceCookie } from '../interactions/finish-sign-in.ts';
import { passkeyProblem, secondFactorProblem } from '../interactions/factor-problems.ts';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { noteProven } from './prove-account.ts';
import { dueStep, findRecovery, leadOn, recoveryAt } from './recovery-access.ts';
import type { At } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths } from './recovery-paths.ts';

export function proofRoutes(deps: RecoveryDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.proof,
      name: 'recovery.proof',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'proof');
        if (at) showProof(deps, ctx, { at });
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.proof,
      name: 'recovery.second_factor',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: z.object({ otp: z.string().max(50).default('') }) },
      handle: (ctx, { body }) => proveCode(deps, ctx, typedCode(body.otp)),
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.passkeyOptions,
      name: 'recovery.passkey_options',
      limiter: 'secondFactor',
      csrf: 'origin',
      input: { body: z.object({}), bodyType: 'json' },
      async handle(ctx) {
        const recovery = await findRecovery(deps, ctx);
        const due = recovery && (await dueStep(deps, recovery));
        if (!recovery || due?.step !== 'proof') {
          ctx.status = 409;
          return;
        }
        ctx.body = await passkeyOptions(deps.credentials, placeOf({ ...due, recovery }));
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.passkey,
      name: 'recovery.passkey',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: z.object({ credential: z.string().max(MAX_RESPONSE_LENGTH).default('') }) },
      handle: (ctx, { body }) => provePasskey(deps, ctx, body.credential),
    }),
  ];
}

async function proveCode(deps: RecoveryDependencies, ctx: HttpContext, code: string) {
  const at = await recoveryAt(deps, ctx, 'proof');
  if (!at) return;
  const attempt = {
    accountId: at.account.id,
    code,
    address: ctx.ip,
    deviceCookie: deviceCookie(deps, ctx),
  };
  const outcome =
    code === ''
      ? undefined
      : await verifySecondFactor({ ...deps.credentials, notices: deps.notices }, attempt);
  if (outcome?.ok) await accept(deps, ctx, at);
  // Sent twice, the first was right: the second is led on.
  else if (await isMoved(deps, ctx)) await leadOn(deps, ctx);
  else showProof(deps, ctx, { at, error: secondFactorProblem(code, outcome) });
}

async function provePasskey(deps: RecoveryDependencies, ctx: HttpContext, response: string) {
  const at = await recoveryAt(deps, ctx, 'proof');
  if (!at) return;
  const result = await verifyPasskey(
    { ...deps.credentials, notices: deps.notices },
    { ...placeOf(at), response, address: ctx.ip, deviceCookie: deviceCookie(deps, ctx) },
  );
  if (result.ok) await accept(deps, ctx, at);
  else if (await isMoved(deps, ctx)) await leadOn(deps, ctx);
  else showProof(deps, ctx, { at, error: passkeyProblem(result) });
}

async function isMoved(deps: RecoveryDependencies, ctx: HttpContext): Promise<boolean> {
  return (await findRecovery(deps, ctx))?.stage !== 'proven';
}

async function accept(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  { recovery, account }: At<'proof'>,
): Promise<void> {
  const proven = { accountId: account.id, proof: 'second_factor', address: ctx.ip } as const;
  await noteProven(deps, recovery, proven);
  await leadOn(deps, ctx);
}

function placeOf({ recovery, account }: At<'proof'>) {
  return { boundTo: recovery.key, accountId: account.id, mayBeFrozen: true };
}

function showProof(
  { review }: RecoveryDependencies,
  ctx: HttpContext,
  of: { at: At<'proof'>; error?: FieldError<SecondFactorProblem> | undefined },
): void {
  const { error } = of;
  const { account, ways } = of.at;
  const form = { action: recoveryPaths.proof };
  const passkey = {
    form: { action: recoveryPaths.passkey },
    optionsAction: recoveryPaths.passkeyOptions,
  };
  ctx.render(
    'recovery/recover-proof',
    {
      ...(ways.hasTotp ? { form } : {}),
      ...(ways.hasRecoveryCodes ? { recovery: form } : {}),
      ...(ways.hasPasskey ? { passkey } : {}),
      ...(ways.hasFace ? { faceHref: recoveryPaths.face } : {}),
      ...(ways.canWait ? { waitForm: { action: recoveryPaths.wait } } : {}),
      ...(review && account.kind === 'naturalPerson' ? { reviewHref: recoveryPaths.review } : {}),
      isStaff: account.kind === 'civilServant',
      errors: error ? [error] : [],
    },
    { status: error ? 422 : 200 },
  );
}
