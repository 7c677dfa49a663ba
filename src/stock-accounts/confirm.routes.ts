// The second half of taking over an old account: who signs in or registers here says that it is
// theirs, and it is joined to their account.
import { z } from 'zod';
import { displayName, findVisitor, sendToSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { accountPaths } from '../account/account-paths.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import { maskName } from '../accounts/masking.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { bindStockAccount } from './bind-stock-account.ts';
import { findMigration, migrationPaths, showMigrationEnd } from './migration-pages.ts';
import type { MigrationPagesDependencies } from './migration-pages.ts';
import { trustedLevel } from './stock-account.ts';
import type { StockAccount } from './stock-account.ts';
import { isMergeToken } from './stock-migration-store.ts';
import type { StockMigration } from './stock-migration-store.ts';

const body = z.object({ merge_token: z.string().max(100).default('') });

export function confirmRoutes(deps: MigrationPagesDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: migrationPaths.confirm,
      name: 'stock_accounts.confirm',
      handle: (ctx) => showConfirm(deps, ctx),
    }),
    defineRoute({
      method: 'GET',
      path: migrationPaths.signIn,
      name: 'stock_accounts.sign_in',
      handle: (ctx) => sendToSignIn(deps.visitors, ctx, { returnTo: migrationPaths.confirm }),
    }),
    defineRoute({
      method: 'POST',
      path: migrationPaths.confirm,
      name: 'stock_accounts.bind',
      limiter: 'verification',
      csrf: 'token',
      input: { body },
      handle: (ctx, input) => bind(deps, ctx, input.body.merge_token),
    }),
    defineRoute({
      method: 'GET',
      path: migrationPaths.done,
      name: 'stock_accounts.done',
      handle: (ctx) => showDone(deps, ctx),
    }),
  ];
}

interface UnderWay {
  migration: StockMigration;
  old: StockAccount;
  source: StockSource;
}

/** Undefined when there is none; the reader has been told. */
async function underWay(
  deps: MigrationPagesDependencies,
  ctx: HttpContext,
): Promise<UnderWay | undefined> {
  const migration = await findMigration(deps, ctx);
  const old = migration && (await deps.stock.findById(migration.stockId));
  const source = deps.sources.find(({ id }) => id === migration?.source);
  if (migration && old && source) return { migration, old, source };
  showMigrationEnd(deps, ctx, { reason: 'ended' });
  return undefined;
}

/** False when it is not, and the reader has been told. */
async function isTheirs(
  deps: MigrationPagesDependencies,
  ctx: HttpContext,
  { migration, source, visitor }: UnderWay & { visitor: Visitor },
): Promise<boolean> {
  const { account } = visitor;
  if (account.kind !== 'naturalPerson') {
    showMigrationEnd(deps, ctx, { reason: 'not_for_kind', source });
    return false;
  }
  if (await deps.migrations.claim(migration.key, account.id)) return true;
  showMigrationEnd(deps, ctx, { reason: 'other_account', source });
  return false;
}

async function showConfirm(deps: MigrationPagesDependencies, ctx: HttpContext): Promise<void> {
  const found = await underWay(deps, ctx);
  if (!found) return;
  const { migration, old, source } = found;
  if (migration.accountId !== undefined) {
    redirect(ctx, migrationPaths.done);
    return;
  }
  if (old.state !== 'imported') {
    showMigrationEnd(deps, ctx, { reason: 'used', source });
    return;
  }
  const visitor = await findVisitor(deps.visitors, ctx);
  if (visitor && !(await isTheirs(deps, ctx, { ...found, visitor }))) return;
  const level = visitor && trustedLevel(old.details, source, visitor.account);
  const fields = { merge_token: migration.mergeToken };
  ctx.render('stock-accounts/migrate-confirm', {
    system: source.name[ctx.state.locale],
    oldLogin: maskName(old.details.login),
    ...(visitor
      ? {
          account: {
            name: displayName(visitor.account),
            form: { action: migrationPaths.confirm, fields },
          },
        }
      : {}),
    signInHref: migrationPaths.signIn,
    accountHref: accountPaths.overview,
    ...(level === undefined ? {} : { level }),
  });
}

async function bind(
  deps: MigrationPagesDependencies,
  ctx: HttpContext,
  token: string,
): Promise<void> {
  const found = await underWay(deps, ctx);
  if (!found) return;
  const { migration, source } = found;
  const visitor = await findVisitor(deps.visitors, ctx);
  if (!visitor) {
    // Signed out meanwhile: the way leads over the sign-in and back.
    redirect(ctx, migrationPaths.confirm);
    return;
  }
  const { account } = visitor;
  if (!(await isTheirs(deps, ctx, { ...found, visitor }))) return;
  if (!isMergeToken(migration, token) || migration.accountId !== undefined) {
    showMigrationEnd(deps, ctx, { reason: 'used', source });
    return;
  }
  const outcome = await bindStockAccount(deps.binding, { ...found, account, address: ctx.ip });
  if (!outcome.ok) {
    showMigrationEnd(deps, ctx, { reason: outcome.reason, source });
    return;
  }
  redirect(ctx, migrationPaths.done);
}

/** What it has come to, also after a second look. */
async function showDone(deps: MigrationPagesDependencies, ctx: HttpContext): Promise<void> {
  const found = await underWay(deps, ctx);
  if (!found) return;
  const { migration, source } = found;
  const visitor = await findVisitor(deps.visitors, ctx);
  if (!visitor || migration.accountId !== visitor.account.id) {
    redirect(
      ctx,
      migration.accountId === undefined ? migrationPaths.confirm : accountPaths.overview,
    );
    return;
  }
  const { realNameLevel: level } = visitor.account;
  const reason = level >= VERIFIED_LEVEL ? 'bound' : 'bound_unverified';
  showMigrationEnd(deps, ctx, { reason, source, level });
}
