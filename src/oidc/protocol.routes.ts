// Authorization and sign-out requests that come by POST (OpenID Connect Core 3.1.2.1, RP-Initiated
// Logout 2): parked, and answered with a redirect to the same path.
import { z } from 'zod';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import {
  AUTHORIZE_PATH,
  LOGOUT_PATH,
  PARKED_PARAMETER,
  toQuery,
} from './storage/parked-request.ts';
import type { ParkedRequestStore } from './storage/parked-request-store.ts';
import { redirect } from '../platform/http/redirect.ts';

const CROSS_SITE = { exempt: 'other sites post here by specification; nothing happens but a page' };

const value = z.string().max(20_000);
const parameters = z.record(z.string().max(100), z.union([value, z.array(value).max(20)]));

export function protocolRoutes(deps: { parked: ParkedRequestStore }): Route[] {
  return [AUTHORIZE_PATH, LOGOUT_PATH].map((path) =>
    defineRoute({
      method: 'POST',
      path,
      name: path === AUTHORIZE_PATH ? 'oidc.park_authorization' : 'oidc.park_sign_out',
      limiter: 'protocol',
      csrf: CROSS_SITE,
      input: { body: parameters },
      async handle(ctx, { body }) {
        const id = await deps.parked.park(path, toQuery(body));
        redirect(ctx, `${path}?${PARKED_PARAMETER}=${id}`);
      },
    }),
  );
}
