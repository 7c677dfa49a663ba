// The review of an old account by staff: how far it is, and taking it back.
import { accountFrame } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { accountPaths } from '../account/account-paths.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import { caseStatusRoutes } from '../papers/case-status-pages.ts';
import { confirming } from '../papers/paper-files-pages.ts';
import { presentStatus } from '../papers/present-papers.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { Route } from '../platform/http/route.ts';
import { migrationPaths, stockReviewPaths } from './migration-pages.ts';
import type { MigrationPagesDependencies } from './migration-pages.ts';
import { whoReviews } from './stock-review-access.ts';
import type { StockReviewDependencies } from './stock-review-access.ts';
import { stockReviewFilesRoutes } from './stock-review-files.routes.ts';
import type { StockReviewStatusLocals } from './stock-accounts.views.ts';

export function stockReviewRoutes(deps: MigrationPagesDependencies): Route[] {
  const { review } = deps;
  if (!review) return [];
  const own = { ...deps, review };
  const { status, withdraw } = stockReviewPaths;
  const statusRoutes = caseStatusRoutes<Visitor, Visitor>({
    name: 'stock_accounts.review',
    paths: { status, withdraw },
    who: (ctx, does) => whoReviews(own, ctx, does),
    causeOf: (_ctx, { person }) => person,
    hrefOf: () => status,
    show: (ctx, of) => showStatus(own, ctx, of),
    takeBack: ({ person }) => review.takeBack(person.account.id),
    nextHref: status,
    confirm: confirming(deps.visitors),
  });
  return [...statusRoutes, ...stockReviewFilesRoutes(own)];
}

async function showStatus(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { person: visitor, errors }: { person: Visitor; errors: StockReviewStatusLocals['errors'] },
): Promise<void> {
  const present = await deps.review.caseOf(visitor.account.id);
  if (!present) return redirect(ctx, migrationPaths.start);
  const { state, claimed } = present;
  const isHeld = state === 'approved' && visitor.account.realNameLevel < VERIFIED_LEVEL;
  const source = deps.sources.find((each) => each.id === claimed.legacySystem);
  ctx.render(
    'stock-accounts/review-status',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      system: source?.name[ctx.state.locale] ?? claimed.legacySystem ?? '',
      ...presentStatus(present, {
        supplyHref: stockReviewPaths.files,
        withdrawForm: { action: stockReviewPaths.withdraw },
        againHref: migrationPaths.start,
      }),
      ...(isHeld ? { mergeHref: accountPaths.merge } : {}),
      backHref: accountPaths.overview,
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}
