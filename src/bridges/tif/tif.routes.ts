// The three addresses of the tif dialect, and the key that its answers are signed with. The dialect puts
// secret and token into the address: they are taken from a form, too, and no address is ever logged.
import { z } from 'zod';
import { AppError } from '../../platform/errors.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import type { serveTif, TifAnswer } from './serve-tif.ts';

const BASE = '/tif/sso/connect/page/oauth2';
const NO_COOKIE = 'it acts upon the secret or token of the request, and reads no cookie';

const value = z.string().min(1).max(2000);
const authorizeSchema = z.looseObject({
  client_id: value,
  redirect_uri: value,
  response_type: z.string().max(50).default('code'),
  state: z.string().max(1000).optional(),
});
const tokenSchema = z.looseObject({
  client_id: value,
  client_secret: value,
  code: value,
  redirect_uri: value,
  grant_type: z.string().max(100).default('authorization_code'),
});
const infoSchema = z.looseObject({ access_token: value });

export function tifRoutes(tif: ReturnType<typeof serveTif>): Route[] {
  const redeem = ({ client_id, client_secret, code, redirect_uri, grant_type }: TokenInput) =>
    tif.accessToken({ client_id, client_secret, code, redirect_uri, grant_type });
  return [
    defineRoute({
      method: 'GET',
      path: `${BASE}/authorize`,
      name: 'tif.authorize',
      input: { query: authorizeSchema },
      handle(ctx, { query: { client_id, redirect_uri, response_type, state } }) {
        const given = { client_id, redirect_uri, response_type, state };
        const address = tif.authorizationAddress(given);
        if (!address) throw new AppError('not_found');
        ctx.redirect(address.href);
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${BASE}/access_token`,
      name: 'tif.access_token',
      limiter: 'bridges',
      input: { query: tokenSchema },
      handle: async (ctx, { query }) => write(ctx, await redeem(query)),
    }),
    defineRoute({
      method: 'POST',
      path: `${BASE}/access_token`,
      name: 'tif.access_token_form',
      limiter: 'bridges',
      csrf: { exempt: NO_COOKIE },
      input: { body: tokenSchema },
      handle: async (ctx, { body }) => write(ctx, await redeem(body)),
    }),
    defineRoute({
      method: 'GET',
      path: `${BASE}/tokeninfo`,
      name: 'tif.token_info',
      limiter: 'bridges',
      input: { query: infoSchema },
      handle: async (ctx, { query }) => write(ctx, await tif.tokenInfo(query.access_token)),
    }),
    defineRoute({
      method: 'POST',
      path: `${BASE}/tokeninfo`,
      name: 'tif.token_info_form',
      limiter: 'bridges',
      csrf: { exempt: NO_COOKIE },
      input: { body: infoSchema },
      handle: async (ctx, { body }) => write(ctx, await tif.tokenInfo(body.access_token)),
    }),
    defineRoute({
      method: 'GET',
      path: `${BASE}/publickey`,
      name: 'tif.public_key',
      handle: (ctx) => write(ctx, { status: 200, body: tif.publishedKey() }),
    }),
  ];
}

type TokenInput = z.infer<typeof tokenSchema>;

function write(ctx: HttpContext, { status, body }: TifAnswer): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
