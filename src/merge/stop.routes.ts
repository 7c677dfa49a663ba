// The link of the notice by which anybody who is reached says "this is not me". A link by itself
// changes nothing, because programs open links too: its token moves from the address into a cookie,
// and the page that follows has a button.
import { z } from 'zod';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { AccountMerge } from './account-merge-store.ts';
import { STOP_PATH, stopMerge } from './merge-accounts.ts';
import type { MergePageDependencies } from './merge.routes.ts';
import type { MergeStopLocals } from './merge.views.ts';

const COOKIE = 'hutong_merge_stop';
const COOKIE_SECONDS = 1800;
/** 128 bits in base64url. */
const tokenShape = /^[\w-]{22}$/u;

export function stopRoutes(deps: MergePageDependencies): Route[] {
  const { visitors, merging } = deps;
  return [
    defineRoute({
      method: 'GET',
      path: `${STOP_PATH}/:token`,
      name: 'merge.stop_link',
      input: { params: z.object({ token: z.string().max(200) }) },
      handle(ctx, { params }) {
        const token = tokenShape.test(params.token) ? params.token : null;
        ctx.cookies.set(visitors.cookies.host(COOKIE), token, {
          ...cookieOptions(visitors),
          signed: false,
          maxAge: COOKIE_SECONDS * 1000,
        });
        redirect(ctx, STOP_PATH);
      },
    }),
    defineRoute({
      method: 'GET',
      path: STOP_PATH,
      name: 'merge.stop_page',
      limiter: 'recovery',
      async handle(ctx) {
        const merge = await mergeOf(deps, ctx);
        if (merge?.state === 'waiting' && merge.readyAt) {
          const form = { action: STOP_PATH };
          ctx.render('merge/stop', { state: 'open', readyAt: merge.readyAt, form });
        } else show(ctx, merge?.state === 'stopped' ? 'stopped' : 'over');
      },
    }),
    defineRoute({
      method: 'POST',
      path: STOP_PATH,
      name: 'merge.stop',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const merge = await mergeOf(deps, ctx);
        const by = { actor: 'anonymous', address: ctx.ip };
        const isStopped = merge !== undefined && (await stopMerge(merging, merge, by));
        // Saying it twice says it once.
        const now = isStopped ? undefined : await mergeOf(deps, ctx);
        show(ctx, isStopped || now?.state === 'stopped' ? 'stopped' : 'over');
      },
    }),
  ];
}

async function mergeOf(
  { visitors, merging }: MergePageDependencies,
  ctx: HttpContext,
): Promise<AccountMerge | undefined> {
  const token = ctx.cookies.get(visitors.cookies.host(COOKIE), { signed: false }) ?? '';
  return tokenShape.test(token) ? merging.merges.findByStopToken(token) : undefined;
}

function show(ctx: HttpContext, state: Exclude<MergeStopLocals['state'], 'open'>): void {
  ctx.render('merge/stop', { state }, { status: state === 'over' ? 410 : 200 });
}
