// The population register of the demonstration: answers whether a name belongs to a number, and
// shows newcomers whom it knows that has no account yet.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { Pages, serveShell } from '../../pages/site-shell.ts';
import { Faults, refuseForeignHosts } from '../faults.ts';
import { registeredPeople, samplePeople } from '../people.ts';

export type PopulationDependencies = {
  readonly key: string;
  readonly publicUrl: string;
  readonly log: (line: object) => void;
};

const questionSchema = z.object({
  request_id: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  certificate_type: z.literal('111'),
  certificate_number: z.string().regex(/^\d{17}[\dX]$/u),
});

export function createPopulationRegister(dependencies: PopulationDependencies): Koa {
  const { publicUrl, log } = dependencies;
  const shell = { key: 'population', publicUrl, formTargets: [] };
  const pages = new Pages(shell);
  const app = new Koa();
  app.use(refuseForeignHosts);
  app.use(serveShell(shell, pages, log));
  app.use(routes(dependencies, pages).routes() as Middleware);
  return app;
}

function routes({ key }: PopulationDependencies, pages: Pages): Router {
  const router = new Router();
  const faults = new Faults();
  const emblem = readFileSync(new URL('../../inbox/emblem.svg', import.meta.url), 'utf8');
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  router.get('/', (ctx) =>
    pages.show(ctx, { page: 'population', people: samplePeople, mode: faults.mode }),
  );
  router.get('/logo.svg', (ctx) => {
    ctx.type = 'image/svg+xml';
    ctx.body = emblem;
  });
  faults.addRoutes(router);
  router.post('/check', requireKey(key), faults.guard, parseJson, (ctx) => answer(ctx, faults));
  return router;
}

function answer(ctx: Context, { mode }: Faults): void {
  const parsed = questionSchema.safeParse(ctx.request.body);
  if (!parsed.success) {
    ctx.status = 400;
    ctx.body = { error: z.prettifyError(parsed.error) };
    return;
  }
  const { request_id, name, certificate_number: number } = parsed.data;
  const person = registeredPeople.find((each) => each.number === number);
  const found = (person !== undefined) !== (mode === 'wrong');
  const nameMatches = found && (person?.name === name || mode === 'wrong');
  ctx.body = {
    request_id: mode === 'contradictory' ? `${request_id}-other` : request_id,
    code: nameMatches ? '00' : found ? '01' : '02',
    found,
    name_matches: nameMatches,
  };
}

function requireKey(key: string): Middleware {
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
