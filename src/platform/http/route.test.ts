// What a route refuses before its handler runs, and what a table of routes must name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  FORM,
  PAGE,
  referenceOf,
  send,
  startHttpServer,
} from '../../../test/support/http-server.ts';
import type { Sent, TestServer } from '../../../test/support/http-server.ts';
import { createRouter, defineRoute, repeated } from './route.ts';
import type { Route } from './route.ts';
import { routeProblems } from './route-rules.ts';

let server: TestServer;
const handled: unknown[] = [];

const show = defineRoute({
  method: 'GET',
  path: '/show/:uid',
  name: 'test.show',
  input: {
    params: z.object({
      uid: z
        .string()
        .regex(/^[a-z]+$/u)
        .max(10),
    }),
    query: z.strictObject({ kind: z.enum(['a', 'b']).optional() }),
  },
  handle(ctx, { params, query }) {
    ctx.body = { ...params, ...query };
  },
});
const change = defineRoute({
  method: 'POST',
  path: '/change',
  name: 'test.change',
  limiter: 'account',
  csrf: { exempt: 'these tests are about the input alone' },
  input: {
    body: z.strictObject({ login: z.string().max(20), item: repeated(z.string().max(5), 3) }),
  },
  handle(ctx, { body }) {
    handled.push(body);
    ctx.body = body;
  },
});
const json = defineRoute({
  method: 'POST',
  path: '/json',
  name: 'test.json',
  limiter: 'account',
  csrf: 'origin',
  input: { body: z.strictObject({ a: z.number() }), bodyType: 'json' },
  handle(ctx, { body }) {
    ctx.body = body;
  },
});

beforeAll(async () => {
  server = await startHttpServer({ routes: [show, change, json] });
});
afterAll(() => server.close());

const post = (body: string | Uint8Array, headers: Record<string, string> = {}): Sent => ({
  method: 'POST',
  path: '/change',
  headers: { ...FORM, ...headers },
  body,
});
const get = (path: string): Sent => ({ path, headers: PAGE });

describe('a request is refused with a page and never reaches the handler', () => {
  it.each([
    ['an over-long field', post(`login=${'x'.repeat(21)}`), 400],
    ['a repeated field', post('login=a&login=b'), 400],
    ['an unknown field', post('login=a&admin=1'), 400],
    ['a missing field', post('item=a'), 400],
    ['too many repetitions', post('login=a&item=1&item=2&item=3&item=4'), 400],
    ['a stray percent sign', post('login=%zz'), 400],
    ['a cut escape', post('login=abc%4'), 400],
    ['bytes that are not UTF-8', post('login=%ff%fe'), 400],
    ['raw bytes that are not UTF-8', post(Buffer.from([0x6c, 0x3d, 0xff])), 400],
    ['an over-long encoding of a slash', post('login=%c0%af'), 400],
    ['a lone surrogate', post('login=%ed%a0%80'), 400],
    ['a NUL', post('login=a%00b'), 400],
    ['a field of the object prototype', post('login=a&__proto__=b'), 400],
    ['hundreds of fields', post(`login=a&${'b&'.repeat(300)}`), 400],
    [
      'JSON where a form belongs',
      post('{"login":"a"}', { 'content-type': 'application/json' }),
      415,
    ],
    ['a body without a type', post('login=a', { 'content-type': '' }), 415],
    [
      'a foreign character set',
      post('login=a', { 'content-type': 'application/x-www-form-urlencoded; charset=gbk' }),
      415,
    ],
    ['a compressed body', post('login=a', { 'content-encoding': 'gzip' }), 415],
    ['a file upload', post('--x', { 'content-type': 'multipart/form-data; boundary=x' }), 415],
    ['more than 64 kB', post(`login=${'x'.repeat(70_000)}`), 413],
    ['a repeated query parameter', get('/show/abc?kind=a&kind=b'), 400],
    ['an unknown value', get('/show/abc?kind=c'), 400],
    ['an unknown query parameter', get('/show/abc?x=1'), 400],
    ['a wrongly encoded query', get('/show/abc?kind=%ff'), 400],
    ['a wrongly encoded path', get('/show/%ff'), 400],
    ['a NUL in the path', get('/show/a%00'), 400],
    ['an over-long path parameter', get('/show/abcdefghijklmn'), 400],
    ['an endless address', get(`/show/abc?kind=${'a'.repeat(13_000)}`), 413],
    ['an unknown path', get('/nothing'), 404],
    ['another method', { ...get('/change'), method: 'PUT' }, 405],
  ])('%s', async (_case, sent, status) => {
    const before = handled.length;
    const answer = await send(server, sent);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain('data-page="error"');
    expect(answer.text).toContain('<title>错误：');
    expect(referenceOf(answer.text)).toBe(answer.headers['x-request-id']);
    expect(handled.length).toBe(before);
  });

  it('answers in the reader’s language', async () => {
    const sent = post('login=%ff', { 'accept-language': 'en-GB' });
    const answer = await send(server, sent);
    expect(answer.text).toContain('<html lang="en">');
    expect(answer.text).toContain('What was sent cannot be read');
  });

  it('answers programs with a problem document', async () => {
    const answer = await send(server, post('login=%ff', { accept: 'application/json' }));
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(answer.text)).toMatchObject({
      type: 'urn:hutong:problem:input_invalid',
      status: 400,
    });
  });

  it('answers at the protocol’s endpoints in the protocol’s format', async () => {
    const answer = await send(server, get('/oauth2/token?a=%ff'));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'invalid_request' });
  });

  it.each([
    ['broken JSON', '{', 400],
    ['another type in JSON', '{"a":"1"}', 400],
    ['a form', 'a=1', 415],
  ])('%s where JSON is asked', async (_case, body, status) => {
    const type = body === 'a=1' ? FORM['content-type'] : 'application/json';
    const headers = { 'content-type': type, accept: 'application/json' };
    expect((await send(server, { method: 'POST', path: '/json', headers, body })).status).toBe(
      status,
    );
  });
});

describe('a request is accepted', () => {
  it('with Chinese, plus signs and one or several values', async () => {
    const body = `login=${encodeURIComponent('张 三')}+%2B&item=a&item=b`;
    const answer = await send(server, post(body));
    expect(JSON.parse(answer.text)).toEqual({ login: '张 三 +', item: ['a', 'b'] });
    const single = await send(server, post('login=a&item=b'));
    expect(JSON.parse(single.text)).toEqual({ login: 'a', item: ['b'] });
  });

  it('with the language switch in its address', async () => {
    const answer = await send(server, get('/show/abc?kind=a&lang=en'));
    expect(JSON.parse(answer.text)).toEqual({ uid: 'abc', kind: 'a' });
  });

  it('as HEAD where GET is declared', async () => {
    expect((await send(server, { ...get('/show/abc'), method: 'HEAD' })).status).toBe(200);
  });
});

describe('a table of routes', () => {
  const bare: Route = {
    method: 'POST',
    path: '/x/:id',
    name: 'test.bare',
    limiter: undefined,
    csrf: undefined,
    input: undefined,
    run: () => Promise.resolve(),
  };

  it('must name limiter, CSRF guard and input of what changes state', () => {
    expect(routeProblems([bare])).toEqual([
      'test.bare: names no limiter',
      'test.bare: names no CSRF guard',
      'test.bare: names no input schema',
      'test.bare: has path parameters without a schema',
    ]);
  });

  it('must bound every text it takes', () => {
    const body = z.object({ a: z.string(), b: z.array(z.object({ c: z.string().optional() })) });
    const loose = {
      ...bare,
      path: '/x',
      limiter: 'account',
      csrf: 'token',
      input: { body },
    } as const;
    expect(routeProblems([loose])).toEqual([
      'test.bare: body.a has no maximum length',
      'test.bare: body.b[].c has no maximum length',
    ]);
  });

  it('must guard forms by a token and declare nothing twice', () => {
    const input = { body: z.object({}) };
    const byOrigin = { ...bare, path: '/x', limiter: 'account', csrf: 'origin', input } as const;
    expect(routeProblems([byOrigin, byOrigin])).toEqual([
      'test.bare: accepts forms without a token',
      'test.bare: accepts forms without a token',
      'test.bare: declared twice',
      'POST /x: declared twice',
    ]);
  });

  it('that breaks the rules does not start', () => {
    const deps = {} as Parameters<typeof createRouter>[1];
    expect(() => createRouter([bare], deps)).toThrow('configuration_invalid');
  });
});
