// The code that proves the contact; and what is said when it belongs to no account.
import { z } from 'zod';
import { contactOf } from '../credentials/journey-contact.ts';
import { codeProblem, maskedContact, sendProblem } from '../interactions/contact-code-page.ts';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { signUpStart } from '../registration/sign-up-paths.ts';
import { leadOn, recoveryAt, recoveryCookie, setRecoveryCookie } from './recovery-access.ts';
import { recoveryContact } from './recovery-contact.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths, recoveryStart } from './recovery-paths.ts';
import type { Recovery } from './recovery-store.ts';
import type { RecoverCodeLocals } from './recovery.views.ts';

export function codeRoutes(deps: RecoveryDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.code,
      name: 'recovery.code',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'code');
        if (at) await showCode(deps, ctx, at);
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.code,
      name: 'recovery.verify_code',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: z.object({ code: z.string().max(50).default('') }) },
      handle: (ctx, { body }) => verify(deps, ctx, typedCode(body.code)),
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.sendCode,
      name: 'recovery.send_code',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: z.object({}) },
      handle: (ctx) => sendAgain(deps, ctx),
    }),
    defineRoute({
      method: 'GET',
      path: recoveryPaths.nothing,
      name: 'recovery.nothing',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'nothing');
        if (at) showNothing(deps, ctx, at.recovery);
      },
    }),
  ];
}

async function verify(deps: RecoveryDependencies, ctx: HttpContext, code: string): Promise<void> {
  const cookie = recoveryCookie(deps, ctx) ?? '';
  // Sent twice, the first was right: the second is led on with the cookie that the first was given.
  if (!(await deps.recoveries.find(cookie))) return redirect(ctx, recoveryPaths.code);
  const at = await recoveryAt(deps, ctx, 'code');
  if (!at) return;
  const { recovery } = at;
  if (code === '') {
    const missing = { field: 'code', key: 'contact-code.code_missing' } as const;
    await showCode(deps, ctx, { recovery, errors: [missing] });
    return;
  }
  const outcome = await recoveryContact.prove({ ...deps, journeys: deps.recoveries }, recovery, {
    cookie,
    code,
    address: ctx.ip,
  });
  if (outcome.ok) {
    setRecoveryCookie(deps, ctx, outcome.id);
    return leadOn(deps, ctx, outcome.id);
  }
  const now = outcome.reason === 'changed' ? undefined : await deps.recoveries.find(cookie);
  if (outcome.reason === 'changed' || now?.stage !== 'contact') redirect(ctx, recoveryPaths.code);
  else await showCode(deps, ctx, { recovery, errors: [codeProblem(outcome)] });
}

async function sendAgain(deps: RecoveryDependencies, ctx: HttpContext): Promise<void> {
  const at = await recoveryAt(deps, ctx, 'code');
  if (!at) return;
  const { recovery } = at;
  const from = { address: ctx.ip, language: ctx.state.locale };
  const sent = await recoveryContact.send(deps, recovery, from);
  if (sent.ok) return redirect(ctx, recoveryPaths.code);
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  await showCode(deps, ctx, { recovery, errors: [sendProblem(sent)], status: 429 });
}

async function showCode(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  page: { recovery: Recovery; errors?: RecoverCodeLocals['errors']; status?: number },
): Promise<void> {
  const { recovery, errors = [] } = page;
  const { interaction, channel } = recovery;
  ctx.render(
    'recovery/recover-code',
    {
      sentTo: maskedContact(contactOf(recovery)),
      isOver: !(await recoveryContact.isUnderWay(deps, recovery)),
      form: { action: recoveryPaths.code },
      sendForm: { action: recoveryPaths.sendCode },
      changeHref: recoveryStart({ interaction, channel }),
      errors,
    },
    { status: page.status ?? (errors.length > 0 ? 422 : 200) },
  );
}

function showNothing(deps: RecoveryDependencies, ctx: HttpContext, recovery: Recovery): void {
  const { interaction, channel } = recovery;
  ctx.render('recovery/recover-stopped', {
    reason: 'nothing',
    againHref: recoveryStart({ interaction, channel }),
    signUpHref: signUpStart({ interaction }),
    ...(deps.verification.face ? { faceHref: recoveryPaths.face } : {}),
    ...(deps.review ? { reviewHref: recoveryPaths.review } : {}),
  });
}
