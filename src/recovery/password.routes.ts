// The last form of a recovery, a new password, and the page that says it is done.
import { z } from 'zod';
import type { NewPasswordProblem } from '../credentials/credentials.views.ts';
import { allowReturn } from '../interactions/allow-return.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { signInPath } from '../registration/sign-up-paths.ts';
import { leadOn, recoveryAt } from './recovery-access.ts';
import type { At } from './recovery-access.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths } from './recovery-paths.ts';
import type { Recovery } from './recovery-store.ts';
import { resetAccount } from './reset-account.ts';
import { mayWait } from './wait.routes.ts';

const body = z.object({
  new_password: z.string().max(1000).default(''),
  repeat_password: z.string().max(1000).default(''),
});

export function passwordRoutes(deps: RecoveryDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: recoveryPaths.password,
      name: 'recovery.password',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'password');
        if (at) await showPassword(deps, ctx, { at });
      },
    }),
    defineRoute({
      method: 'POST',
      path: recoveryPaths.password,
      name: 'recovery.new_password',
      limiter: 'recovery',
      csrf: 'token',
      input: { body },
      handle: (ctx, input) => choose(deps, ctx, input.body),
    }),
    defineRoute({
      method: 'GET',
      path: recoveryPaths.done,
      name: 'recovery.done',
      async handle(ctx) {
        const at = await recoveryAt(deps, ctx, 'done');
        if (at) await showDone(deps, ctx, at.recovery);
      },
    }),
    ...[recoveryPaths.keepContact, recoveryPaths.sendCode, recoveryPaths.passkey].map((path) =>
      // The address of a form, opened by itself: after an error it stands in the address bar.
      defineRoute({
        method: 'GET',
        path,
        name: `recovery.form${path.replaceAll('/', '_')}`,
        handle: (ctx) => leadOn(deps, ctx),
      }),
    ),
  ];
}

async function choose(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  given: z.output<typeof body>,
): Promise<void> {
  const at = await recoveryAt(deps, ctx, 'password');
  if (!at) return;
  const mistyped = mistypedFields(given);
  if (mistyped.length > 0) return showPassword(deps, ctx, { at, errors: mistyped });
  const { recovery, account } = at;
  const outcome = await resetAccount(deps, {
    recovery,
    account,
    newPassword: given.new_password,
    address: ctx.ip,
  });
  if (!outcome.ok && outcome.reason === 'overloaded') {
    throw new AppError('overloaded', { retryAfterSeconds: outcome.retryAfterSeconds });
  }
  if (outcome.ok || outcome.reason === 'changed_meanwhile') return leadOn(deps, ctx);
  const errors = outcome.problems.map((problem): FieldError<NewPasswordProblem> => ({
    field: 'new-password',
    key: `new-password.problem.${problem}`,
  }));
  await showPassword(deps, ctx, { at, errors });
}

function mistypedFields(given: z.output<typeof body>): FieldError<NewPasswordProblem>[] {
  if (given.new_password === '') return [{ field: 'new-password', key: 'new-password.missing' }];
  return given.new_password === given.repeat_password
    ? []
    : [{ field: 'repeat-password', key: 'new-password.repeat_differs' }];
}

async function showPassword(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  page: { at: At<'password'>; errors?: readonly FieldError<NewPasswordProblem>[] },
): Promise<void> {
  const { at, errors = [] } = page;
  const { recovery, account } = at;
  const canWait = await mayWait(deps, recovery, at);
  ctx.render(
    'recovery/recover-password',
    {
      rules: account.kind === 'civilServant' ? 'level3' : 'citizen',
      isFresh: recovery.proof === 'waited',
      form: { action: recoveryPaths.password },
      ...(canWait ? { waitForm: { action: recoveryPaths.wait } } : {}),
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function showDone(
  deps: RecoveryDependencies,
  ctx: HttpContext,
  { interaction, isHandedOver }: Recovery,
): Promise<void> {
  const isOpen = interaction !== undefined && !isHandedOver;
  if (isOpen) await allowReturn(deps, ctx, interaction);
  ctx.render('recovery/recovered', {
    onward: isOpen
      ? { form: { action: `${signInPath(interaction)}/recovered` } }
      : { href: signInPath(undefined) },
  });
}
