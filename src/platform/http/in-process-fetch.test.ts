// Requests of the process to itself: right for an https issuer that this machine could never reach,
// and not to be had from outside.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import type { HttpApp } from './context.ts';
import { inProcessFetch } from './in-process-fetch.ts';
import type { Fetch } from './in-process-fetch.ts';
import { defineRoute } from './route.ts';

const issuer = 'https://id.example.gov.cn';
const outside: string[] = [];
let server: TestServer;
let fetch: Fetch;

const echo = defineRoute({
  method: 'POST',
  path: '/echo',
  name: 'test.echo',
  limiter: { exempt: 'a test' },
  csrf: { exempt: 'a test' },
  input: { body: z.object({ text: z.string().max(100) }) },
  handle(ctx, { body }) {
    ctx.set('X-Two', ['1', '2']);
    ctx.body = { ...body, secure: ctx.secure, href: ctx.href, address: ctx.ip };
  },
});
const empty = defineRoute({
  method: 'GET',
  path: '/empty',
  name: 'test.empty',
  handle(ctx) {
    ctx.status = 204;
  },
});
const leave = defineRoute({
  method: 'GET',
  path: '/leave',
  name: 'test.leave',
  handle(ctx) {
    ctx.redirect('/elsewhere');
  },
});

beforeAll(async () => {
  let app: HttpApp | undefined;
  server = await startHttpServer({
    issuer,
    routes: [echo, empty, leave],
    extend: (made) => {
      app = made;
    },
  });
  fetch = inProcessFetch({
    issuer,
    handler: () => {
      if (!app) throw new Error('not built yet');
      return app.callback();
    },
    network: (url) => {
      outside.push(String(url));
      return Promise.resolve(new Response('from the network'));
    },
  });
});
afterAll(() => server.close());

it('carries a form over the issuer’s own scheme and host', async () => {
  const body = new URLSearchParams({ text: '你好' });
  const response = await fetch(`${issuer}/echo?a=1`, { method: 'POST', body });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-two')).toBe('1, 2');
  expect(await response.json()).toEqual({
    text: '你好',
    secure: true,
    href: `${issuer}/echo?a=1`,
    address: '127.0.0.1',
  });
  expect(outside).toEqual([]);
});

it('answers without a body and with a redirect that is not followed', async () => {
  expect((await fetch(`${issuer}/empty`)).status).toBe(204);
  const redirected = await fetch(new URL('/leave', issuer));
  expect([redirected.status, redirected.headers.get('location')]).toEqual([302, '/elsewhere']);
});

it('is no way in: the same request over the network is sent to https', async () => {
  const headers = { accept: 'text/html', host: 'id.example.gov.cn', 'x-forwarded-proto': 'https' };
  const answer = await send(server, { path: '/empty', headers });
  expect([answer.status, answer.headers.location]).toEqual([307, `${issuer}/empty`]);
});

it('leaves every other address to the network, also one that only looks alike', async () => {
  const others = [
    'http://id.example.gov.cn/empty',
    'https://id.example.gov.cn:8443/empty',
    'https://id.example.gov.cn.evil.example/empty',
  ];
  for (const url of others) expect(await (await fetch(url)).text()).toBe('from the network');
  expect(outside).toEqual(others);
});
