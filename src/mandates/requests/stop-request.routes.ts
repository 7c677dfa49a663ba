// Where the link of a message leads that ends a request or what came of it. A link by itself changes
// nothing, because programs open links too: its token moves into a cookie, and the page has a button.
import { z } from 'zod';
import { maskName } from '../../accounts/masking.ts';
import type { LegalEntitiesPageDependencies } from '../../legal-entities/legal-entities-access.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { cookieOptions } from '../../platform/http/headers.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { stoppableRequest, stopPath, stopRequest, stopToken } from './stop-request.ts';
import type { StopToken } from './stop-request.ts';
import type { StopRequestDoneLocals } from './requests.views.ts';

const COOKIE = 'hutong_mandate_stop';
const COOKIE_SECONDS = 1800;

export function stopRequestRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  const { visitors, legalEntities } = deps;
  return [
    defineRoute({
      method: 'GET',
      path: `${stopPath}/:token`,
      name: 'mandates.stop_link',
      input: { params: z.object({ token: z.string().max(200) }) },
      handle(ctx, { params: { token } }) {
        // What was cut off on its way is told to be invalid by the page.
        const kept = stopToken.test(token) ? token : null;
        ctx.cookies.set(visitors.cookies.host(COOKIE), kept, {
          ...cookieOptions(visitors),
          signed: false,
          maxAge: COOKIE_SECONDS * 1000,
        });
        redirect(ctx, stopPath);
      },
    }),
    defineRoute({
      method: 'GET',
      path: stopPath,
      name: 'mandates.stop_page',
      limiter: 'recovery',
      async handle(ctx) {
        const token = tokenOf(deps, ctx);
        if (!token) return showDone(ctx, 'invalid');
        const found = await stoppableRequest(legalEntities, token);
        if (!found) return showDone(ctx, 'over');
        const { request, entity, isOpen } = found;
        const applicantName = maskName(request.person.name);
        const form = { action: stopPath };
        const entityName = entity.name ?? '';
        ctx.render('mandates/stop-request', { form, entityName, applicantName, isOpen });
      },
    }),
    defineRoute({
      method: 'POST',
      path: stopPath,
      name: 'mandates.stop',
      limiter: 'recovery',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        ctx.state.pageAddress = stopPath;
        const token = tokenOf(deps, ctx);
        if (!token) return showDone(ctx, 'invalid');
        const isDone = await stopRequest(legalEntities, { token, address: ctx.ip });
        showDone(ctx, isDone ? 'stopped' : 'over');
      },
    }),
  ];
}

function tokenOf(
  { visitors, legalEntities }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
): StopToken | undefined {
  const token = ctx.cookies.get(visitors.cookies.host(COOKIE), { signed: false });
  return token === undefined ? undefined : legalEntities.readStop(token);
}

function showDone(ctx: HttpContext, outcome: StopRequestDoneLocals['outcome']): void {
  ctx.render(
    'mandates/stop-request-done',
    { outcome },
    { status: outcome === 'invalid' ? 400 : 200 },
  );
}
