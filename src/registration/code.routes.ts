// The code that proves the contact; and what to do when the number opens an account already.
import { z } from 'zod';
import { maskPhone } from '../accounts/masking.ts';
import { contactOf } from '../credentials/journey-contact.ts';
import { codeProblem, maskedContact, sendProblem } from '../interactions/contact-code-page.ts';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { SignUpCodeLocals } from './registration.views.ts';
import type { RegistrationDependencies } from './registration-deps.ts';
import { leadOn, setSignUpCookie, signUpAt, signUpCookie } from './sign-up-access.ts';
import { signUpContact, takeNumberOver } from './sign-up-contact.ts';
import { signInPath, signUpPaths, signUpStart } from './sign-up-paths.ts';
import type { SignUp } from './sign-up-store.ts';

export function codeRoutes(deps: RegistrationDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: signUpPaths.code,
      name: 'registration.code',
      async handle(ctx) {
        const signUp = await signUpAt(deps, ctx, 'code');
        if (signUp) await showCode(deps, ctx, { signUp });
      },
    }),
    defineRoute({
      method: 'POST',
      path: signUpPaths.code,
      name: 'registration.verify_code',
      limiter: 'signUp',
      csrf: 'token',
      input: { body: z.object({ code: z.string().max(50).default('') }) },
      handle: (ctx, { body }) => verify(deps, ctx, typedCode(body.code)),
    }),
    defineRoute({
      method: 'POST',
      path: signUpPaths.sendCode,
      name: 'registration.send_code',
      limiter: 'signUp',
      csrf: 'token',
      input: { body: z.object({}) },
      handle: (ctx) => sendAgain(deps, ctx),
    }),
    defineRoute({
      method: 'GET',
      path: signUpPaths.known,
      name: 'registration.known',
      async handle(ctx) {
        const signUp = await signUpAt(deps, ctx, 'known');
        if (signUp) showKnown(deps, ctx, signUp);
      },
    }),
    defineRoute({
      method: 'POST',
      path: signUpPaths.known,
      name: 'registration.take_number_over',
      limiter: 'signUp',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const signUp = await signUpAt(deps, ctx, 'known');
        if (!signUp) return;
        await takeNumberOver(deps, signUp);
        await leadOn(deps, ctx);
      },
    }),
  ];
}

async function verify(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  code: string,
): Promise<void> {
  const cookie = signUpCookie(deps, ctx) ?? '';
  // Sent twice, the first was right: the second is led on with the cookie that the first was given.
  if (!(await deps.signUps.find(cookie))) return redirect(ctx, signUpPaths.code);
  const signUp = await signUpAt(deps, ctx, 'code');
  if (!signUp) return;
  if (code === '') {
    const missing = { field: 'code', key: 'contact-code.code_missing' } as const;
    await showCode(deps, ctx, { signUp, errors: [missing] });
    return;
  }
  const outcome = await signUpContact.prove({ ...deps, journeys: deps.signUps }, signUp, {
    cookie,
    code,
    address: ctx.ip,
  });
  if (outcome.ok) {
    setSignUpCookie(deps, ctx, outcome.id);
    await leadOn(deps, ctx, outcome.id);
    return;
  }
  const now = outcome.reason === 'changed' ? undefined : await deps.signUps.find(cookie);
  if (outcome.reason === 'changed' || now?.stage !== 'contact') redirect(ctx, signUpPaths.code);
  else await showCode(deps, ctx, { signUp, errors: [codeProblem(outcome)] });
}

async function sendAgain(deps: RegistrationDependencies, ctx: HttpContext): Promise<void> {
  const signUp = await signUpAt(deps, ctx, 'code');
  if (!signUp) return;
  const sent = await signUpContact.send(deps, signUp, {
    address: ctx.ip,
    language: ctx.state.locale,
  });
  if (sent.ok) {
    redirect(ctx, signUpPaths.code);
    return;
  }
  ctx.set('Retry-After', String(sent.retryAfterSeconds));
  await showCode(deps, ctx, { signUp, errors: [sendProblem(sent)], status: 429 });
}

async function showCode(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  page: { signUp: SignUp; errors?: SignUpCodeLocals['errors']; status?: number },
): Promise<void> {
  const { signUp, errors = [] } = page;
  ctx.render(
    'registration/sign-up-code',
    {
      sentTo: maskedContact(contactOf(signUp)),
      isOver: !(await signUpContact.isUnderWay(deps, signUp)),
      form: { action: signUpPaths.code },
      sendForm: { action: signUpPaths.sendCode },
      changeHref: signUpStart({ interaction: signUp.interaction, channel: signUp.channel }),
      errors,
    },
    { status: page.status ?? (errors.length > 0 ? 422 : 200) },
  );
}

function showKnown(deps: RegistrationDependencies, ctx: HttpContext, signUp: SignUp): void {
  ctx.render('registration/sign-up-known', {
    masked: maskPhone(signUp.contact),
    signInHref: signInPath(signUp.interaction),
    recoveryHref: deps.recoveryPath,
    form: { action: signUpPaths.known },
  });
}
