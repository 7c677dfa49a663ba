// The receiver of back-channel logout: OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8.
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readLogoutToken } from './logout-token.ts';
import type { RelyingParty } from './party.ts';

export function backChannelRoutes(party: RelyingParty): Router {
  const router = new Router();
  const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '16kb' });
  router.post('/backchannel-logout', parseForm, (ctx) => receiveLogout(party, ctx));
  return router;
}

async function receiveLogout(party: RelyingParty, ctx: Context): Promise<void> {
  const token = readToken(ctx.request.body);
  if (token === undefined) return refuse(party, ctx, 'token_missing');
  const { registration, issuer } = party.settings;
  const rules = {
    issuer,
    clientId: registration.client_id,
    algorithm: registration.id_token_signed_response_alg,
    keys: await party.provider.logoutKeys(),
  };
  const result = await readLogoutToken(token, rules, party.seenTokenIds);
  if (!result.ok) return refuse(party, ctx, result.reason);
  const ended = party.sessions.endByLogout({ sid: result.sid, subject: result.subject });
  party.log({ event: 'back_channel_logout', sessionsEnded: ended });
  ctx.status = 200;
  ctx.body = '';
}

function refuse(party: RelyingParty, ctx: Context, reason: string): void {
  party.log({ event: 'back_channel_logout_refused', reason });
  ctx.status = 400;
  ctx.body = { error: 'invalid_request', error_description: reason };
}

function readToken(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const token = (body as Record<string, unknown>)['logout_token'];
  return typeof token === 'string' ? token : undefined;
}
