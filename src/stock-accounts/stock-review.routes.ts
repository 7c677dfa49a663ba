// The review of an old account by staff: how far it is, and taking it back.
import { z } from 'zod';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { accountPaths } from '../account/account-paths.ts';
import { VERIFIED_LEVEL } from '../accounts/account.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { migrationPaths, stockReviewPaths } from './migration-pages.ts';
import type { MigrationPagesDependencies } from './migration-pages.ts';
import { stockReviewFilesRoutes } from './stock-review-files.routes.ts';
import type { StockReviewDependencies } from './stock-review-access.ts';
import type { StockReviewStatusLocals } from './stock-accounts.views.ts';

export function stockReviewRoutes(deps: MigrationPagesDependencies): Route[] {
  const { review } = deps;
  if (!review) return [];
  const own = { ...deps, review };
  return [
    defineRoute({
      method: 'GET',
      path: stockReviewPaths.status,
      name: 'stock_accounts.review',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(deps.visitors, ctx);
        if (visitor) await showStatus(own, ctx, { visitor, errors: [] });
      },
    }),
    defineRoute({
      method: 'POST',
      path: stockReviewPaths.withdraw,
      name: 'stock_accounts.review_withdraw',
      limiter: 'verification',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(deps.visitors, ctx);
        if (visitor) await withdraw(own, ctx, visitor);
      },
    }),
    ...stockReviewFilesRoutes(own),
  ];
}

async function showStatus(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  { visitor, errors }: { visitor: Visitor; errors: StockReviewStatusLocals['errors'] },
): Promise<void> {
  const present = await deps.review.caseOf(visitor.account.id);
  if (!present) return redirect(ctx, migrationPaths.start);
  const { id, state, openedAt, dueAt, closedAt, reason, note, fileIds, claimed } = present;
  const isOpen = state === 'waiting' || state === 'more_needed';
  const verdict = state === 'more_needed' ? 'ask' : 'reject';
  const isHeld = state === 'approved' && visitor.account.realNameLevel < VERIFIED_LEVEL;
  const source = deps.sources.find((each) => each.id === claimed.legacySystem);
  ctx.render(
    'stock-accounts/review-status',
    {
      ...(await accountFrame(deps.visitors, visitor)),
      system: source?.name[ctx.state.locale] ?? claimed.legacySystem ?? '',
      state,
      number: id,
      openedAt,
      ...(state === 'waiting' ? { dueAt } : {}),
      ...(closedAt ? { closedAt } : {}),
      ...(reason ? { reason: `review.reason.${verdict}.${reason}.applicant` } : {}),
      ...(note === undefined ? {} : { note }),
      fileCount: fileIds.length,
      ...(state === 'more_needed' ? { supplyHref: stockReviewPaths.files } : {}),
      ...(isOpen ? { withdrawForm: { action: stockReviewPaths.withdraw } } : {}),
      ...(isHeld ? { mergeHref: accountPaths.merge } : {}),
      ...(state === 'rejected' || state === 'withdrawn' ? { againHref: migrationPaths.start } : {}),
      backHref: accountPaths.overview,
      errors,
    },
    { status: errors.length > 0 ? 409 : 200 },
  );
}

async function withdraw(
  deps: StockReviewDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  if (await deps.review.withdraw(visitor.account.id)) {
    const notice = 'account.notice.review_withdrawn';
    return confirmOn(deps.visitors, ctx, { visitor, page: stockReviewPaths.status, notice });
  }
  const errors = [{ key: 'verification-review.status.too_late' }] as const;
  await showStatus(deps, ctx, { visitor, errors });
}
