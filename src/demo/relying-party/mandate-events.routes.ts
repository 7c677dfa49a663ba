// The receiver of signed events about mandates (RFC 8417, pushed as RFC 8935 says): a logout notice says
// that a session is over, this says why.
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import { errors, jwtVerify } from 'jose';
import type { Context } from 'koa';
import type { RelyingParty } from './party.ts';

const MEDIA_TYPE = 'application/secevent+jwt';
const ENDED = 'urn:hutong:event:mandate:ended';

export function mandateEventRoutes(party: RelyingParty): Router {
  const router = new Router();
  const parseToken = bodyParser({
    enableTypes: ['text'],
    extendTypes: { text: [MEDIA_TYPE] },
    textLimit: '20kb',
  });
  router.post('/mandate-events', parseToken, (ctx) => receiveEvent(party, ctx));
  return router;
}

async function receiveEvent(party: RelyingParty, ctx: Context): Promise<void> {
  const { registration, issuer } = party.settings;
  const token = typeof ctx.request.body === 'string' ? ctx.request.body : '';
  try {
    const { payload } = await jwtVerify(token, await party.provider.logoutKeys(), {
      issuer,
      audience: registration.client_id,
      typ: 'secevent+jwt',
      algorithms: [registration.id_token_signed_response_alg],
    });
    const ended = readEnd(payload['events']);
    if (ended) party.sessions.noteMandateEnd(ended);
    party.log({ event: 'mandate_event', isEnd: ended !== undefined });
    ctx.status = 202;
    ctx.body = '';
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    party.log({ event: 'mandate_event_refused', reason: error.code });
    ctx.status = 400;
    ctx.body = { err: 'invalid_request', description: 'not a token for this system' };
  }
}

function readEnd(events: unknown): { mandateId: string; reason: string } | undefined {
  if (typeof events !== 'object' || events === null) return undefined;
  const event: unknown = (events as Record<string, unknown>)[ENDED];
  if (typeof event !== 'object' || event === null) return undefined;
  const { mandate_id: mandateId, reason } = event as Record<string, unknown>;
  if (typeof mandateId !== 'string' || typeof reason !== 'string') return undefined;
  return { mandateId, reason };
}
