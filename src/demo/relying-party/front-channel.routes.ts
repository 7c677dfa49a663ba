// The receiver of front-channel logout: OpenID Connect Front-Channel Logout 1.0, section 2. It runs
// in a frame of the identity provider, where a browser may keep our cookie back: `sid` is enough.
import Router from '@koa/router';
import type { Context } from 'koa';
import type { RelyingParty } from './party.ts';

export function frontChannelRoutes(party: RelyingParty): Router {
  const router = new Router();
  router.get('/frontchannel-logout', (ctx) => receiveLogout(party, ctx));
  return router;
}

function receiveLogout(party: RelyingParty, ctx: Context): void {
  const { issuer } = party.settings;
  const { iss, sid } = ctx.query;
  const frames = `frame-ancestors ${new URL(issuer).origin}`;
  ctx.set('Content-Security-Policy', `default-src 'none'; ${frames}`);
  ctx.type = 'text/plain';
  if (iss !== issuer || typeof sid !== 'string') {
    ctx.status = 400;
    ctx.body = 'iss or sid is not ours\n';
    return;
  }
  const ended = party.sessions.endByLogout({ sid, subject: undefined });
  party.log({ event: 'front_channel_logout', sessionsEnded: ended });
  ctx.body = 'signed out\n';
}
