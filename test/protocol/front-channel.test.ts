// Front-channel logout (OpenID Connect Front-Channel Logout 1.0): the browser tells the clients of
// the session that has ended, for three seconds at most, and goes on whatever they answer.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { authorizationRequest, CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;
let browser: Browser;
let origin = '';
let asked: URL[] = [];

/** Logout pages of clients: /quick answers, /silent never does, /closed refuses to be framed. */
const clients = createServer((request, response) => {
  const url = new URL(request.url ?? '', origin);
  asked.push(url);
  if (url.pathname === '/silent/logout') return;
  if (url.pathname === '/closed/logout') response.setHeader('X-Frame-Options', 'DENY');
  if (url.pathname === '/busting/logout') {
    response.setHeader('content-type', 'text/html');
    response.end(`<script>top.location = '${origin}/busted'</script>`);
    return;
  }
  response.end('done');
});

function client(id: string, more: object = {}) {
  const home = `${origin}/${id}`;
  return {
    client_id: id,
    redirect_uris: [`${home}/callback`],
    post_logout_redirect_uris: [`${home}/signed-out`],
    frontchannel_logout_uri: `${home}/logout?kept=1`,
    frontchannel_logout_session_required: true,
    ...more,
  };
}

beforeAll(async () => {
  clients.listen(0, '127.0.0.1');
  await once(clients, 'listening');
  origin = `http://127.0.0.1:${(clients.address() as AddressInfo).port}`;
  [browser, city] = await Promise.all([
    launchBrowser(),
    startCityNode({
      mongodbUri: uri,
      clients: [
        client('quick'),
        client('silent'),
        client('closed'),
        client('busting'),
        client('plain', {
          frontchannel_logout_uri: undefined,
          frontchannel_logout_session_required: false,
        }),
      ],
      accounts: [{ login: 'zhang' }, { login: 'liming' }],
    }),
  ]);
  tokens = new TokenClient(city.issuer);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await city.stop();
  clients.close().closeAllConnections();
});
beforeEach(() => {
  asked = [];
});

async function enter(visitor: CityBrowser, clientId: string) {
  const answer = await visitor.signIn(city.client(clientId), city.account('zhang'));
  const { body } = await tokens.redeem(answer);
  const claims = await tokens.verifyIdToken(answer, String(body.id_token));
  return { sid: claims['sid'], idToken: String(body.id_token) };
}

const framesOf = (body: string) =>
  [...body.matchAll(/<iframe[^>]* src="([^"]+)"/gu)].map(
    ([, address = '']) => new URL(address.replaceAll('&amp;', '&')),
  );
const signOutUrl = (clientId: string, idToken: string) => {
  const url = new URL('/oauth2/logout', city.issuer);
  url.searchParams.set('id_token_hint', idToken);
  url.searchParams.set('post_logout_redirect_uri', `${origin}/${clientId}/signed-out`);
  url.searchParams.set('state', 's 1');
  return url;
};

describe('the page after a sign-out', () => {
  test('frames the clients of this session only, with iss and their sid, and nothing else', async () => {
    const visitor = new CityBrowser(city.issuer);
    const quick = await enter(visitor, 'quick');
    const closed = await enter(visitor, 'closed');
    await enter(visitor, 'plain');
    await enter(new CityBrowser(city.issuer), 'silent');
    expect(quick.sid).toBeDefined();
    const page = await visitor.press(
      await visitor.open(signOutUrl('quick', quick.idToken)),
      'sign-out-confirm',
    );
    expect([page.status, pageName(page)]).toEqual([200, 'front-channel']);
    const frames = framesOf(page.body);
    expect(frames.map(({ href }) => href).toSorted()).toEqual(
      [
        ['closed', closed.sid],
        ['quick', quick.sid],
      ].map(
        ([id, sid]) =>
          `${origin}/${String(id)}/logout?kept=1&iss=${encodeURIComponent(city.issuer)}&sid=${String(sid)}`,
      ),
    );
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`frame-src ${origin};`);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const onward = /id="onward" href="([^"]+)"/u.exec(page.body)?.[1];
    expect(onward).toBe(`${origin}/quick/signed-out?state=s+1`);
    expect(page.body).toContain(`content="3; url=${onward}"`);
  });

  test('is left out where no client asked for it, and its policy frames nothing', async () => {
    const visitor = new CityBrowser(city.issuer);
    const plain = await enter(visitor, 'plain');
    expect(plain.sid).toBeUndefined();
    const page = await visitor.open(signOutUrl('plain', plain.idToken));
    const end = await visitor.press(page, 'sign-out-confirm');
    expect(nextAddress(end)?.pathname).toBe('/plain/signed-out');
    expect(page.headers.get('content-security-policy')).toContain("frame-src 'none'");
  });

  test('names one client when only that one was left', async () => {
    const visitor = new CityBrowser(city.issuer);
    const quick = await enter(visitor, 'quick');
    await enter(visitor, 'closed');
    const page = await visitor.open(signOutUrl('quick', quick.idToken));
    const end = await visitor.press(page, 'sign-out-client');
    expect(framesOf(end.body).map(({ pathname }) => pathname)).toEqual(['/quick/logout']);
  });

  test('comes once: a second click of the same form frames nothing', async () => {
    const visitor = new CityBrowser(city.issuer);
    const quick = await enter(visitor, 'quick');
    const page = await visitor.open(signOutUrl('quick', quick.idToken));
    const ends = await Promise.all([
      visitor.press(page, 'sign-out-confirm'),
      visitor.press(page, 'sign-out-confirm'),
    ]);
    expect(ends.filter(({ body }) => framesOf(body).length > 0)).toHaveLength(1);
    expect(ends.every(({ status }) => status < 500)).toBe(true);
  });

  test('stands also between two people at one browser, and after the account centre', async () => {
    const visitor = new CityBrowser(city.issuer);
    await enter(visitor, 'quick');
    const { visit } = await visitor.request(city.client('plain'), { prompt: 'login' });
    const { login, password } = city.account('liming');
    const switching = await visitor.press(visit, 'sign-in', { login, password });
    const page = await visitor.press(switching, 'continue');
    expect(framesOf(page.body).map(({ pathname }) => pathname)).toEqual(['/quick/logout']);
    expect(/id="onward" href="([^"]+)"/u.exec(page.body)?.[1]).toContain('/oauth2/authorize/');
  });

  test('discovery says so', async () => {
    const found = await fetch(`${city.issuer}/.well-known/openid-configuration`);
    expect(await found.json()).toMatchObject({
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
  });
});

describe('a real browser', () => {
  async function signOutOf(ids: readonly string[], javaScriptEnabled = true) {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    const { login, password } = city.account('zhang');
    for (const id of ids) {
      await page.goto(authorizationRequest(city.issuer, city.client(id)).url.href);
      if (await page.locator('#login').count()) {
        await page.fill('#login', login);
        await page.fill('#password', password);
        await page.click('#sign-in');
      }
      await page.waitForURL(`${origin}/${id}/callback**`);
    }
    asked = [];
    const url = new URL('/oauth2/logout', city.issuer);
    url.searchParams.set('client_id', 'quick');
    url.searchParams.set('post_logout_redirect_uri', `${origin}/quick/signed-out`);
    await page.goto(url.href);
    await page.click('#sign-out-confirm');
    return { context, page };
  }

  test('tells a quick client and goes on past one that is silent', async () => {
    const { context, page } = await signOutOf(['quick', 'silent', 'closed']);
    await page.waitForURL(`${origin}/quick/signed-out`, { timeout: 15_000 });
    const paths = asked.map(({ pathname }) => pathname);
    expect(paths).toEqual(
      expect.arrayContaining(['/quick/logout', '/silent/logout', '/closed/logout']),
    );
    await context.close();
  }, 30_000);

  test('without script goes on when all have answered, else by the link', async () => {
    const quick = await signOutOf(['quick', 'closed'], false);
    await quick.page.waitForURL(`${origin}/quick/signed-out`, { timeout: 15_000 });
    await quick.context.close();
    const silent = await signOutOf(['quick', 'silent'], false);
    await silent.page.click('#onward', { noWaitAfter: true });
    await silent.page.waitForURL(`${origin}/quick/signed-out`, { timeout: 15_000 });
    expect(asked.map(({ pathname }) => pathname)).toContain('/silent/logout');
    await silent.context.close();
  }, 60_000);

  test('is not led away by a client in a frame', async () => {
    const { context, page } = await signOutOf(['quick', 'busting']);
    await page.waitForURL(`${origin}/quick/signed-out`, { timeout: 15_000 });
    expect(asked.map(({ pathname }) => pathname)).not.toContain('/busted');
    await context.close();
  }, 30_000);
});
