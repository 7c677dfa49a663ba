// A new password before a sign-in may finish: the old one was chosen by somebody else, or is older
// than the rules of the account's kind allow.
import { z } from 'zod';
import type { NewPasswordOutcome } from '../credentials/change-password.ts';
import { tellPasswordChange } from '../entity-sign-in/tell-password-change.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { NewPasswordProblem } from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { interactionParams, interactionPath } from './interaction-access.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { accountOf } from './sign-in-situation.ts';
import { dueStep } from './sign-in-step-form.ts';
import type { StepPage } from './sign-in-step-form.ts';

const body = z.object({
  new_password: z.string().max(1000).default(''),
  repeat_password: z.string().max(1000).default(''),
});

export function newPasswordRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/new-password',
      name: 'interactions.new_password',
      limiter: 'enrolment',
      csrf: 'token',
      input: { params: interactionParams, body },
      handle: (ctx, input) => choose(deps, ctx, { uid: input.params.uid, ...input.body }),
    }),
  ];
}

async function choose(
  deps: InteractionDependencies,
  ctx: HttpContext,
  given: z.output<typeof body> & { uid: string },
): Promise<void> {
  const page = await dueStep(deps, ctx, { uid: given.uid, step: 'new_password' });
  const password = page?.situation.progress.password;
  if (!page || !password) return;
  const errors = mistypedFields(given);
  if (errors.length > 0) {
    showNewPassword(ctx, { ...page, errors });
    return;
  }
  const account = accountOf(page.situation);
  const outcome = await deps.passwords.choose({
    account,
    revision: password.revision,
    newPassword: given.new_password,
    address: ctx.ip,
    isKnownDevice: password.isKnownDevice,
  });
  if (!outcome.ok) {
    refuse(ctx, page, outcome);
    return;
  }
  const renewed = { ...password, revision: outcome.revision };
  await keepProgress(deps, page.open.interaction, {
    ...page.situation.progress,
    password: renewed,
  });
  await tellPasswordChange(deps, account);
  redirect(ctx, interactionPath(given.uid));
}

function mistypedFields(given: z.output<typeof body>): FieldError<NewPasswordProblem>[] {
  if (given.new_password === '') return [{ field: 'new-password', key: 'new-password.missing' }];
  return given.new_password === given.repeat_password
    ? []
    : [{ field: 'repeat-password', key: 'new-password.repeat_differs' }];
}

function refuse(
  ctx: HttpContext,
  page: StepPage<NewPasswordProblem>,
  outcome: NewPasswordOutcome & { ok: false },
): void {
  switch (outcome.reason) {
    case 'password_unfit': {
      const errors = outcome.problems.map((problem): FieldError<NewPasswordProblem> => ({
        field: 'new-password',
        key: `new-password.problem.${problem}`,
      }));
      showNewPassword(ctx, { ...page, errors });
      return;
    }
    case 'changed_meanwhile':
      // Another tab or device was first; what is due now is decided anew.
      redirect(ctx, interactionPath(page.open.interaction.uid));
      return;
    case 'overloaded':
      throw new AppError('overloaded', { retryAfterSeconds: outcome.retryAfterSeconds });
    default:
      outcome satisfies never;
  }
}

export function showNewPassword(ctx: HttpContext, page: StepPage<NewPasswordProblem>): void {
  const path = interactionPath(page.open.interaction.uid);
  const account = accountOf(page.situation);
  const errors = page.errors ?? [];
  ctx.render(
    'credentials/new-password',
    {
      relyingParty: page.open.relyingParty,
      reason: page.situation.passwordDue ?? 'given',
      rules: account.kind === 'civilServant' ? 'level3' : 'citizen',
      ...(account.login === undefined ? {} : { login: account.login }),
      form: { action: `${path}/new-password` },
      errors,
      cancelForm: { action: `${path}/cancel` },
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}
