// The first half of taking over an old account: which system it is of, and the password there.
import { z } from 'zod';
import { findVisitor } from '../account/account-access.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { migrationPaths, setMigrationCookie, stockReviewPaths } from './migration-pages.ts';
import type { MigrationPagesDependencies } from './migration-pages.ts';
import { oldPasswordProofDue, proveOldPassword } from './prove-old-password.ts';
import type { OldPasswordResult } from './prove-old-password.ts';
import type { OldPasswordLocals, OldPasswordProblem } from './stock-accounts.views.ts';

const params = z.object({ source: z.string().max(40) });
const body = z.object({
  login: z.string().max(200).default(''),
  password: z.string().max(1000).default(''),
  altcha: z.string().max(20_000).optional(),
  wait_token: z.string().max(1000).optional(),
});
type Body = z.output<typeof body>;

export function oldPasswordRoutes(deps: MigrationPagesDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: migrationPaths.start,
      name: 'stock_accounts.systems',
      handle: (ctx) => showSystems(deps, ctx),
    }),
    defineRoute({
      method: 'GET',
      path: migrationPaths.from,
      name: 'stock_accounts.old_password',
      input: { params },
      async handle(ctx, input) {
        const page = { source: sourceOf(deps, input.params.source), login: '' };
        await showForm(deps, ctx, page);
      },
    }),
    defineRoute({
      method: 'POST',
      path: migrationPaths.from,
      name: 'stock_accounts.prove',
      limiter: 'signIn',
      csrf: 'token',
      input: { params, body },
      async handle(ctx, input) {
        const source = sourceOf(deps, input.params.source);
        if (await prove(deps, ctx, { source, typed: input.body })) await input.giveBack();
      },
    }),
    defineRoute({
      method: 'POST',
      path: migrationPaths.keep,
      name: 'stock_accounts.old_password_display',
      limiter: 'signIn',
      csrf: 'token',
      input: { params, body },
      async handle(ctx, input) {
        const source = sourceOf(deps, input.params.source);
        await showForm(deps, ctx, { source, login: input.body.login });
      },
    }),
    defineRoute({
      // The address of that form, opened by itself.
      method: 'GET',
      path: migrationPaths.keep,
      name: 'stock_accounts.old_password_form',
      input: { params },
      handle(ctx, input) {
        redirect(ctx, pathOf(sourceOf(deps, input.params.source)));
      },
    }),
  ];
}

async function showSystems(deps: MigrationPagesDependencies, ctx: HttpContext): Promise<void> {
  const systems = deps.sources.map((source) => ({
    name: source.name[ctx.state.locale],
    href: pathOf(source),
  }));
  const visitor = await findVisitor(deps.visitors, ctx);
  const present = visitor && (await deps.review?.caseOf(visitor.account.id));
  const review = present ? { reviewHref: stockReviewPaths.status } : {};
  ctx.render('stock-accounts/migrate-systems', { systems, ...review });
}

/** @throws AppError not_found */
function sourceOf({ sources }: MigrationPagesDependencies, id: string): StockSource {
  const source = sources.find((each) => each.id === id);
  if (!source) throw new AppError('not_found');
  return source;
}

function pathOf({ id }: StockSource): string {
  return migrationPaths.from.replace(':source', id);
}

/** True when the password was right. */
async function prove(
  deps: MigrationPagesDependencies,
  ctx: HttpContext,
  { source, typed }: { source: StockSource; typed: Body },
): Promise<boolean> {
  const { login, password } = typed;
  const missing = missingFields(typed);
  if (missing.length > 0) {
    await showForm(deps, ctx, { source, login, errors: missing });
    return false;
  }
  const result = await proveOldPassword(deps.proving, {
    source,
    login,
    password,
    address: ctx.ip,
    proof: { altcha: typed.altcha, waitTicket: typed.wait_token },
  });
  if (!result.ok) {
    await showRefusal(deps, ctx, { source, typed, result });
    return false;
  }
  const visitor = await findVisitor(deps.visitors, ctx);
  const id = await deps.migrations.begin({
    stockId: result.account.id,
    source: source.id,
    ownerId: visitor?.account.id,
  });
  setMigrationCookie(deps, ctx, id);
  redirect(ctx, migrationPaths.confirm);
  return true;
}

function missingFields({ login, password }: Body): FieldError<OldPasswordProblem>[] {
  return [
    ...(login.trim() === ''
      ? [{ field: 'login', key: 'migrate.problem.login_missing' } as const]
      : []),
    ...(password === ''
      ? [{ field: 'password', key: 'migrate.problem.password_missing' } as const]
      : []),
  ];
}

async function showRefusal(
  deps: MigrationPagesDependencies,
  ctx: HttpContext,
  of: { source: StockSource; typed: Body; result: OldPasswordResult & { ok: false } },
): Promise<void> {
  const { source, typed, result } = of;
  const { login } = typed;
  switch (result.reason) {
    case 'credentials_wrong': {
      const errors = [{ key: 'migrate.problem.refused' }] as const;
      await showForm(deps, ctx, { source, login, errors });
      return;
    }
    case 'proof_of_work_required': {
      const { waitSeconds } = result;
      const error =
        waitSeconds === undefined
          ? ({ key: 'migrate.problem.proof_missing' } as const)
          : ({ key: 'migrate.problem.wait_not_over', values: { count: waitSeconds } } as const);
      // The old ticket keeps running: a page without script must be able to reach its end.
      const ticket = waitSeconds === undefined ? undefined : typed.wait_token;
      await showForm(deps, ctx, { source, login, errors: [error], ticket, waitSeconds });
      return;
    }
    case 'budget_exhausted': {
      ctx.set('Retry-After', String(result.retryAfterSeconds));
      const retryMinutes = Math.ceil(result.retryAfterSeconds / 60);
      await showForm(deps, ctx, { source, login, retryMinutes });
      return;
    }
    case 'overloaded':
      throw new AppError('overloaded', { retryAfterSeconds: result.retryAfterSeconds });
    default:
      result satisfies never;
  }
}

interface ShownForm {
  source: StockSource;
  login: string;
  errors?: OldPasswordLocals['errors'];
  ticket?: string | undefined;
  waitSeconds?: number | undefined;
  retryMinutes?: number;
}

async function showForm(
  deps: MigrationPagesDependencies,
  ctx: HttpContext,
  page: ShownForm,
): Promise<void> {
  const { source, login, errors = [], retryMinutes } = page;
  const action = pathOf(source);
  ctx.state.pageAddress = action;
  const proofOfWork = await dueProof(deps, ctx, page);
  ctx.render(
    'stock-accounts/migrate-password',
    {
      system: source.name[ctx.state.locale],
      login,
      form: { action },
      keepForm: { id: 'old-password-form', action: `${action}/display` },
      otherHref: migrationPaths.start,
      errors,
      ...(proofOfWork ? { proofOfWork } : {}),
      ...(retryMinutes === undefined ? {} : { retryMinutes }),
    },
    { status: retryMinutes === undefined ? (errors.length > 0 ? 422 : 200) : 429 },
  );
}

async function dueProof(
  deps: MigrationPagesDependencies,
  ctx: HttpContext,
  { source, login, ticket, waitSeconds }: ShownForm,
): Promise<OldPasswordLocals['proofOfWork']> {
  if (login === '') return undefined;
  const address = ctx.ip;
  const failures = await oldPasswordProofDue(deps.proving, { source, login, address });
  if (failures === 0) return undefined;
  const made = await deps.proofs.createChallenge({ address, failures });
  return {
    challenge: JSON.stringify(made.challenge),
    waitSeconds: ticket === undefined ? made.waitSeconds : (waitSeconds ?? made.waitSeconds),
    waitToken: ticket ?? made.waitTicket,
  };
}
