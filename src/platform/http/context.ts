// What the HTTP platform adds to Koa's context. Routes take `HttpContext`; code that receives a
// bare Koa context from a library (oidc-provider's hooks) gets it back with `asHttpContext`.
import type Koa from 'koa';
import type { ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Display } from './display.ts';
import type { Fields } from './input.ts';
import type { Locale, Translate } from './locale.ts';
import type { ViewLocals, ViewName } from './view-locals.ts';

/** What a response's content security policy admits beside our own origin. */
export interface CspAdditions {
  formAction: Set<string>;
  frames: Set<string>;
  /** The answer is no page of ours, or none at all: it may do nothing. */
  isIsolated?: boolean;
}

export interface HttpState {
  requestId: string;
  /** The number a trusted proxy has given this request. */
  proxyRequestId?: string;
  /** Of this response; scripts and styles in templates carry it. */
  nonce: string;
  csp: CspAdditions;
  locale: Locale;
  /** By the switch in the header, now or before; not by the relying party or the browser. */
  isLocaleChosen: boolean;
  display: Display;
  /** A path of ours that shows this page again, where the request's own would not (a form's). */
  pageAddress?: string;
  /** For what lawfully takes longer than other requests. Milliseconds from now. */
  restartDeadline?: (limitMs: number) => void;
  /** Of the matched route; stands in logs for the address. */
  routeName?: string;
  /** Of the error that was answered. */
  errorCode?: ErrorCode;
  /** The CSRF secret of this browser, made at first use. */
  csrfSecret?: string;
}

export interface RenderOptions {
  status?: number;
  /** Prefixes the title with 「错误：」; also set by locals with an `errors` list that is not empty. */
  isError?: boolean;
}

export interface HttpExtension {
  log: Logger;
  t: Translate;
  /** A hidden-field value for the forms of this response; sets the CSRF cookie when absent. */
  csrfToken(): string;
  /** Language and display as the reader chose them in a form that has passed its CSRF guard. */
  choose(fields: Fields): void;
  /** Renders a page with the layout and the right headers. */
  render<V extends ViewName>(view: V, locals: ViewLocals[V], options?: RenderOptions): void;
}

export type HttpContext = Koa.ParameterizedContext<HttpState, HttpExtension>;
export type HttpMiddleware = Koa.Middleware<HttpState, HttpExtension>;
export type HttpApp = Koa<HttpState, HttpExtension>;

/**
 * Gives a request methods of its own. Not `ctx.name = () => …`: V8 counts a function that is
 * assigned to a property among what lives long, and with it the whole request would wait for a
 * collection of everything instead of one of what is young.
 */
export function addMethods(ctx: HttpContext, methods: Partial<HttpExtension>): void {
  Object.assign(ctx, methods);
}

/** @throws TypeError when the request did not come through `createHttpApp`. */
export function asHttpContext(ctx: Koa.Context | Koa.ParameterizedContext): HttpContext {
  const candidate = ctx as unknown as Partial<HttpContext>;
  if (typeof candidate.render !== 'function' || typeof candidate.csrfToken !== 'function') {
    throw new TypeError('not a context of the HTTP platform');
  }
  return candidate as HttpContext;
}
