// Routes as a table: what limits them, what guards them, what they accept, what they do. A route
// that changes state cannot be written without the first three (route-rules.ts).
import Router from '@koa/router';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { HttpContext, HttpExtension, HttpMiddleware, HttpState } from './context.ts';
import { CSRF_FIELD, verifySameOrigin, verifyToken } from './csrf.ts';
import type { CsrfOptions } from './csrf.ts';
import { parseFields, readBody } from './input.ts';
import type { BodyType, Fields } from './input.ts';
import { discardBody, readMultipart } from './multipart.ts';
import type { Upload, UploadLimits } from './multipart.ts';
import type { LimiterName, Reservation, RouteLimiters } from './limits.ts';
import { routeProblems } from './route-rules.ts';

type SafeMethod = 'GET';
type ChangingMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An exemption says why: it is read in reviews. */
export interface Exempt {
  exempt: string;
}

export interface RouteInput {
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** `form` unless said otherwise. */
  bodyType?: BodyType;
  /** A form with files, within these limits. */
  upload?: UploadLimits;
}

type Output<T> = T extends z.ZodType ? z.output<T> : Record<string, never>;

export interface Parsed<I extends RouteInput> {
  params: Output<I['params']>;
  query: Output<I['query']>;
  body: Output<I['body']>;
  /** Empty where the route takes no files. */
  upload: Upload;
  /** Gives the limiter's reservation back after a success; nothing where there is none. */
  giveBack(): Promise<void>;
}

interface RouteBase<I extends RouteInput> {
  path: string;
  /** `domain.action`, unique; appears in logs instead of the address. */
  name: string;
  handle(ctx: HttpContext, input: Parsed<I>): Promise<void> | void;
}

interface SafeRoute<I extends RouteInput> extends RouteBase<I> {
  method: SafeMethod;
  limiter?: LimiterName | Exempt;
  csrf?: never;
  input?: I;
}

interface ChangingRoute<I extends RouteInput> extends RouteBase<I> {
  method: ChangingMethod;
  limiter: LimiterName | Exempt;
  /** `token`: same origin and a signed token; `origin`: same origin only (JSON from our script). */
  csrf: 'token' | 'origin' | Exempt;
  input: I & { body: z.ZodType };
  /** Before files are read: false when the request has been answered and need not be. */
  admit?(ctx: HttpContext): Promise<boolean>;
}

export type RouteSpec<I extends RouteInput> = SafeRoute<I> | ChangingRoute<I>;

/** A route whose input type has been closed over, ready for a table of many. */
export interface Route {
  readonly method: SafeMethod | ChangingMethod;
  readonly path: string;
  readonly name: string;
  readonly limiter: LimiterName | Exempt | undefined;
  readonly csrf: 'token' | 'origin' | Exempt | undefined;
  readonly input: RouteInput | undefined;
  run(ctx: HttpContext, deps: RouteDeps): Promise<void>;
}

export interface RouteDeps {
  limiters: RouteLimiters;
  csrf: CsrfOptions;
}

export function defineRoute<const I extends RouteInput>(spec: RouteSpec<I>): Route {
  const { method, path, name, limiter, csrf } = spec;
  const input: RouteInput | undefined = spec.input;
  return {
    method,
    path,
    name,
    limiter,
    csrf,
    input,
    async run(ctx, deps) {
      // Before the limiter: another site must not spend this reader's budget.
      if (typeof csrf === 'string') verifySameOrigin(ctx, deps.csrf.issuer);
      const reservation = await reserve(ctx, { limiter, limiters: deps.limiters });
      if (spec.method !== 'GET' && spec.admit && !(await spec.admit(ctx))) {
        discardBody(ctx.req);
        return;
      }
      const { fields, body, upload } = await receive(ctx, { method, input });
      if (csrf === 'token') {
        verifyToken(ctx, fields[CSRF_FIELD], deps.csrf);
        ctx.choose(fields);
      }
      const parsed = {
        params: parse(input?.params, decodedParams(ctx), 'params'),
        query: parse(input?.query, withoutOwn(parseFields(ctx.querystring, 'query')), 'query'),
        body: parse(input?.body, body, 'body'),
        upload,
        giveBack: () => reservation?.giveBack() ?? Promise.resolve(),
      } as Parsed<I>;
      await spec.handle(ctx, parsed);
    },
  };
}

async function reserve(
  ctx: HttpContext,
  options: { limiter: Route['limiter']; limiters: RouteLimiters },
): Promise<Reservation | undefined> {
  const { limiter, limiters } = options;
  return typeof limiter === 'string' ? limiters.reserve(limiter, ctx.ip) : undefined;
}

interface Received {
  fields: Fields;
  body: unknown;
  upload: Upload;
}

const NO_UPLOAD: Upload = { files: [], isTooLarge: false };
/** Milliseconds: a slow line may take long to send files, and their conversion some time. */
const RECEIVING_MS = 110_000;
const CONVERTING_MS = 40_000;

async function receive(
  ctx: HttpContext,
  spec: { method: Route['method']; input: RouteInput | undefined },
): Promise<Received> {
  if (spec.method === 'GET') return { fields: {}, body: {}, upload: NO_UPLOAD };
  if (spec.input?.upload) {
    ctx.state.restartDeadline?.(RECEIVING_MS);
    const { fields, upload } = await readMultipart(ctx.req, spec.input.upload, ctx.ip);
    ctx.state.restartDeadline?.(CONVERTING_MS);
    return { fields, body: withoutOwn(fields), upload };
  }
  const type = spec.input?.bodyType ?? 'form';
  const body = await readBody(ctx.req, type);
  if (type === 'json') return { fields: {}, body, upload: NO_UPLOAD };
  const fields = body as Fields;
  return { fields, body: withoutOwn(fields), upload: NO_UPLOAD };
}

const OWN_FIELDS: ReadonlySet<string> = new Set([CSRF_FIELD, 'lang', 'ui_mode', 'ui_contrast']);

/** The platform's own fields are not the schema's business. */
function withoutOwn(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !OWN_FIELDS.has(name)));
}

function decodedParams(ctx: HttpContext): unknown {
  return (ctx as HttpContext & { params?: unknown }).params ?? {};
}

function parse(schema: z.ZodType | undefined, value: unknown, part: string): unknown {
  if (!schema) return {};
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Names of fields and rules only: values could be anything a person typed.
  const problems = result.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`);
  throw new AppError('input_invalid', { details: { part, problems } });
}

export interface HttpRouter {
  routes: HttpMiddleware;
  /** 405 for a known address with another method, and what OPTIONS asks for. */
  allowedMethods: HttpMiddleware;
}

type SegmentRouter = Router<HttpState, HttpExtension>;

/**
 * One router for each first segment of an address, because a router tries its patterns one by one.
 * @throws AppError configuration_invalid when a route breaks the rules of route-rules.ts.
 */
export function createRouter(routes: readonly Route[], deps: RouteDeps): HttpRouter {
  const problems = routeProblems(routes);
  if (problems.length > 0) {
    throw new AppError('configuration_invalid', { details: { problems } });
  }
  const routers = new Map<string, SegmentRouter>();
  for (const route of routes) {
    const middleware: HttpMiddleware = (ctx) => {
      ctx.state.routeName = route.name;
      return route.run(ctx, deps);
    };
    const segment = firstSegment(route.path);
    const router = routers.get(segment) ?? new Router<HttpState, HttpExtension>();
    routers.set(segment, router);
    router.register(route.path, [route.method], middleware, { name: route.name });
  }
  return {
    routes: bySegment(routers, (router) => router.routes() as HttpMiddleware),
    allowedMethods: bySegment(routers, (router) => router.allowedMethods() as HttpMiddleware),
  };
}

function bySegment(
  routers: ReadonlyMap<string, SegmentRouter>,
  middlewareOf: (router: SegmentRouter) => HttpMiddleware,
): HttpMiddleware {
  const known = new Map([...routers].map(([segment, router]) => [segment, middlewareOf(router)]));
  return (ctx, next) => {
    const middleware = known.get(firstSegment(ctx.path));
    return middleware ? middleware(ctx, next) : next();
  };
}

/** `/sign-in/code` → `sign-in`. Routers take addresses as equal that differ in case alone. */
function firstSegment(path: string): string {
  return path.slice(1).split('/', 1)[0]?.toLowerCase() ?? '';
}

/** A field that may come several times: `?item=a&item=b`; one value becomes a list of one. */
export function repeated<T extends z.ZodType>(item: T, maximum: number) {
  return z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(item).max(maximum),
  );
}
