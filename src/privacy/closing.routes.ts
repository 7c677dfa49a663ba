// The pages of closing an account: what happens and what is kept, the request, what was begun, and the
// way back by the link of the notice.
import { z } from 'zod';
import { accountFrame, visitorOrExplanation } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths } from '../account/account-paths.ts';
import { isGuardProven } from '../account/fresh-sign-in.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { CANCEL_PATH, cancelClosing, requestClosing } from './close-account.ts';
import type { CloseAccountDependencies } from './close-account.ts';
import { obstaclesOf } from './closing-guard.ts';
import type { ProvenPageOf } from './export.routes.ts';
import type { CloseLocals } from './privacy.views.ts';

export interface ClosingPageDependencies {
  visitors: AccountDependencies;
  provenPage: ProvenPageOf;
  closing: CloseAccountDependencies;
  auditKeptDays: number;
}

export const CLOSING_PATH = '/account-closing';

const closeBody = z.object({ sure: z.literal('yes').optional().catch(undefined) });
/** 256 bits in base64url. */
const codeShape = /^[\w-]{43}$/u;
const COOKIE = 'hutong_closing';
const COOKIE_SECONDS = 1800;

export function closingRoutes(deps: ClosingPageDependencies): Route[] {
  const { visitors, closing } = deps;
  return [
    deps.provenPage({
      page: accountPaths.close,
      name: 'privacy.close',
      show: (_, ctx, { visitor }) => showClose(deps, ctx, { visitor, errors: [] }),
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.requestClosing,
      name: 'privacy.request_closing',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: closeBody },
      async handle(ctx, { body }) {
        const visitor = await visitorOrExplanation(visitors, ctx);
        if (visitor) await request(deps, ctx, { visitor, isSure: body.sure === 'yes' });
      },
    }),
    defineRoute({
      method: 'GET',
      path: CLOSING_PATH,
      name: 'privacy.closing',
      handle: (ctx) => ctx.render('privacy/closing-begun', { days: closing.settings.closingDays }),
    }),
    defineRoute({
      // A link by itself changes nothing; its token moves from the address into a cookie.
      method: 'GET',
      path: `${CANCEL_PATH}/:code`,
      name: 'privacy.cancel_closing_link',
      input: { params: z.object({ code: z.string().max(200) }) },
      handle(ctx, { params }) {
        keepCode(deps, ctx, params.code);
        redirect(ctx, CANCEL_PATH);
      },
    }),
    defineRoute({
      method: 'GET',
      path: CANCEL_PATH,
      name: 'privacy.cancel_closing_page',
      limiter: 'enrolment',
      input: { query: z.object({ code: z.string().max(200).optional().catch(undefined) }) },
      async handle(ctx, { query }) {
        if (query.code === undefined) return showCancel(deps, ctx, codeOf(deps, ctx));
        // Of notices that the release before has sent.
        keepCode(deps, ctx, query.code);
        redirect(ctx, CANCEL_PATH);
      },
    }),
    defineRoute({
      method: 'POST',
      path: CANCEL_PATH,
      name: 'privacy.cancel_closing',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({}) },
      handle: (ctx) => cancel(deps, ctx, codeOf(deps, ctx)),
    }),
  ];
}

function keepCode({ visitors }: ClosingPageDependencies, ctx: HttpContext, given: string): void {
  ctx.cookies.set(visitors.cookies.host(COOKIE), codeShape.test(given) ? given : null, {
    ...cookieOptions(visitors),
    signed: false,
    maxAge: COOKIE_SECONDS * 1000,
  });
}

function codeOf({ visitors }: ClosingPageDependencies, ctx: HttpContext): string | undefined {
  const given = ctx.cookies.get(visitors.cookies.host(COOKIE), { signed: false }) ?? '';
  return codeShape.test(given) ? given : undefined;
}

async function showClose(
  { visitors, closing, auditKeptDays }: ClosingPageDependencies,
  ctx: HttpContext,
  { visitor, errors }: { visitor: Visitor; errors: CloseLocals['errors'] },
): Promise<void> {
  const [frame, obstacles] = await Promise.all([
    accountFrame(visitors, visitor),
    obstaclesOf(closing.guards, visitor.account),
  ]);
  const { closingDays, closedKeptDays } = closing.settings;
  ctx.render(
    'privacy/close',
    {
      ...frame,
      obstacles,
      days: closingDays,
      kept: [
        { kind: 'closed_accounts', days: closedKeptDays },
        { kind: 'audit', days: auditKeptDays },
      ],
      form: { action: accountPaths.requestClosing },
      exportHref: accountPaths.export,
      backHref: accountPaths.privacy,
      errors,
    },
    { status: errors.length > 0 ? 422 : 200 },
  );
}

async function request(
  deps: ClosingPageDependencies,
  ctx: HttpContext,
  { visitor, isSure }: { visitor: Visitor; isSure: boolean },
): Promise<void> {
  const { visitors, closing } = deps;
  if (!(await isGuardProven(visitors, visitor))) return redirect(ctx, accountPaths.close);
  if (!isSure) {
    const errors = [{ field: 'sure', key: 'closing.not_sure' }] as const;
    return showClose(deps, ctx, { visitor, errors });
  }
  const of = { accountId: visitor.account.id, address: ctx.ip };
  const outcome = await requestClosing(closing, of);
  // What forbids it stands on the page.
  const isBegun = outcome.ok || outcome.reason !== 'forbidden';
  redirect(ctx, isBegun ? CLOSING_PATH : accountPaths.close);
}

/** The same page for any code but a good one: nothing is learnt about accounts. */
async function showCancel(
  { closing }: ClosingPageDependencies,
  ctx: HttpContext,
  given: string | undefined,
): Promise<void> {
  const account = given === undefined ? undefined : await closing.closings.findByCancelToken(given);
  if (given === undefined || account?.isClosing !== true || !account.closing) {
    ctx.render('privacy/closing-cancel', { state: 'over' }, { status: 410 });
    return;
  }
  const form = { action: CANCEL_PATH };
  ctx.render('privacy/closing-cancel', { state: 'open', form, until: account.closing.dueAt });
}

async function cancel(
  deps: ClosingPageDependencies,
  ctx: HttpContext,
  given: string | undefined,
): Promise<void> {
  const { closing } = deps;
  const account = given === undefined ? undefined : await closing.closings.findByCancelToken(given);
  const by = { actor: 'anonymous', address: ctx.ip };
  const isCancelled = account !== undefined && (await cancelClosing(closing, account.id, by));
  const status = isCancelled ? 200 : 410;
  ctx.render('privacy/closing-cancel', { state: isCancelled ? 'cancelled' : 'over' }, { status });
}
