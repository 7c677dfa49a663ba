// Response headers that are the same everywhere: a strict content security policy with a nonce,
// no framing, no referrer to other sites, nothing stored. Also the names and the options of our cookies.
import helmet from 'koa-helmet';
import { secureBytes } from '../random.ts';
import type { HttpContext, HttpMiddleware } from './context.ts';
import { isNoPage } from './error-pages.ts';

export interface HeaderOptions {
  /** The issuer is https: HSTS is sent and cookies carry their prefixes. */
  isSecure: boolean;
}

const HSTS_SECONDS = 63_072_000;
const CHOICE_KEPT_MS = 365 * 86_400_000;
const PERMISSIONS_POLICY =
  'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()';

/** Outermost but one: the policy is written after the handlers had their say. */
export function securityHeaders(options: HeaderOptions): HttpMiddleware[] {
  return [fixedHeaders(options), contentSecurityPolicy];
}

/** What helmet decides does not depend on the request: it is asked once. */
function fixedHeaders(options: HeaderOptions): HttpMiddleware {
  const decide = helmet({
    contentSecurityPolicy: false,
    // Browsers send `Origin: null` with forms under `no-referrer`; `same-origin` keeps it for us.
    referrerPolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    crossOriginEmbedderPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // A relying party may open sign-in in a window of its own and wait for it.
    crossOriginOpenerPolicy: false,
    hsts: options.isSecure ? { maxAge: HSTS_SECONDS, includeSubDomains: false } : false,
  });
  let decided: Promise<ReadonlyMap<string, string>> | undefined;
  return async (ctx, next) => {
    decided ??= headersOf(decide);
    for (const [name, value] of await decided) ctx.res.setHeader(name, value);
    await next();
  };
}

async function headersOf(decide: ReturnType<typeof helmet>): Promise<ReadonlyMap<string, string>> {
  const headers = new Map<string, string>();
  const res = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: (name: string) => headers.delete(name),
  };
  const ctx = { req: {}, res } as unknown as Parameters<typeof decide>[0];
  await decide(ctx, async () => undefined);
  return headers;
}

const contentSecurityPolicy: HttpMiddleware = async (ctx, next) => {
  ctx.state.nonce = secureBytes(16).toString('base64');
  const isIsolated = isNoPage(ctx.path);
  ctx.state.csp = { formAction: new Set(), frames: new Set(), isIsolated };
  ctx.set('Permissions-Policy', PERMISSIONS_POLICY);
  ctx.set('Cache-Control', 'no-store');
  await next();
  ctx.set('Content-Security-Policy', policyOf(ctx));
};

function policyOf(ctx: HttpContext): string {
  const { csp, nonce } = ctx.state;
  if (csp.isIsolated) return "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox";
  return [
    "default-src 'none'",
    "base-uri 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    // The proof-of-work widget starts its worker from our own assets.
    "worker-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    `form-action ${["'self'", ...csp.formAction].join(' ')}`,
    `frame-src ${csp.frames.size === 0 ? "'none'" : [...csp.frames].join(' ')}`,
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Lets a form on this page end at `address` (a redirect URI of the relying party): Chromium
 * applies form-action to every redirect that follows a submit. Custom schemes are admitted whole.
 */
export function allowFormAction(ctx: HttpContext, address: string | URL): void {
  ctx.state.csp.formAction.add(sourceOf(address));
}

/** For content that people have sent: a browser that opens it by itself lets it do nothing. */
export function isolateContent(ctx: HttpContext): void {
  ctx.state.csp.isIsolated = true;
}

/** Lets this page frame the given addresses (front-channel logout). */
export function allowFrames(ctx: HttpContext, addresses: readonly (string | URL)[]): void {
  for (const address of addresses) ctx.state.csp.frames.add(sourceOf(address));
}

/**
 * After a sign-out: the browser drops what it has kept of this host. Not the cookies: language and
 * display are the reader's, and a known device keeps strangers from closing an account.
 */
export function forgetInBrowser(ctx: HttpContext): void {
  ctx.set('Clear-Site-Data', '"cache", "storage"');
}

/** Hosts that a source expression can name: no IPv6 address (CSP 3, section 2.3.1). */
const NAMEABLE_HOST = /^[\w.-]+$/u;

function sourceOf(address: string | URL): string {
  const url = new URL(address);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  // A URL allows characters in its host that would begin another directive: `;`.
  return isWeb && NAMEABLE_HOST.test(url.hostname) ? url.origin : url.protocol;
}

export interface CookieNames {
  /** Bound to this host and path `/`: session, device, CSRF. */
  host(name: string): string;
  /** Sent over https only, path free: interaction, resume. */
  secure(name: string): string;
}

/**
 * What all our cookies have in common: no script reads them, no form of another site brings them.
 * `overwrite`: of two that one answer sets the later one counts.
 */
export function cookieOptions({ isSecure }: HeaderOptions) {
  return { httpOnly: true, sameSite: 'lax', secure: isSecure, overwrite: true } as const;
}

/** For what the reader chose; says nothing of the person, so nobody gains by making one up. */
export function choiceCookieOptions(options: HeaderOptions) {
  return { ...cookieOptions(options), signed: false, maxAge: CHOICE_KEPT_MS } as const;
}

/**
 * Names that a browser protects need https; the demonstration on loopback http uses plain ones.
 * @param options `cookiePrefix` of a platform that shares its host name with another
 */
export function cookieNames(options: HeaderOptions & { cookiePrefix?: string }): CookieNames {
  const { isSecure, cookiePrefix = '' } = options;
  const own = cookiePrefix === '' ? '' : `${cookiePrefix}_`;
  return {
    host: (name) => `${isSecure ? '__Host-' : ''}${own}${name}`,
    secure: (name) => `${isSecure ? '__Secure-' : ''}${own}${name}`,
  };
}
