// A passkey inside a sign-in: in place of login and password, or as the second factor of an account
// whose password was verified. The challenge is bound to the interaction and, then, to the account.
import { z } from 'zod';
import { MAX_RESPONSE_LENGTH } from '../credentials/passkey-ceremony.ts';
import type { PasskeyResult } from '../credentials/verify-passkey.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { deviceCookie } from './finish-sign-in.ts';
import { heldAccount } from './held-account.ts';
import { interactionParams, interactionPath, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { passkeyProblem } from './factor-problems.ts';
import { showConfirmCode } from './confirm-code.routes.ts';
import { showSecondFactor } from './second-factor.routes.ts';
import { showSignIn } from './show-sign-in.ts';
import { gatherSituation } from './sign-in-situation.ts';
import type { GatheredSituation } from './sign-in-situation.ts';
import { nextStep } from './sign-in-steps.ts';

const answerBody = z.object({ credential: z.string().max(MAX_RESPONSE_LENGTH).default('') });

export function passkeyRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/passkey/options',
      name: 'interactions.passkey_options',
      limiter: 'signIn',
      csrf: 'origin',
      input: { params: interactionParams, body: z.object({}), bodyType: 'json' },
      async handle(ctx, { params }) {
        const open = await openInteraction(deps, ctx, params.uid);
        const asked = open && (await askedFor(deps, open));
        if (asked)
          ctx.body = await deps.passkeys.options({
            boundTo: params.uid,
            accountId: asked.accountId,
          });
        else if (open) ctx.status = 409;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/passkey',
      name: 'interactions.passkey',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: answerBody },
      handle: (ctx, { params, body }) =>
        answer(deps, ctx, { uid: params.uid, response: body.credential }),
    }),
  ];
}

interface Asked {
  situation: GatheredSituation;
  /** Undefined where the passkey has to say whose it is. */
  accountId: string | undefined;
  /** In place of a password. */
  isFirst: boolean;
}

/** Undefined when something else is due. */
async function askedFor(
  deps: InteractionDependencies,
  open: OpenInteraction,
): Promise<Asked | undefined> {
  if (open.interaction.prompt.name !== 'login') return undefined;
  const situation = await gatherSituation(deps, open);
  const { step } = nextStep(situation);
  if (step === 'password') {
    const held = await heldAccount(deps, open);
    const isOwn = held !== undefined && !held.mayChange;
    return { situation, accountId: isOwn ? held.account.id : undefined, isFirst: true };
  }
  const isOwn = step === 'second_factor' || step === 'confirm_code';
  return isOwn ? { situation, accountId: situation.account?.id, isFirst: false } : undefined;
}

async function answer(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { uid, response }: { uid: string; response: string },
): Promise<void> {
  const open = await openInteraction(deps, ctx, uid);
  if (!open) return;
  const asked = await askedFor(deps, open);
  if (!asked) return redirect(ctx, interactionPath(uid));
  const { accountId, situation, isFirst } = asked;
  const result = await deps.passkeys.verify({
    boundTo: uid,
    accountId,
    response,
    address: ctx.ip,
    deviceCookie: deviceCookie(deps, ctx),
  });
  if (!result.ok) {
    deps.metrics.signIn(result.reason);
    // Sent twice, the first was right: the second is led on.
    if (!(await askedFor(deps, open))) return redirect(ctx, interactionPath(uid));
    await refuse(deps, ctx, { open, asked, result });
    return;
  }
  const passkey = {
    accountId: result.account.id,
    at: epochSeconds(deps.clock),
    id: result.passkeyId,
  };
  // Without a login it begins anew: what was proven before for another account counts no more.
  const former = isFirst ? {} : situation.progress;
  await keepProgress(deps, open.interaction, { ...former, passkey });
  redirect(ctx, interactionPath(uid));
}

async function refuse(
  deps: InteractionDependencies,
  ctx: HttpContext,
  refused: { open: OpenInteraction; asked: Asked; result: PasskeyResult & { ok: false } },
): Promise<void> {
  const { open, asked, result } = refused;
  const errors = [passkeyProblem(result)];
  if (result.reason === 'budget_exhausted') {
    ctx.set('Retry-After', String(result.retryAfterSeconds));
  }
  const status = result.reason === 'budget_exhausted' ? 429 : 422;
  const { isFirst, situation } = asked;
  if (isFirst) await showSignIn(deps, ctx, { open, errors, status });
  else if (situation.isByCode)
    await showConfirmCode(deps, ctx, { open, situation, errors, status });
  else showSecondFactor(deps, ctx, { open, situation, errors, status });
}
