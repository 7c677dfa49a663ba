// Who may change state: the matrix of what browsers say, and what tokens survive.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FORM, PAGE, send, startHttpServer } from '../../../test/support/http-server.ts';
import type { TestServer } from '../../../test/support/http-server.ts';
import { defineRoute } from './route.ts';

let server: TestServer;
let changes = 0;

const page = defineRoute({
  method: 'GET',
  path: '/form',
  name: 'test.form',
  handle(ctx) {
    ctx.body = ctx.csrfToken();
  },
});
const change = defineRoute({
  method: 'POST',
  path: '/form',
  name: 'test.change',
  limiter: 'account',
  csrf: 'token',
  input: { body: z.strictObject({}) },
  handle(ctx) {
    changes += 1;
    ctx.body = 'changed';
  },
});

beforeAll(async () => {
  server = await startHttpServer({ routes: [page, change] });
});
afterAll(() => server.close());

async function openForm(cookie = '') {
  const answer = await send(server, { path: '/form', headers: { ...PAGE, cookie } });
  const set = answer.headers['set-cookie']?.[0]?.split(';')[0];
  return {
    token: answer.text,
    cookie: set ?? cookie,
    raw: answer.headers['set-cookie']?.[0] ?? '',
  };
}

function submit(token: string, headers: Record<string, string>) {
  return send(server, {
    method: 'POST',
    path: '/form',
    headers: { ...FORM, ...headers },
    body: new URLSearchParams({ _csrf: token }).toString(),
  });
}

describe('a form', () => {
  it('is accepted with its cookie and token, also without any word of the browser', async () => {
    const { token, cookie } = await openForm();
    expect((await submit(token, { cookie })).status).toBe(200);
  });

  it('survives a second tab and the back button', async () => {
    const first = await openForm();
    const second = await openForm(first.cookie);
    expect(second.token).not.toBe(first.token);
    expect((await submit(second.token, { cookie: first.cookie })).status).toBe(200);
    expect((await submit(first.token, { cookie: first.cookie })).status).toBe(200);
    expect((await submit(first.token, { cookie: first.cookie })).status).toBe(200);
  });

  it('sets a cookie that scripts and other sites do not get', async () => {
    const { raw } = await openForm();
    expect(raw).toMatch(/^hutong_csrf=[\w-]{43}; path=\/; samesite=lax; httponly$/u);
  });

  it('explains cookies when none came back', async () => {
    const { token } = await openForm();
    const answer = await submit(token, {});
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('data-page="cookies-required"');
    expect(answer.text).toContain('<title>错误：');
  });
});

describe('refuses, and changes nothing,', () => {
  it.each([
    ['no token', () => ''],
    ['a token of another browser', async () => (await openForm()).token],
    ['a cut token', (token: string) => token.slice(0, -2)],
    ['a token with another salt', (token: string) => `x${token}`],
    ['a token without its salt', (token: string) => token.slice(token.indexOf('.'))],
  ])('%s', async (_case, spoil) => {
    const { token, cookie } = await openForm();
    const before = changes;
    const answer = await submit(await spoil(token), { cookie });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('没有通过安全检查');
    expect(changes).toBe(before);
  });
});

describe('the browser’s own word', () => {
  const own = () => new URL(server.origin).origin;
  it.each([
    ['same-origin', { 'sec-fetch-site': 'same-origin' }, 200],
    ['the person’s own reload', { 'sec-fetch-site': 'none' }, 200],
    ['a sister site', { 'sec-fetch-site': 'same-site' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['a hidden origin alone', { origin: 'null' }, 403],
    ['a hidden origin vouched for', { origin: 'null', 'sec-fetch-site': 'same-origin' }, 200],
    ['another site with our origin', { 'sec-fetch-site': 'cross-site', origin: 'own' }, 403],
    ['our origin', { origin: 'own' }, 200],
    ['our page as referrer', { referer: 'own' }, 200],
    ['another page as referrer', { referer: 'https://evil.example/form' }, 403],
    ['no address as referrer', { referer: 'about:blank' }, 403],
  ])('%s', async (_case, said, status) => {
    const { token, cookie } = await openForm();
    const headers = Object.fromEntries(
      Object.entries(said).map(([name, value]) => [name, value === 'own' ? own() : value]),
    );
    expect((await submit(token, { cookie, ...headers })).status).toBe(status);
  });
});
