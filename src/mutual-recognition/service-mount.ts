// The interfaces that platforms call, JSON over HTTP, every request signed: which address means what, how
// requests are admitted and refused. No page, so no part of the route tables.
import type { z } from 'zod';
import type { AuditLog } from '../audit/audit-log.ts';
import { SparingLog } from '../audit/sparing-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { HttpContext, HttpMiddleware } from '../platform/http/context.ts';
import { isolateContent } from '../platform/http/headers.ts';
import { readText } from '../platform/http/input.ts';
import type { RouteLimiters } from '../platform/http/limits.ts';
import type { PlatformQuota, RecognitionPlatform } from './recognition-platform.ts';
import type { RecognitionPlatforms } from './recognition-platform-store.ts';
import { verifyRequest } from './signed-request.ts';
import type { SignedRequest } from './signed-request.ts';
import type { RecognitionUsage } from './usage-store.ts';

export interface ServiceAnswer {
  status: number;
  /** Text goes out as it is, as `type`. */
  body: object | string;
  type?: string;
  headers?: Readonly<Record<string, string>>;
}

interface OpenEndpoint {
  method: 'GET';
  path: string;
  name: string;
  answer(): Promise<ServiceAnswer>;
}

export interface SignedEndpoint<Body> {
  method: 'POST';
  path: string;
  name: string;
  schema: z.ZodType<Body>;
  maxBytes: number;
  /** What the same request gets a second time is of no use to who has not signed it. */
  mayRepeat?: boolean;
  handle(platform: RecognitionPlatform, body: Body): Promise<ServiceAnswer>;
}

export type ServiceEndpoint = OpenEndpoint | SignedEndpoint<unknown>;

/** Closes over the type of the body, for a list of many. */
export function signedEndpoint<Body>(endpoint: SignedEndpoint<Body>): ServiceEndpoint {
  return endpoint as SignedEndpoint<unknown>;
}

export interface ServiceDependencies {
  /** How the service calls itself: the audience of what it is asked. */
  audience: string;
  platforms: Pick<RecognitionPlatforms, 'get' | 'isCurrent'>;
  usage: Pick<RecognitionUsage, 'spend'>;
  limiters: Pick<RouteLimiters, 'reserve'>;
  audit: AuditLog;
  clock: Clock;
}

const LONG_REQUEST_MS = 60_000;

export function serviceMount(
  deps: ServiceDependencies,
  endpoints: readonly ServiceEndpoint[],
): HttpMiddleware {
  const known = new Map(endpoints.map((each) => [each.path, each]));
  const sparing = { ...deps, audit: new SparingLog(deps.audit) };
  return async (ctx, next) => {
    const endpoint = known.get(ctx.path);
    if (!endpoint) return next();
    ctx.state.routeName = endpoint.name;
    ctx.set('Cache-Control', 'no-store');
    isolateContent(ctx);
    await deps.limiters.reserve('recognition', ctx.ip);
    write(ctx, await answer(sparing, ctx, endpoint));
  };
}

async function answer(
  deps: ServiceDependencies,
  ctx: HttpContext,
  endpoint: ServiceEndpoint,
): Promise<ServiceAnswer> {
  if (ctx.method !== endpoint.method) return problem(405, 'method_not_allowed');
  if (endpoint.method === 'GET') return endpoint.answer();
  // Who may have missed a suspension serves nobody.
  if (!deps.platforms.isCurrent()) return problem(503, 'temporarily_unavailable');
  const signed = await verifyRequest(
    { method: ctx.method, path: ctx.path, authorization: ctx.get('authorization') },
    { ...deps, platformOf: (id) => deps.platforms.get(id) },
  );
  if (!signed) return refuse(deps, ctx, { status: 401, reason: 'not_authenticated' });
  ctx.state.restartDeadline?.(LONG_REQUEST_MS);
  const { maxBytes } = endpoint;
  const { text } = await readText(ctx.req, { mediaTypes: ['application/json'], maxBytes });
  const refusal = await unused(deps, signed, { text, mayRepeat: endpoint.mayRepeat === true });
  if (refusal) return refuse(deps, ctx, { status: 401, reason: refusal, signed });
  if (signed.platform.state === 'suspended') {
    return refuse(deps, ctx, { status: 403, reason: 'refused', signed });
  }
  const parsed = endpoint.schema.safeParse(parseJson(text));
  if (!parsed.success) return problem(400, 'input_invalid');
  return endpoint.handle(signed.platform, parsed.data);
}

async function unused(
  { usage }: ServiceDependencies,
  signed: SignedRequest,
  { text, mayRepeat }: { text: string; mayRepeat: boolean },
): Promise<'not_authenticated' | 'replayed' | undefined> {
  if (!signed.covers(text)) return 'not_authenticated';
  if (mayRepeat) return undefined;
  const { platform, jti, expiresAt } = signed;
  return (await usage.spend(`request/${platform.id}/${jti}`, expiresAt)) ? undefined : 'replayed';
}

async function refuse(
  { audit }: ServiceDependencies,
  ctx: HttpContext,
  why: { status: number; reason: string; signed?: SignedRequest },
): Promise<ServiceAnswer> {
  const clientId = why.signed?.platform.id;
  const actor = clientId === undefined ? 'anonymous' : `client:${clientId}`;
  const { reason } = why;
  const about = { actor, clientId, address: ctx.ip, reason };
  await audit.record({ type: 'recognition.request_refused', result: 'refused', ...about });
  ctx.req.resume();
  return problem(why.status, why.status === 401 ? 'not_authenticated' : reason);
}

export function problem(status: number, error: string): ServiceAnswer {
  return { status, body: { error } };
}

export function tooMuch(retryAfterSeconds: number): ServiceAnswer {
  const headers = { 'Retry-After': String(retryAfterSeconds) };
  return { ...problem(429, 'quota_exceeded'), headers };
}

/** Takes from the quota; undefined when there was enough, else the answer. */
export async function overQuota(
  { usage, audit }: { usage: Pick<RecognitionUsage, 'take'>; audit: AuditLog },
  platform: RecognitionPlatform,
  of: { what: PlatformQuota; amount: number },
): Promise<ServiceAnswer | undefined> {
  const rate = platform.quotas[of.what];
  const taken = await usage.take({ ...of, who: platform.id, rate });
  if (taken.ok) return undefined;
  await audit.record({
    type: 'recognition.quota_exceeded',
    actor: `client:${platform.id}`,
    clientId: platform.id,
    reason: of.what,
    result: 'refused',
  });
  return tooMuch(taken.retryAfterSeconds);
}

function write(ctx: HttpContext, { status, body, type, headers = {} }: ServiceAnswer): void {
  ctx.status = status;
  ctx.set({ ...headers });
  ctx.body = body;
  if (type !== undefined) ctx.type = type;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
