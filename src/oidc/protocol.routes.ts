// Authorization and sign-out requests that come by POST (OpenID Connect Core 3.1.2.1, RP-Initiated
// Logout 2): parked, and answered with a redirect to the same path.
import { z } from 'zod';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ParkedRequestStore } from './parked-request-store.ts';

export const AUTHORIZE_PATH = '/oauth2/authorize';
export const LOGOUT_PATH = '/oauth2/logout';
export const PARKED_PARAMETER = 'parked';

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
        ctx.status = 303;
        ctx.redirect(`${path}?${PARKED_PARAMETER}=${id}`);
      },
    }),
  );
}

/** Repeated parameters stay repeated: refusing them is the protocol's business. */
export function toQuery(fields: Readonly<Record<string, string | readonly string[]>>): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(fields)) {
    for (const each of typeof values === 'string' ? [values] : values) query.append(name, each);
  }
  return query.toString();
}
