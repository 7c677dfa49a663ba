// `POST /mutual-recognition/events/poll` (RFC 8936) for registered systems, with an access token of their own.
import { z } from 'zod';
import { bearerErrors, challenges } from '../oidc/bearer/challenges.ts';
import { resourceMetadataRoute } from '../oidc/bearer/resource-metadata.ts';
import type { VerifyBearer } from '../oidc/bearer/verify-bearer.ts';
import { accountEventsApi, POLL_PATH } from '../oidc/claims/own-apis.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { readText } from '../platform/http/input.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import type { Route } from '../platform/http/route.ts';
import { parseStrictJson } from '../platform/strict-json.ts';
import { writeEventRefusal } from './event-delivery-error.ts';
import type { EventRefusal } from './event-delivery-error.ts';
import type { accountEventPolls, PollRequest } from './poll-account-events.ts';

export interface PollRoutesDependencies {
  issuer: string;
  verifyBearer: VerifyBearer;
  limiters: Pick<RouteLimiters, 'reserve' | 'reserveFor'>;
  poll: ReturnType<typeof accountEventPolls>;
}

const SCOPE = 'account_events:poll';
/** The names of all that were handed out at once, acknowledged, fit several times. */
const MAX_BYTES = 64 * 1024;
const MOST_NAMES = 500;
/** Longer than a request that waits for events. */
const REQUEST_MS = 30_000;

const name = z.string().min(1).max(200);
const bodySchema = z.looseObject({
  maxEvents: z.int().min(0).max(1_000_000).optional(),
  returnImmediately: z.boolean().default(false),
  ack: z.array(name).max(MOST_NAMES).default([]),
  setErrs: z
    .record(name, z.looseObject({ err: z.string().max(100) }))
    .refine((errors) => Object.keys(errors).length <= MOST_NAMES)
    .default({}),
});

export function pollRoutes(deps: PollRoutesDependencies): Route[] {
  return [
    {
      method: 'POST',
      path: POLL_PATH,
      name: 'account_events.poll',
      limiter: { exempt: 'every system has a budget of its own' },
      csrf: { exempt: 'it acts upon the token of the request, and reads no cookie' },
      input: { body: z.looseObject({}) },
      run: (ctx) => answer(deps, ctx),
    },
    resourceMetadataRoute({
      issuer: deps.issuer,
      api: accountEventsApi,
      name: 'account_events.resource_metadata',
      documentation: '/.well-known/openid-configuration',
    }),
  ];
}

async function answer(deps: PollRoutesDependencies, ctx: HttpContext): Promise<void> {
  const admitted = await admit(deps, ctx);
  if ('status' in admitted) {
    ctx.req.resume();
    writeEventRefusal(ctx, admitted);
    return;
  }
  const request = await readRequest(ctx, admitted.clientId);
  if ('status' in request) {
    writeEventRefusal(ctx, request);
    return;
  }
  ctx.state.restartDeadline?.(REQUEST_MS);
  const gone = new AbortController();
  ctx.req.socket.once('close', () => gone.abort());
  ctx.set('Cache-Control', 'no-store');
  ctx.body = await deps.poll(request, gone.signal);
}

async function admit(
  { issuer, verifyBearer, limiters }: PollRoutesDependencies,
  ctx: HttpContext,
): Promise<{ clientId: string } | EventRefusal> {
  const { method } = ctx;
  const { authorization } = ctx.headers;
  const proof = ctx.get('DPoP') || undefined;
  const request = { authorization, method, url: `${issuer}${ctx.path}`, proof };
  const verified = await verifyBearer(request, `${issuer}${accountEventsApi.path}`);
  const refuse = (error: string, refusal: EventRefusal) => {
    const members = { scope: SCOPE };
    ctx.set('WWW-Authenticate', challenges({ issuer, api: accountEventsApi }, error, members));
    return refusal;
  };
  if (!verified.ok) {
    await limiters.reserve('refusedToken', ctx.ip);
    const description = `access token: ${verified.reason}`;
    const refusal = { status: 401, err: 'authentication_failed', description } as const;
    return refuse(bearerErrors[verified.reason], refusal);
  }
  const { client, kind, scopes } = verified.access;
  await limiters.reserveFor('accountEvents', client.client_id);
  if (kind !== 'client' || !scopes.has(SCOPE)) {
    const description = `the token lacks the scope ${SCOPE}`;
    return refuse('insufficient_scope', { status: 403, err: 'access_denied', description });
  }
  if (client.account_events_delivery !== 'poll') {
    const description = 'account_events_delivery of this client is not poll';
    return { status: 403, err: 'access_denied', description };
  }
  return { clientId: client.client_id };
}

async function readRequest(
  ctx: HttpContext,
  clientId: string,
): Promise<PollRequest | EventRefusal> {
  const invalid = (description: string, status: EventRefusal['status'] = 400) =>
    ({ status, err: 'invalid_request', description }) as const;
  try {
    const accepted = { mediaTypes: ['application/json'], maxBytes: MAX_BYTES };
    const { text } = await readText(ctx.req, accepted);
    const json = parseStrictJson(text);
    const read = bodySchema.safeParse(json.ok ? json.value : undefined);
    if (!read.success) {
      const field = read.error.issues[0]?.path[0];
      return invalid(typeof field === 'string' ? `wrong: ${field}` : 'not a JSON object');
    }
    const { maxEvents, returnImmediately, ack, setErrs } = read.data;
    return { clientId, maxEvents, returnImmediately, ack, setErrs };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'input_too_large') return invalid('the body is too long', 413);
    if (error.code === 'input_type_unsupported') return invalid('application/json in UTF-8', 415);
    if (error.code === 'input_invalid') return invalid('the body is not UTF-8');
    throw error;
  }
}
