// What every register of the demonstration has around its own routes: pages, emblem, refusal of
// names that are not local, and the key that who asks must present.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Router from '@koa/router';
import Koa from 'koa';
import type { Middleware } from 'koa';
import { Pages, serveShell } from '../pages/site-shell.ts';
import type { SiteShell } from '../pages/site-shell.ts';
import { refuseForeignHosts } from './faults.ts';

export type RegisterShell = Pick<SiteShell, 'key' | 'publicUrl'> & {
  /** Origins beside its own that a form of its pages may lead to. */
  readonly formTargets?: readonly string[];
  readonly log: (line: object) => void;
};

export function createRegisterApp(
  { log, formTargets = [], ...of }: RegisterShell,
  addRoutes: (router: Router, pages: Pages) => void,
): Koa {
  const shell = { ...of, formTargets };
  const pages = new Pages(shell);
  const router = new Router();
  const emblem = readFileSync(new URL('../inbox/emblem.svg', import.meta.url), 'utf8');
  router.get('/logo.svg', (ctx) => {
    ctx.type = 'image/svg+xml';
    ctx.body = emblem;
  });
  addRoutes(router, pages);
  const app = new Koa();
  app.use(refuseForeignHosts);
  app.use(serveShell(shell, pages, log));
  app.use(router.routes() as Middleware);
  return app;
}

/** Only who presents the key as bearer token gets past. */
export function requireKey(key: string): Middleware {
  const expected = digest(`Bearer ${key}`);
  return async (ctx, next) => {
    if (timingSafeEqual(digest(ctx.get('Authorization')), expected)) return next();
    ctx.status = 401;
    ctx.body = { error: 'the key of this register is needed as bearer token' };
  };
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
