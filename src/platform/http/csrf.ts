// Guards state changes against other sites: the browser's own word (Sec-Fetch-Site, Origin or
// Referer) and a signed double-submit token. One secret per browser, so that tabs, the back
// button and restored pages keep working; works without script.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import { addMethods } from './context.ts';
import type { HttpContext, HttpMiddleware } from './context.ts';
import { cookieOptions } from './headers.ts';
import type { CookieNames } from './headers.ts';

/** The part of the key ring that signs; the newest key first. */
export interface CsrfKeys {
  mac(purpose: 'cookie', label: string, value: string): Buffer;
  macs(purpose: 'cookie', label: string, value: string): Buffer[];
}

export interface CsrfOptions {
  issuer: URL;
  isSecure: boolean;
  cookies: CookieNames;
  keys: CsrfKeys;
}

export const CSRF_FIELD = '_csrf';
const COOKIE = 'hutong_csrf';
const LABEL = 'csrf';
const SECRET_PATTERN = /^[\w-]{43}$/u;
const SALT_BYTES = 9;
/** Koa would sign every cookie as soon as the app has keys; this secret needs no second cookie. */
const UNSIGNED = { signed: false } as const;

/** Adds `ctx.csrfToken()`. */
export function csrfTokens(options: CsrfOptions): HttpMiddleware {
  return async (ctx, next) => {
    const csrfToken = () => {
      const secret = ctx.state.csrfSecret ?? readSecret(ctx, options) ?? newSecret(ctx, options);
      ctx.state.csrfSecret = secret;
      // The salt makes every form's token different, so that compression reveals nothing of it.
      const salt = randomBytes(SALT_BYTES).toString('base64url');
      const mac = options.keys.mac('cookie', LABEL, `${salt}.${secret}`).toString('base64url');
      return `${salt}.${mac}`;
    };
    addMethods(ctx, { csrfToken });
    await next();
  };
}

/** @throws AppError csrf_failed, or cookies_required when the browser sent no cookie back. */
export function verifyToken(ctx: HttpContext, token: unknown, options: CsrfOptions): void {
  const secret = readSecret(ctx, options);
  if (!secret) throw new AppError('cookies_required', { details: { cookie: COOKIE } });
  // Tabs that opened together, before the first cookie came back, hold tokens of different secrets;
  // no page of another site can make a browser say this.
  if (ctx.get('Sec-Fetch-Site') === 'same-origin') return;
  const [salt = '', mac = ''] = typeof token === 'string' ? token.split('.') : [];
  const presented = Buffer.from(mac, 'base64url');
  const expected = options.keys.macs('cookie', LABEL, `${salt}.${secret}`);
  const isValid = expected.some(
    (candidate) => candidate.length === presented.length && timingSafeEqual(candidate, presented),
  );
  if (!isValid) throw new AppError('csrf_failed', { details: { reason: 'token' } });
}

/** What the browser says of where the request began. @throws AppError csrf_failed. */
export function verifySameOrigin(ctx: HttpContext, issuer: URL): void {
  const site = ctx.get('Sec-Fetch-Site');
  // `none` is the person: a reload or a restored tab.
  if (site !== '' && site !== 'same-origin' && site !== 'none') throw foreign('sec-fetch-site');
  const origin = ctx.get('Origin');
  if (origin === 'null') {
    // Browsers that hide the origin still tell the truth in Sec-Fetch-Site, which no page can set.
    if (site !== 'same-origin') throw foreign('origin');
  } else if (origin !== '' && origin !== issuer.origin) {
    throw foreign('origin');
  }
  if (site === '' && origin === '') verifyReferer(ctx.get('Referer'), issuer);
}

function verifyReferer(referer: string, issuer: URL): void {
  if (referer === '') return;
  if (!URL.canParse(referer) || new URL(referer).origin !== issuer.origin) throw foreign('referer');
}

function foreign(reason: string): AppError {
  return new AppError('csrf_failed', { details: { reason } });
}

function readSecret(ctx: HttpContext, options: CsrfOptions): string | undefined {
  const value = ctx.cookies.get(options.cookies.host(COOKIE), UNSIGNED);
  return value !== undefined && SECRET_PATTERN.test(value) ? value : undefined;
}

function newSecret(ctx: HttpContext, options: CsrfOptions): string {
  const secret = randomBytes(32).toString('base64url');
  ctx.cookies.set(options.cookies.host(COOKIE), secret, {
    ...cookieOptions(options),
    ...UNSIGNED,
  });
  return secret;
}
