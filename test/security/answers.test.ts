// What every answer carries, behind https, whatever was asked: pages, errors, JSON, files, redirects,
// probes. And what no answer does: echo a request, list a folder, read one message as two.
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizationRequest, CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { HttpVisitor } from '../support/http-visitor.ts';

const ISSUER = 'https://id.example.gov.cn';
const BEHIND_TLS = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    environment: { HUTONG_PUBLIC_URL: ISSUER, HUTONG_TRUSTED_PROXIES: '127.0.0.1,::1' },
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'zhang' }],
  });
});
afterAll(() => city.stop());

interface Sent {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}
interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** As the proxy sends it, also methods that `fetch` refuses. */
async function ask(path: string, { method = 'GET', headers: own = {}, body }: Sent = {}) {
  // A probe comes from the proxy itself, for nobody.
  const headers = path === '/healthz' ? own : { ...BEHIND_TLS, ...own };
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const { hostname, port } = new URL(String(city.origins[0]));
  const sent = { hostname, port, path, method, headers };
  const outgoing = request(sent, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

/** A browser that meets the processes through a proxy that ends TLS. */
class BrowserBehindTls extends HttpVisitor {
  readonly cookieLines: string[] = [];

  override async request(url: string | URL, init: RequestInit = {}) {
    const target = new URL(url);
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(BEHIND_TLS)) headers.set(name, value);
    const inside = new URL(`${target.pathname}${target.search}`, city.origins[0]);
    const visit = await super.request(inside, { ...init, headers });
    this.cookieLines.push(...visit.headers.getSetCookie());
    return { ...visit, url: target.href };
  }
}

const PAGE = { accept: 'text/html' };
const JSON_WANTED = { accept: 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const TYPES =
  /^(?:text\/\w+; charset=utf-8|image\/svg\+xml; charset=utf-8|application\/(?:\w[\w-]*\+)?json(?:; charset=utf-8)?)$/u;

describe('every answer', () => {
  test.each<[number, string, Sent]>([
    [200, '/', { headers: PAGE }],
    [200, '/healthz', {}],
    [200, '/.well-known/openid-configuration', {}],
    [200, '/oauth2/jwks', {}],
    [302, '/favicon.ico', {}],
    [303, '/account', { headers: PAGE }],
    [400, '/oauth2/authorize?client_id=nobody', { headers: PAGE }],
    [400, '/oauth2/token', { method: 'POST', headers: FORM, body: 'grant_type=none' }],
    [400, '/%zz', { headers: PAGE }],
    [401, '/oauth2/userinfo', { headers: { authorization: 'Bearer nothing' } }],
    [
      403,
      '/account/security/password',
      { method: 'POST', headers: { origin: 'https://x.example' } },
    ],
    [404, '/nothing', { headers: PAGE }],
    [404, '/nothing', { headers: JSON_WANTED }],
    [404, '/metrics', { headers: PAGE }],
    [405, '/help', { method: 'POST', headers: { ...PAGE, ...FORM }, body: 'a=1' }],
    [405, '/oauth2/token', {}],
  ])('%i at %s is safe to show', async (status, path, sent) => {
    const { headers, ...answer } = await ask(path, sent);
    expect(answer.status).toBe(status);
    expect(headers).toMatchObject({
      'strict-transport-security': expect.stringMatching(/^max-age=63072000/u) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    });
    const policy = headers['content-security-policy'];
    for (const directive of ['default-src', 'base-uri', 'frame-ancestors']) {
      expect(policy).toContain(`${directive} 'none'`);
    }
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
    const isTyped = answer.text === '' || TYPES.test(headers['content-type'] ?? '');
    const isStored = !(headers['cache-control'] ?? '').includes('no-store');
    expect({ isTyped, isStored }).toEqual({ isTyped: true, isStored: path === '/oauth2/jwks' });
    expect(answer.text).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d/u);
  });

  test('a file of ours is one of them', async () => {
    const icon = await ask('/favicon.ico');
    const { headers } = await ask(String(icon.headers.location));
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': expect.any(String) as string,
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
    });
  });

  test('a preflight too', async () => {
    const headers = { origin: 'https://x.example', 'access-control-request-method': 'POST' };
    const answer = await ask('/oauth2/token', { method: 'OPTIONS', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  });
});

describe('cookies and what a browser keeps', () => {
  test('every cookie is bound to https, this host and no script; a sign-out clears the rest', async () => {
    const visitor = new BrowserBehindTls();
    const browser = new CityBrowser(ISSUER, visitor);
    await browser.open('/?lang=en&ui_mode=elder');
    await browser.authorize(city.client('portal'), city.account('zhang'));
    await browser.open('/account');
    const names = visitor.cookieLines.map((line) => line.slice(0, line.indexOf('=')));
    expect(names).toEqual(
      expect.arrayContaining([
        '__Host-hutong_session',
        '__Host-hutong_device',
        '__Host-hutong_csrf',
        '__Host-hutong_display',
        '__Host-hutong_account',
        '__Secure-hutong_interaction',
      ]),
    );
    for (const line of visitor.cookieLines) {
      const [pair = '', ...attributes] = line.toLowerCase().split('; ');
      const path = pair.startsWith('__host-') ? ['path=/'] : [];
      expect(pair).toMatch(/^__(?:host|secure)-/u);
      expect(attributes).toEqual(
        expect.arrayContaining(['secure', 'httponly', 'samesite=lax', ...path]),
      );
      expect(attributes.join(' ')).not.toContain('domain=');
    }
    const ids = visitor.cookieLines.filter((line) =>
      /^__Host-hutong_(?:session|account)=/u.test(line),
    );
    // 128 bits would be 22 characters.
    for (const line of ids) expect(line).toMatch(/=[\w-]{43};/u);
    expect(ids.length).toBeGreaterThan(1);
    const question = await browser.open('/oauth2/logout');
    expect(question.headers.get('clear-site-data')).toBeNull();
    const forged = await visitor.submit(`${ISSUER}/oauth2/logout/confirm`, {
      xsrf: 'guessed',
      logout: 'yes',
    });
    expect(forged.status).toBe(400);
    expect(forged.headers.get('clear-site-data')).toBeNull();
    const fields = {
      logout: 'yes',
      xsrf: /name="xsrf" value="(\w+)"/u.exec(question.body)?.[1] ?? '',
    };
    const ended = await visitor.submit(`${ISSUER}/oauth2/logout/confirm`, fields);
    expect(ended.status).toBe(303);
    expect(ended.headers.get('clear-site-data')).toBe('"cache", "storage"');
  });
});

describe('a sign-in of another browser', () => {
  test('is not taken upon a cookie that a site of the same domain has set', async () => {
    const attacker = new BrowserBehindTls();
    const browser = new CityBrowser(ISSUER, attacker);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const stop = await attacker.visit(`${ISSUER}/account`, ({ pathname }) =>
      pathname.startsWith('/account/callback'),
    );
    const answer = stop.headers.get('location') ?? '';
    const line = attacker.cookieLines.find((each) => each.startsWith('__Host-hutong_sign_in_'));
    const [mark = ''] = (line ?? '').split(';');
    const path = answer.slice(answer.indexOf('/account/callback'));
    const planted = await ask(path, {
      headers: { ...PAGE, cookie: mark.replace('__Host-', '') },
    });
    expect(planted.status).toBe(400);
    expect((await ask(path, { headers: { ...PAGE, cookie: mark } })).status).toBe(303);
  });
});

describe('no answer', () => {
  test.each(['/', '/oauth2/token', '/oauth2/authorize', '/account', '/nothing'])(
    'gives a TRACE of %s back',
    async (path) => {
      const headers = { 'x-secret-of-the-proxy': 'do-not-echo' };
      const { status, text } = await ask(path, { method: 'TRACE', headers });
      expect([404, 405, 501]).toContain(status);
      expect(text).not.toContain('do-not-echo');
    },
  );

  test.each(['/assets', '/assets/', '/views/', '/src/main.ts', '/.git/config', '/package.json'])(
    'lists or shows %s',
    async (path) => {
      expect(await ask(path, { headers: PAGE })).toMatchObject({ status: 404 });
    },
  );

  test('takes one message for two (request smuggling)', async () => {
    const inside = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const head = 'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n';
    const socket = connect(Number(new URL(String(city.origins[0])).port), '127.0.0.1');
    const chunks: string[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    socket.write(`${head}Content-Length: ${5 + inside.length}\r\n\r\n0\r\n\r\n${inside}`);
    await once(socket, 'close');
    const statusLines = chunks.join('').match(/^HTTP\/1\.1 .*$/gmu);
    expect(statusLines).toEqual([expect.stringMatching(/ 400 /u)]);
  });

  test('sends a browser to an address that a stranger chose', async () => {
    const stranger = 'https://stranger.example/';
    const { url } = authorizationRequest(ISSUER, city.client('portal'), { redirect_uri: stranger });
    const paths = [
      `${url.pathname}${url.search}`,
      `/oauth2/logout?post_logout_redirect_uri=${encodeURIComponent(stranger)}`,
      '//stranger.example/',
      '/account/callback?state=x&error=y',
    ];
    for (const path of paths) {
      const { status, headers } = await ask(path, { headers: PAGE });
      expect({ path, location: headers.location ?? '' }).toEqual({
        path,
        location: expect.not.stringContaining('stranger.example') as string,
      });
      expect(status).toBeLessThan(500);
    }
  });
});
