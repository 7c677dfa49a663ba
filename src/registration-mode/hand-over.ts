// Puts the way to the province in the place of pages that are not ours in the present construction mode.
import type { AuditLog } from '../audit/audit-log.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { discardBody } from '../platform/http/multipart.ts';
import type { Route } from '../platform/http/route.ts';
import type { HandedOver, HandOverLocals } from './hand-over.views.ts';
import type { ModeDirectory } from './mode-directory.ts';

export interface HandOverDependencies {
  mode: Pick<ModeDirectory, 'mode' | 'province' | 'activeProvince'>;
  audit: AuditLog;
}

type OfPage = 'backHref' | 'entityHref' | 'linkHref' | 'localHref';

export interface HandOverOptions {
  what: HandedOver;
  /** Whether this request is the province's, where something is. */
  isHandedOver: (ctx: HttpContext, route: Pick<Route, 'path' | 'method'>) => boolean;
  /** Of the page for this request. */
  hrefs: (ctx: HttpContext) => Pick<HandOverLocals, OfPage> & { goHref: string };
}

/** The same routes, which lead to the province where it does what they do. A form changes nothing then. */
export function handedOver(
  routes: readonly Route[],
  deps: HandOverDependencies,
  { what, isHandedOver, hrefs }: HandOverOptions,
): Route[] {
  return routes.map((route) => ({
    ...route,
    async run(ctx, own) {
      if (!isHandedOver(ctx, route)) return route.run(ctx, own);
      if (route.method !== 'GET') discardBody(ctx.req);
      await showHandOver(deps, ctx, { what, ...hrefs(ctx) });
    },
  }));
}

async function showHandOver(
  { mode, audit }: HandOverDependencies,
  ctx: HttpContext,
  { goHref, ...locals }: Pick<HandOverLocals, 'what' | OfPage> & { goHref: string },
): Promise<void> {
  const { province, activeProvince } = mode;
  const isRefused = ctx.method !== 'GET';
  if (isRefused) {
    await audit.record({
      type: 'registration_mode.handed_over',
      actor: 'anonymous',
      address: ctx.ip,
      result: 'refused',
      reason: locals.what,
    });
  }
  // A form that stood on a page of former times: the switches of the answer lead to its first page.
  if (isRefused) ctx.state.pageAddress = locals.backHref;
  ctx.render(
    'registration-mode/hand-over',
    {
      ...locals,
      ...(province ? { peerName: province.names[ctx.state.locale] } : {}),
      ...(activeProvince ? { goHref } : {}),
      isRefused,
    },
    { status: isRefused ? 409 : 200 },
  );
}
