// A protocol endpoint asked with a method it does not take: the library lets such a request pass,
// and "not found" would send a developer looking for another address.
import { AppError } from '../../platform/errors.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { AUTHORIZE_PATH, LOGOUT_PATH } from '../storage/parked-request.ts';

const pages: ReadonlySet<string> = new Set([AUTHORIZE_PATH, LOGOUT_PATH]);

const methods: Readonly<Record<string, string>> = {
  [AUTHORIZE_PATH]: 'GET, POST',
  [LOGOUT_PATH]: 'GET, POST',
  '/oauth2/token': 'POST',
  '/oauth2/userinfo': 'GET, POST',
  '/oauth2/introspect': 'POST',
  '/oauth2/revoke': 'POST',
  '/oauth2/par': 'POST',
  '/oauth2/device': 'POST',
  '/oauth2/jwks': 'GET',
  '/.well-known/openid-configuration': 'GET',
  '/.well-known/oauth-authorization-server': 'GET',
};

/** For a request of a protocol path that no endpoint took. */
export function refuseWrongMethod(ctx: HttpContext): void {
  const allowed = methods[ctx.path];
  // Preflight requests are answered already.
  if (allowed === undefined || (ctx.status !== 404 && ctx.status !== 405)) return;
  ctx.set('Allow', allowed);
  if (pages.has(ctx.path)) throw new AppError('method_not_allowed');
  ctx.status = 405;
  ctx.body = { error: 'invalid_request', error_description: `this endpoint takes ${allowed}` };
}
