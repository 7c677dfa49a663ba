// What every page of a demonstration party has around it: security headers, language, templates,
// the style sheet, an access log line without queries, and one page for whatever goes wrong.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Context, Middleware } from 'koa';
import { chooseLanguage, parseLanguage, translate } from '../locales.ts';
import type { Language } from '../locales.ts';

export type SiteShell = {
  /** Short name for cookies, logs and word keys. */
  readonly key: string;
  readonly publicUrl: string;
  /** Origins beside its own that a form of this site may lead to. */
  readonly formTargets: readonly string[];
};

export type PageContent = { readonly page: string; readonly status?: number } & Readonly<
  Record<string, unknown>
>;

const views = fileURLToPath(new URL('./views/', import.meta.url));
const styleSheet = await readFile(new URL('./style.css', import.meta.url), 'utf8');

export class Pages {
  readonly #shell: SiteShell;
  readonly #eta: Eta;

  constructor(shell: SiteShell) {
    this.#shell = shell;
    this.#eta = new Eta({ views, cache: true });
  }

  /** Shows the template named like the page, inside the site's layout. */
  show(ctx: Context, content: PageContent): void {
    const language = chooseLanguage(ctx, `${this.#shell.key}_lang`);
    const t = translate(language);
    ctx.status = content.status ?? 200;
    if (content.page === 'problem') ctx.state['reference'] ??= randomUUID().slice(0, 8);
    ctx.type = 'html';
    ctx.set('Content-Language', language);
    ctx.body = this.#eta.render(content.page, {
      ...content,
      site: this.#shell.key,
      language,
      otherLanguage: language === 'en' ? 'zh-CN' : 'en',
      here: ctx.method === 'GET' && ctx.status === 200 ? ctx.path : '/',
      reference: ctx.state['reference'],
      t,
      formatTime: (time: Date) => formatTime(time, language),
    });
  }
}

/** In the city's own time, to the minute: 2026年11月22日 14:05. */
function formatTime(time: Date, language: Language): string {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
    timeZone: 'Asia/Shanghai',
  }).format(time);
}

/** Headers, log line, style sheet and language switch, in front of the site's own routes. */
export function serveShell(
  shell: SiteShell,
  pages: Pages,
  log: (line: object) => void,
): Middleware {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...shell.formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
  return async (ctx, next) => {
    const began = performance.now();
    ctx.set('Content-Security-Policy', policy);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'same-origin');
    ctx.set('Cache-Control', 'no-store');
    try {
      if (!serveOwnAddress(ctx, shell)) await next();
      if (ctx.status === 404 && ctx.body === undefined) {
        pages.show(ctx, { page: 'problem', status: 404, problem: 'not_found' });
      }
    } catch (error) {
      showFailure(ctx, pages, error);
    }
    const ms = Math.round(performance.now() - began);
    const { reference, failure } = ctx.state;
    log({ method: ctx.method, path: ctx.path, status: ctx.status, ms, reference, failure });
  };
}

function serveOwnAddress(ctx: Context, shell: SiteShell): boolean {
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return false;
  if (ctx.path === '/style.css') {
    ctx.type = 'css';
    ctx.set('Cache-Control', 'max-age=300');
    ctx.body = styleSheet;
    return true;
  }
  if (ctx.path === '/language') {
    const chosen = parseLanguage(ctx.query['to']);
    if (chosen) setCookie(ctx, shell, { name: `${shell.key}_lang`, value: chosen, path: '/' });
    ctx.status = 303;
    ctx.redirect(readLocalPath(ctx.query['back']));
    return true;
  }
  return false;
}

/** A path of this very site, never an address elsewhere (`//host`, `/\host`). */
function readLocalPath(value: unknown): string {
  return typeof value === 'string' && /^\/(?:[\w-]+(?:\/[\w-]+)*)?$/u.test(value) ? value : '/';
}

export type CookieSetting = {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly maxAgeSeconds?: number;
};

/** Written by hand: behind a TLS proxy koa would refuse to mark a cookie Secure. */
export function setCookie(ctx: Context, shell: { publicUrl: string }, cookie: CookieSetting): void {
  const attributes = [
    `${cookie.name}=${cookie.value}`,
    `Path=${cookie.path}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(cookie.maxAgeSeconds === undefined ? [] : [`Max-Age=${cookie.maxAgeSeconds}`]),
    ...(shell.publicUrl.startsWith('https:') ? ['Secure'] : []),
  ];
  ctx.append('Set-Cookie', attributes.join('; '));
}

function showFailure(ctx: Context, pages: Pages, error: unknown): void {
  const status = readClientErrorStatus(error);
  if (status === undefined) {
    ctx.state['failure'] = error instanceof Error ? error.stack : String(error);
  }
  const problem = status === undefined ? 'internal' : 'bad_request';
  pages.show(ctx, { page: 'problem', status: status ?? 500, problem });
}

function readClientErrorStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** One line of JSON on standard output, which the supervisor keeps as the part's log. */
export function logTo(stream: NodeJS.WritableStream): (line: object) => void {
  return (line) => {
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
  };
}
