// The HTTP side of the inbox: the page where a newcomer reads the codes, the same as JSON for
// tools, and the two SMS gateways that the city node sends through. `PUT /faults` breaks the first.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { Faults } from '../registers/faults.ts';
import { gatewayPaths } from './gateways-file.ts';
import { Pages, serveShell } from '../pages/site-shell.ts';
import type { MessageStore } from './message-store.ts';

export type InboxDependencies = {
  readonly store: MessageStore;
  /** What the sender must present as bearer token at `POST /sms`. */
  readonly smsKey: string;
  readonly publicUrl: string;
  readonly log: (line: object) => void;
};

const refreshSeconds = 5;

const smsSchema = z.object({
  to: z
    .string()
    .trim()
    .regex(/^\+?[\d -]{5,24}$/u),
  text: z.string().min(1).max(1_000),
  id: z.string().min(1).max(100).optional(),
});

export function createInbox(dependencies: InboxDependencies): Koa {
  const shell = { key: 'inbox', publicUrl: dependencies.publicUrl, formTargets: [] };
  const pages = new Pages(shell);
  const app = new Koa();
  app.use(refuseForeignHosts);
  app.use(serveShell(shell, pages, dependencies.log));
  app.use(inboxRoutes(dependencies, pages).routes() as Middleware);
  return app;
}

function inboxRoutes({ store, smsKey }: InboxDependencies, pages: Pages): Router {
  const router = new Router();
  const emblem = readFileSync(new URL('./emblem.svg', import.meta.url), 'utf8');
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '16kb', onError: badJson });
  router.get('/', (ctx) => showMessages(ctx, store, pages));
  router.get('/logo.svg', (ctx) => {
    ctx.type = 'image/svg+xml';
    ctx.body = emblem;
  });
  router.get('/messages', (ctx) => listMessages(ctx, store));
  const faults = new Faults();
  faults.addRoutes(router);
  const accept: Middleware = (ctx) => acceptSms(ctx as Context, store);
  const lie: Middleware = async (ctx, next) => {
    if (faults.mode !== 'wrong' && faults.mode !== 'contradictory') return next();
    ctx.body = { accepted: false };
  };
  const { first, second } = gatewayPaths;
  router.post(first, requireKey(smsKey), faults.guard, lie, parseJson, accept);
  router.post(second, requireKey(smsKey), parseJson, accept);
  return router;
}

function showMessages(ctx: Context, store: MessageStore, pages: Pages): void {
  const isRefreshing = ctx.query['refresh'] !== 'off';
  if (isRefreshing) ctx.set('Refresh', String(refreshSeconds));
  const messages = store.list();
  pages.show(ctx, { page: 'inbox', messages, kept: store.limit, isRefreshing, refreshSeconds });
}

function listMessages(ctx: Context, store: MessageStore): void {
  const { to } = ctx.query;
  if (Array.isArray(to)) return refuse(ctx, 400, 'to: at most once');
  ctx.body = { messages: store.list({ to }) };
}

async function acceptSms(ctx: Context, store: MessageStore): Promise<void> {
  const parsed = smsSchema.safeParse(ctx.request.body);
  if (!parsed.success) return refuse(ctx, 400, z.prettifyError(parsed.error));
  const { to, text, id } = parsed.data;
  const kept = await store.add({
    kind: 'sms',
    to: [to],
    text,
    ...(id === undefined ? {} : { id }),
  });
  // A gateway that is asked twice for the same message says yes twice and sends once.
  ctx.status = 202;
  ctx.body = { accepted: true, id: kept === 'known' ? id : kept.id };
}

function requireKey(smsKey: string): Middleware {
  const expected = digest(`Bearer ${smsKey}`);
  return async (ctx, next) => {
    if (timingSafeEqual(digest(ctx.get('Authorization')), expected)) return next();
    ctx.set('WWW-Authenticate', 'Bearer');
    refuse(ctx, 401, 'the key of this gateway is needed as bearer token');
  };
}

/** The inbox shows codes, so a page elsewhere must not reach it by pointing its name at loopback. */
const refuseForeignHosts: Middleware = async (ctx, next) => {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/u.test(ctx.get('Host'));
  if (isLocal) return next();
  refuse(ctx, 421, 'this inbox answers to local names only');
};

function badJson(_error: Error, ctx: Context): void {
  refuse(ctx, 400, 'the body must be JSON of at most 16 kB');
}

function refuse(ctx: Context, status: number, message: string): void {
  ctx.status = status;
  ctx.body = { error: message };
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
