// What the pages of taking over an old account share: what they need, their addresses, the cookie of
// the migration under way, and the page at its end.
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths } from '../account/account-paths.ts';
import type { ProofOfWork } from '../credentials/proof-of-work.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import type { BindStockAccountDependencies } from './bind-stock-account.ts';
import type { ProveOldPasswordDependencies } from './prove-old-password.ts';
import type { StockReview } from './stock-review.ts';
import type { StockAccountStore } from './stock-account-store.ts';
import type { MigrationEndReason } from './stock-accounts.views.ts';
import type { StockMigration, StockMigrationStore } from './stock-migration-store.ts';

export interface MigrationPagesDependencies {
  visitors: AccountDependencies;
  cookies: CookieNames;
  isSecure: boolean;
  sources: readonly StockSource[];
  stock: StockAccountStore;
  migrations: StockMigrationStore;
  proving: ProveOldPasswordDependencies;
  binding: BindStockAccountDependencies;
  proofs: Pick<ProofOfWork, 'createChallenge'>;
  /** Undefined where staff look at nothing that is sent online. */
  review: StockReview | undefined;
  /** Absent where names are verified at windows only. */
  verificationPath: string | undefined;
}

export const migrationPaths = {
  start: '/migrate',
  from: '/migrate/from/:source',
  keep: '/migrate/from/:source/display',
  confirm: '/migrate/confirm',
  signIn: '/migrate/sign-in',
  done: '/migrate/done',
} as const;

export const stockReviewPaths = {
  status: accountPaths.oldAccount,
  files: accountPaths.oldAccountFiles,
  removeFile: `${accountPaths.oldAccountFiles}/remove`,
  send: `${accountPaths.oldAccountFiles}/send`,
  withdraw: `${accountPaths.oldAccount}/withdraw`,
} as const;

const COOKIE = 'hutong_stock_migration';

type CookieDependencies = Pick<MigrationPagesDependencies, 'cookies' | 'isSecure' | 'migrations'>;

export function setMigrationCookie(deps: CookieDependencies, ctx: HttpContext, id: string): void {
  const options = { ...cookieOptions(deps), signed: false };
  ctx.cookies.set(deps.cookies.host(COOKIE), id, options);
}

export async function findMigration(
  deps: CookieDependencies,
  ctx: HttpContext,
): Promise<StockMigration | undefined> {
  const id = ctx.cookies.get(deps.cookies.host(COOKIE), { signed: false })?.slice(0, 100);
  return id === undefined ? undefined : deps.migrations.find(id);
}

const STATUS: Readonly<Record<MigrationEndReason, number>> = {
  bound: 200,
  bound_unverified: 200,
  used: 409,
  ended: 400,
  not_completed: 409,
  not_for_kind: 409,
  other_account: 409,
};

export function showMigrationEnd(
  { verificationPath, review }: Pick<MigrationPagesDependencies, 'verificationPath' | 'review'>,
  ctx: HttpContext,
  of: { reason: MigrationEndReason; source?: StockSource | undefined; level?: number },
): void {
  const { reason, source, level } = of;
  ctx.state.pageAddress = reason === 'ended' ? migrationPaths.start : migrationPaths.confirm;
  ctx.render(
    'stock-accounts/migrate-end',
    {
      reason,
      ...(source ? { system: source.name[ctx.state.locale] } : {}),
      ...(level === undefined ? {} : { level }),
      ...(verificationPath === undefined ? {} : { verificationHref: verificationPath }),
      ...(review && reason === 'not_completed' ? { reviewHref: stockReviewPaths.files } : {}),
      accountHref: accountPaths.overview,
      againHref: migrationPaths.start,
    },
    { status: STATUS[reason] },
  );
}
