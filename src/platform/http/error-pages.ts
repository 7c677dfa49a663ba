// The outermost handler: whatever was thrown becomes a page (what happened, what to do now, a
// reference number) or, for programs, a problem document. Details go to the log, never outside.
import { AppError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { isDatabaseUnavailable } from '../mongo.ts';
import type { HttpContext, HttpMiddleware } from './context.ts';
import type { ErrorLocals, ProtocolErrorView } from './view-locals.ts';

/** Endpoints that programs call: they get `{ error, error_description }` (RFC 6749, 5.2). */
const PROTOCOL_PATH = /^\/(?:oauth2\/(?!authorize|logout|device(?:\/|$))|\.well-known\/)/u;
/** Interfaces of ours that are no part of the protocol: refusals are problem documents. */
const INTERFACE_PATH = /^\/(?:api|scim)(?:\/|$)/u;
/** Where a refusal has a form of its own (RFC 7644, 3.12). */
const SCIM_PATH = /^\/scim\/v2(?:\/|$)/u;
const SCIM_ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'sign_in_required',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'input_too_large',
  414: 'input_too_large',
  415: 'input_type_unsupported',
  429: 'too_many_requests',
  501: 'method_not_allowed',
  503: 'overloaded',
};
const MAX_RECEIVED_LENGTH = 200;
/** What no route answered, in logs and figures. */
export const UNMATCHED_ROUTE = 'unmatched';

export const errorPages: HttpMiddleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    respondWithError(ctx, error);
    return;
  }
  if (ctx.respond === false || ctx.body) return;
  if (ctx.status === 404) respondWithError(ctx, new AppError('not_found'));
  else if (ctx.status === 405 || ctx.status === 501) {
    respondWithError(ctx, new AppError('method_not_allowed'));
  }
};

/** Also what oidc-provider's `renderError` calls for errors that are not its own. */
export function respondWithError(ctx: HttpContext, thrown: unknown): void {
  const error = toAppError(thrown);
  if (ctx.headerSent) {
    ctx.log.warn({ err: error }, 'a request broke after it was answered');
    return;
  }
  ctx.state.errorCode = error.code;
  logError(ctx, error);
  ctx.status = error.status;
  // Of an answer that was ready when it turned out that not all of it is stored.
  ctx.remove('Location');
  if (error.retryAfterSeconds !== undefined) {
    ctx.set('Retry-After', String(error.retryAfterSeconds));
  }
  const retryAfter =
    error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds };
  if (isForPrograms(ctx.path)) return respondToProgram(ctx, error);
  if (!wantsPage(ctx)) return respondWithProblem(ctx, error);
  if (error.code === 'cookies_required') {
    ctx.render('platform/cookies-required', {}, { status: error.status, isError: true });
    return;
  }
  renderErrorPage(ctx, { code: error.code, status: error.status, ...retryAfter });
}

/**
 * For oidc-provider's `renderError`: the developer's page. `registered` and `received` must never
 * hold a secret; `received` is shortened here.
 */
export function respondWithProtocolError(
  ctx: HttpContext,
  view: ProtocolErrorView & { status: number },
): void {
  const { status, received, ...rest } = view;
  const shortened = received === undefined ? {} : { received: shorten(received) };
  ctx.state.errorCode = 'protocol_error';
  ctx.log.info({ error: view.error, parameter: view.parameter }, 'protocol request refused');
  ctx.status = status;
  if (isForPrograms(ctx.path) || !wantsPage(ctx)) {
    ctx.body = { error: view.error, error_description: view.description };
    return;
  }
  renderErrorPage(ctx, { code: 'protocol_error', status, protocol: { ...rest, ...shortened } });
}

function renderErrorPage(ctx: HttpContext, page: ErrorLocals & { status: number }): void {
  const { status, ...locals } = page;
  ctx.render('platform/error', locals, { status, isError: true });
}

function respondToProgram(ctx: HttpContext, error: AppError): void {
  ctx.body = {
    error: error.status >= 500 ? serverErrorName(error) : 'invalid_request',
    error_description: `${error.code} (${ctx.state.requestId})`,
  };
}

function serverErrorName(error: AppError): string {
  return error.status === 503 ? 'temporarily_unavailable' : 'server_error';
}

function respondWithProblem(ctx: HttpContext, error: AppError): void {
  const { code, status } = error;
  const words = problemWords(ctx, error);
  const detail = ctx.t(words.next);
  if (SCIM_PATH.test(ctx.path)) {
    ctx.body = JSON.stringify({ schemas: [SCIM_ERROR], status: String(status), detail });
    ctx.type = 'application/scim+json';
    return;
  }
  writeProblem(ctx, { code, status, title: ctx.t(words.title), detail });
}

/** What no interface answers: a program has no page to go back to, but there is a description. */
const INTERFACE_WORDS: Readonly<Record<string, { title: string; next: string }>> = {
  not_found: {
    title: 'error.not_found.interface.title',
    next: 'error.not_found.interface.next',
  },
  method_not_allowed: {
    title: 'error.method_not_allowed.interface.title',
    next: 'error.method_not_allowed.interface.next',
  },
};

function problemWords(ctx: HttpContext, { code, localeKey }: AppError) {
  const ofInterface = INTERFACE_PATH.test(ctx.path) ? INTERFACE_WORDS[code] : undefined;
  return ofInterface ?? { title: `${localeKey}.title`, next: `${localeKey}.next` };
}

/** RFC 9457: what a program reads of a refusal, beside members of its own. */
export interface Problem {
  code: string;
  status: number;
  /** In the reader's language, as `detail`. */
  title: string;
  detail: string;
  more?: Readonly<Record<string, unknown>> | undefined;
}

export function writeProblem(ctx: HttpContext, problem: Problem): void {
  const { code, status, title, detail, more = {} } = problem;
  ctx.status = status;
  ctx.body = {
    type: `urn:hutong:problem:${code}`,
    title,
    status,
    detail,
    instance: `urn:hutong:request:${ctx.state.requestId}`,
    ...more,
  };
  ctx.type = 'application/problem+json';
  ctx.set('Content-Language', ctx.state.locale);
}

/** No page of ours: nobody is led anywhere, and a browser that opens it does nothing with it. */
export function isNoPage(path: string): boolean {
  return PROTOCOL_PATH.test(path) || INTERFACE_PATH.test(path);
}

/** Endpoints of the protocol that no person opens. */
export function isForPrograms(path: string): boolean {
  return PROTOCOL_PATH.test(path);
}

/** People first: a program that wants JSON says so. */
function wantsPage(ctx: HttpContext): boolean {
  return !INTERFACE_PATH.test(ctx.path) && ctx.accepts('html', 'json') !== 'json';
}

function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (isDatabaseUnavailable(thrown)) return new AppError('database_unavailable', { cause: thrown });
  const status = statusOf(thrown);
  if (status === undefined || status === 500) return new AppError('internal', { cause: thrown });
  const code = STATUS_CODES[status] ?? (status < 500 ? 'input_invalid' : 'internal');
  return new AppError(code, { cause: thrown });
}

/** The status an error of Koa or of a library carries (http-errors). */
function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const status = 'status' in thrown ? thrown.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}

function logError(ctx: HttpContext, error: AppError): void {
  const { code, details, logLevel } = error;
  // Refusals need no stack; causes of failures do.
  const cause = logLevel === 'info' ? {} : { err: error };
  // The name of a route, never an address: what nobody serves may hold whatever was typed.
  const where = { method: ctx.method, route: ctx.state.routeName ?? UNMATCHED_ROUTE };
  ctx.log[logLevel](
    { error: code, status: error.status, details, ...where, ...cause },
    'request failed',
  );
}

function shorten(text: string): string {
  return text.length > MAX_RECEIVED_LENGTH ? `${text.slice(0, MAX_RECEIVED_LENGTH)}…` : text;
}
