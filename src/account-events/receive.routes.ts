// `POST /federation/events/:peer` (RFC 8935): where platforms tell us of their people.
import { pathsForPeers } from '../peers/our-addresses.ts';
import { peerInAddress } from '../peers/peer-in-address.ts';
import { z } from 'zod';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { readText } from '../platform/http/input.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import type { Route } from '../platform/http/route.ts';
import type { Logger } from '../platform/logger.ts';
import { writeEventRefusal } from './event-delivery-error.ts';
import type { EventRefusal } from './event-delivery-error.ts';

export interface ReceiveRoutesDependencies {
  limiters: Pick<RouteLimiters, 'reserve'>;
  receive(of: { peerId: string; token: string }): Promise<EventRefusal | undefined>;
  logger: Logger;
}

const MAX_BYTES = 100_000;
const PATH = `${pathsForPeers.events}/:peer`;

export function receiveRoutes(deps: ReceiveRoutesDependencies): Route[] {
  return [
    {
      method: 'POST',
      path: PATH,
      name: 'account_events.receive',
      limiter: { exempt: 'what is refused counts, in the handler' },
      csrf: { exempt: 'it acts upon the signature of the token, and reads no cookie' },
      input: { params: z.object({ peer: peerInAddress }), body: z.looseObject({}) },
      run: (ctx) => take(deps, ctx),
    },
  ];
}

async function take(deps: ReceiveRoutesDependencies, ctx: HttpContext): Promise<void> {
  // Before anything is fetched or computed for whoever it is.
  const reservation = await deps.limiters.reserve('peerEvents', ctx.ip);
  const { peer: peerId = '' } = (ctx as HttpContext & { params: { peer?: string } }).params;
  const token = await tokenOf(ctx);
  const refusal = typeof token === 'string' ? await deps.receive({ peerId, token }) : token;
  if (refusal) {
    const { err, description } = refusal;
    deps.logger.warn({ err, description }, 'an event of a peer was refused');
    writeEventRefusal(ctx, refusal);
    return;
  }
  await reservation.giveBack();
  ctx.status = 202;
  ctx.body = '';
}

async function tokenOf(ctx: HttpContext): Promise<string | EventRefusal> {
  const refuse = (status: EventRefusal['status'], description: string): EventRefusal => {
    return { status, err: 'invalid_request', description };
  };
  try {
    const accepted = { mediaTypes: ['application/secevent+jwt'], maxBytes: MAX_BYTES };
    const { text } = await readText(ctx.req, accepted);
    return text.trim();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'input_too_large') return refuse(413, 'the token is too long');
    if (error.code === 'input_type_unsupported') return refuse(415, 'application/secevent+jwt');
    if (error.code === 'input_invalid') return refuse(400, 'the body is not UTF-8');
    throw error;
  }
}
