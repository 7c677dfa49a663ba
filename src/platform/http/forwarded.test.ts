// The matrix of forwarding headers: who may say them, what they change, what they never change.
import { afterEach, describe, expect, it } from 'vitest';
import { send, startHttpServer } from '../../../test/support/http-server.ts';
import type { Sent, TestServer, TestServerOptions } from '../../../test/support/http-server.ts';
import { suspicionOf } from './forwarded.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

const ISSUER = 'https://id.example.gov.cn';

async function seen(options: TestServerOptions, sent: Omit<Sent, 'path'> & { path?: string }) {
  await server?.close();
  server = await startHttpServer({
    ...options,
    extend: (app) =>
      app.use((ctx) => {
        const { ip, ips, secure, host, href } = ctx;
        const suspicion = suspicionOf(ctx.req);
        ctx.body = { ip, ips, secure, host, href, suspicion, headers: ctx.headers };
      }),
  });
  const answer = await send(server, { path: '/oauth2/authorize?a=1', ...sent });
  return { ...answer, json: answer.status === 200 ? JSON.parse(answer.text) : undefined };
}

describe('from a peer that is not trusted', () => {
  it('deletes every forwarding header before anything reads it', async () => {
    const { json } = await seen(
      {},
      {
        headers: {
          'x-forwarded-for': '198.51.100.7',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': 'evil.example',
          'x-forwarded-port': '444',
          'x-forwarded-prefix': '/x',
          'x-real-ip': '198.51.100.7',
          forwarded: 'for=198.51.100.7;proto=https;host=evil.example',
        },
      },
    );
    expect(json).toMatchObject({ ip: '127.0.0.1', secure: false });
    expect(json.href).toBe(`${server?.origin}/oauth2/authorize?a=1`);
    const left = ['forwarded', 'x-real-ip', 'x-forwarded-port', 'x-forwarded-prefix'];
    for (const name of left) expect(json.headers).not.toHaveProperty(name);
  });

  it('sends a page request by http to the https issuer, with its query', async () => {
    const { status, headers } = await seen(
      { issuer: ISSUER },
      { headers: { 'x-forwarded-proto': 'https', accept: 'text/html' } },
    );
    expect(status).toBe(307);
    expect(headers.location).toBe(`${ISSUER}/oauth2/authorize?a=1`);
  });

  it('refuses what was posted by http to an https issuer, with a page', async () => {
    const { status, text, headers } = await seen(
      { issuer: ISSUER },
      { method: 'POST', headers: { accept: 'text/html' } },
    );
    expect(status).toBe(400);
    expect(text).toContain('请使用安全连接');
    expect(headers['set-cookie']).toBeUndefined();
  });

  it.each(['/oauth2/userinfo', '/oauth2/jwks', '/.well-known/openid-configuration'])(
    'refuses a program that asks for %s by http, instead of leading it away',
    async (path) => {
      const { status, text, headers } = await seen({ issuer: ISSUER }, { path });
      expect({ status, location: headers.location }).toEqual({ status: 400, location: undefined });
      expect(JSON.parse(text)).toMatchObject({ error: 'invalid_request' });
    },
  );

  it('answers probes whatever they ask by', async () => {
    const { status } = await seen({ issuer: ISSUER }, { path: '/healthz' });
    expect(status).toBe(200);
  });

  it('sends a page asked for under another name to the issuer', async () => {
    const { status, headers } = await seen(
      { issuer: 'http://localhost:9' },
      { headers: { host: 'evil.example', accept: 'text/html' } },
    );
    expect(status).toBe(307);
    expect(headers.location).toBe('http://localhost:9/oauth2/authorize?a=1');
  });

  it('builds addresses from the issuer, not from the Host header or an absolute request line', async () => {
    const { json } = await seen(
      {},
      { path: 'http://evil.example/oauth2/authorize?a=1', headers: { host: 'evil.example' } },
    );
    expect(json.href).toBe(`${server?.origin}/oauth2/authorize?a=1`);
  });
});

describe('from a trusted proxy', () => {
  const trusted = { issuer: ISSUER, trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'] };

  it.each([
    ['the client before the proxies', '198.51.100.7, 10.1.2.3', '198.51.100.7'],
    ['the last address that is no proxy', '192.0.2.1, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
    ['an IPv6 client behind an IPv6 proxy', '2001:db8::7, fd00::1', '2001:db8::7'],
    ['an address with a port', '198.51.100.7:4711', '198.51.100.7'],
    ['a bracketed address with a port', '[2001:db8::7]:4711', '2001:db8::7'],
    ['an IPv4 address mapped into IPv6', '::ffff:198.51.100.7', '198.51.100.7'],
    ['the farthest proxy when all are ours', '10.9.9.9, 10.1.2.3', '10.9.9.9'],
    ['the proxy itself when it names nobody', 'unknown', '127.0.0.1'],
    [
      'the last known hop before a name nobody can check',
      '198.51.100.7, unknown, 10.1.2.3',
      '10.1.2.3',
    ],
  ])('takes %s', async (_case, chain, expected) => {
    const { json } = await seen(trusted, {
      headers: { 'x-forwarded-for': chain, 'x-forwarded-proto': 'https' },
    });
    expect(json).toMatchObject({ ip: expected, secure: true, host: 'id.example.gov.cn' });
  });

  it('reads the standard header (RFC 7239) where the other is absent', async () => {
    const { json } = await seen(trusted, {
      headers: { forwarded: 'for="[2001:db8::7]:4711";proto=https;host=id.example.gov.cn' },
    });
    expect(json).toMatchObject({ ip: '2001:db8::7', secure: true });
  });

  it('lets no standard header of the client override what the proxy wrote', async () => {
    const { json } = await seen(trusted, {
      headers: {
        'x-forwarded-for': '198.51.100.7',
        'x-forwarded-proto': 'https',
        forwarded: 'for=192.0.2.66;proto=http',
      },
    });
    expect(json).toMatchObject({ ip: '198.51.100.7', secure: true });
  });

  it('sends readers to https when the proxy says they came by http', async () => {
    const { status, headers } = await seen(trusted, {
      headers: { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'http' },
    });
    expect(status).toBe(307);
    expect(headers.location).toBe(`${ISSUER}/oauth2/authorize?a=1`);
  });

  it('takes a proxy that is silent on the scheme to speak for the issuer', async () => {
    const { json } = await seen(trusted, { headers: { 'x-forwarded-for': '198.51.100.7' } });
    expect(json).toMatchObject({ secure: true, href: `${ISSUER}/oauth2/authorize?a=1` });
  });

  it('counts the scheme that the last proxy wrote when lists differ in length', async () => {
    const { status } = await seen(trusted, {
      headers: { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https, http' },
    });
    expect(status).toBe(307);
  });
});

describe('the mark of a suspicious request', () => {
  const NAME = 'x-odd';
  const marked = (value: string, options: TestServerOptions = {}) =>
    seen({ suspicionHeader: NAME, ...options }, { headers: { [NAME]: value } });
  const trustedProxies = ['127.0.0.1', '::1'];

  it.each([
    ['1', '1'],
    ['Velocity', 'velocity'],
    ['ip reputation: 张三', 'other'],
    ['0, 1', 'other'],
    ['0', undefined],
    ['FALSE', undefined],
    [' none ', undefined],
    ['', undefined],
  ])('%j from a trusted proxy is %s, and is not left in the headers', async (value, reason) => {
    const { json } = await marked(Buffer.from(value).toString('latin1'), { trustedProxies });
    expect(json.suspicion).toBe(reason);
    expect(json.headers).not.toHaveProperty(NAME);
  });

  it('is believed from nobody else, and deleted', async () => {
    const { json } = await marked('1');
    expect(json).not.toHaveProperty('suspicion');
    expect(json.headers).not.toHaveProperty(NAME);
  });

  it('is an ordinary header where no setting names it', async () => {
    const { json } = await seen({ trustedProxies }, { headers: { [NAME]: '1' } });
    expect(json).not.toHaveProperty('suspicion');
    expect(json.headers).toMatchObject({ [NAME]: '1' });
  });
});
