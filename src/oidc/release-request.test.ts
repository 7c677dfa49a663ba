// What is left of a request once it is answered, and of one whose client did not wait.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { HttpContext } from '../platform/http/context.ts';
import { releaseWhenAnswered } from './release-request.ts';

let server: Server;
let ctx: HttpContext;
let beforeAnswer: () => Promise<unknown>;
let statusAtEnd: number | undefined;

beforeEach(async () => {
  beforeAnswer = () => Promise.resolve();
  statusAtEnd = undefined;
  const app = new Koa();
  app.use(async (context) => {
    ctx = context as HttpContext;
    const tied = { client: 'known' };
    Object.defineProperty(ctx, 'oidc', { get: () => tied });
    ctx.res.once('close', () => (statusAtEnd = ctx.status));
    await beforeAnswer();
    ctx.body = 'answered';
    releaseWhenAnswered(ctx);
  });
  server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

it('holds nothing of a request that was answered, after others have read how it ended', async () => {
  expect(await (await fetch(address())).text()).toBe('answered');
  await vi.waitFor(() => expect(ctx.req).toBeUndefined());
  expect(statusAtEnd).toBe(200);
  expect(ctx.state).toBeUndefined();
  expect((ctx as unknown as { oidc: { client?: string } }).oidc.client).toBeUndefined();
});

it('leaves a request as it is whose client went away before the answer', async () => {
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  beforeAnswer = () => {
    arrived.resolve();
    return held.promise;
  };
  const asked = request(address()).end();
  asked.on('error', () => undefined);
  await arrived.promise;
  const left = ctx;
  const closed = once(left.res, 'close');
  asked.destroy();
  await closed;
  held.resolve();
  expect((await fetch(address())).status).toBe(200);
  expect(left.body).toBe('answered');
});
