// The last form of a registration, agreement and password, and the page that says it is done.
import { z } from 'zod';
import { agreementPath } from '../agreements/agreement-path.ts';
import { contactOf } from '../credentials/journey-contact.ts';
import { allowReturn } from '../interactions/allow-return.ts';
import { maskedContact } from '../interactions/contact-code-page.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { REGISTRATION_AGREEMENT, register } from './register.ts';
import type { FormProblems } from './register.ts';
import type { SignUpDetailsProblem } from './registration.views.ts';
import type { RegistrationDependencies } from './registration-deps.ts';
import { leadOn, signUpAt } from './sign-up-access.ts';
import { signInPath, signUpPaths, signUpStart } from './sign-up-paths.ts';
import type { SignUp } from './sign-up-store.ts';

const body = z.object({
  login: z.string().max(200).default(''),
  new_password: z.string().max(1000).default(''),
  repeat_password: z.string().max(1000).default(''),
  agree: z.literal('yes').optional().catch(undefined),
  agreement_version: z.coerce.number().int().min(0).max(1e9).catch(0),
});
type Body = z.output<typeof body>;

const EMPTY: Body = {
  login: '',
  new_password: '',
  repeat_password: '',
  agree: undefined,
  agreement_version: 0,
};

export function detailsRoutes(deps: RegistrationDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: signUpPaths.details,
      name: 'registration.details',
      async handle(ctx) {
        const signUp = await signUpAt(deps, ctx, 'details');
        if (signUp) showDetails(deps, ctx, { signUp, form: EMPTY });
      },
    }),
    defineRoute({
      method: 'POST',
      path: signUpPaths.details,
      name: 'registration.register',
      limiter: 'signUp',
      csrf: 'token',
      input: { body },
      handle: (ctx, input) => finish(deps, ctx, input.body),
    }),
    defineRoute({
      method: 'POST',
      path: signUpPaths.keepDetails,
      name: 'registration.details_display',
      limiter: 'signUp',
      csrf: 'token',
      input: { body },
      async handle(ctx, input) {
        const signUp = await signUpAt(deps, ctx, 'details');
        if (signUp) showDetails(deps, ctx, { signUp, form: input.body });
      },
    }),
    defineRoute({
      method: 'GET',
      path: signUpPaths.registered,
      name: 'registration.registered',
      async handle(ctx) {
        const signUp = await signUpAt(deps, ctx, 'registered');
        if (signUp) await showRegistered(deps, ctx, signUp);
      },
    }),
    ...[signUpPaths.keepContact, signUpPaths.sendCode, signUpPaths.keepDetails].map((path) =>
      // The address of a form, opened by itself: after an error it stands in the address bar.
      defineRoute({
        method: 'GET',
        path,
        name: `registration.form${path.replaceAll('/', '_')}`,
        handle: (ctx) => leadOn(deps, ctx),
      }),
    ),
  ];
}

async function finish(deps: RegistrationDependencies, ctx: HttpContext, form: Body): Promise<void> {
  const signUp = await signUpAt(deps, ctx, 'details');
  if (!signUp) return;
  if (form.new_password !== form.repeat_password) {
    const differs = { field: 'repeat-password', key: 'new-password.repeat_differs' } as const;
    showDetails(deps, ctx, { signUp, form, errors: [differs] });
    return;
  }
  const outcome = await register(deps, signUp, {
    login: form.login,
    password: form.new_password,
    isAgreed: form.agree === 'yes',
    agreementVersion: form.agreement_version,
    language: ctx.state.locale,
    address: ctx.ip,
  });
  if (outcome.ok) {
    redirect(ctx, signUpPaths.registered);
    return;
  }
  switch (outcome.reason) {
    case 'form_unfit':
      showDetails(deps, ctx, { signUp, form, errors: errorsOf(outcome.problems, form) });
      return;
    case 'changed_meanwhile':
      await leadOn(deps, ctx);
      return;
    case 'overloaded':
      throw new AppError('overloaded', { retryAfterSeconds: outcome.retryAfterSeconds });
    default:
      outcome satisfies never;
  }
}

function errorsOf(
  { login, password, agreement }: FormProblems,
  form: Body,
): FieldError<SignUpDetailsProblem>[] {
  const isMissing = form.new_password === '';
  return [
    ...login.map((problem) => ({
      field: 'login',
      key: `sign-up.problem.${problem}` as const,
    })),
    ...(isMissing
      ? [{ field: 'new-password', key: 'sign-up.problem.password_missing' as const }]
      : password.map((problem) => ({
          field: 'new-password',
          key: `new-password.problem.${problem}` as const,
        }))),
    ...agreement.map((problem) => ({ field: 'agree', key: `agreement.${problem}` as const })),
  ];
}

function showDetails(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  page: { signUp: SignUp; form: Body; errors?: readonly FieldError<SignUpDetailsProblem>[] },
): void {
  const { signUp, form, errors = [] } = page;
  const { name, version, texts } = deps.agreements.current(REGISTRATION_AGREEMENT);
  ctx.render(
    'registration/sign-up-details',
    {
      contact: maskedContact(contactOf(signUp)),
      changeHref: signUpStart({ interaction: signUp.interaction, channel: signUp.channel }),
      agreement: { title: texts[ctx.state.locale].title, href: agreementPath(name) },
      login: form.login,
      // What was agreed to was another text.
      isTicked: form.agree === 'yes' && form.agreement_version === version,
      form: { action: signUpPaths.details, fields: { agreement_version: String(version) } },
      keepForm: { id: 'details-form', action: signUpPaths.keepDetails },
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function showRegistered(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  signUp: SignUp,
): Promise<void> {
  const { interaction } = signUp;
  const { verificationPath } = deps;
  const isOpen = interaction !== undefined && !signUp.isHandedOver;
  if (isOpen) await allowReturn(deps, ctx, interaction);
  ctx.render('registration/registered', {
    contact: maskedContact(contactOf(signUp)),
    onward: isOpen
      ? { form: { action: `${signInPath(interaction)}/registered` } }
      : { href: signInPath(undefined) },
    ...(verificationPath === undefined ? {} : { verificationHref: verificationPath }),
  });
}
