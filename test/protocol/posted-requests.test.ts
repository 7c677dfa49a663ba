// Authorization and sign-out requests that come by POST from another site: parked on the server, so
// that the browser brings its cookies with the GET that follows.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorizationRequest, CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;
let browser: CityBrowser;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'zhang' }],
  });
  tokens = new TokenClient(city.issuer);
  browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account('zhang'));
});
afterAll(() => city.stop());

const fromElsewhere = { origin: 'https://portal.example.com', 'sec-fetch-site': 'cross-site' };

async function post(
  path: string,
  fields: Iterable<[string, string]>,
  headers = {},
): Promise<Visit> {
  return browser.visitor.request(new URL(path, city.issuer), {
    method: 'POST',
    body: new URLSearchParams([...fields]),
    headers: { ...fromElsewhere, ...headers },
  });
}

test('an authorization request is answered like one by GET, once', async () => {
  const pending = authorizationRequest(city.issuer, city.client('portal'));
  const parked = await post('/oauth2/authorize', pending.url.searchParams);
  expect(parked.status).toBe(303);
  const next = nextAddress(parked);
  expect([...(next?.searchParams.keys() ?? [])]).toEqual(['parked']);
  const answer = browser.finish(pending, await browser.open(next ?? ''));
  expect(await tokens.redeem(answer)).toMatchObject({ status: 200 });
  const again = await browser.open(next ?? '');
  expect([again.status, pageName(again)]).toEqual([400, 'error']);
});

test('a parked request opens at its own path only, and only for a minute', async () => {
  const pending = authorizationRequest(city.issuer, city.client('portal'));
  const parked = nextAddress(await post('/oauth2/authorize', pending.url.searchParams));
  const id = parked?.searchParams.get('parked') ?? '';
  expect((await browser.open(`/oauth2/logout?parked=${id}`)).status).toBe(400);
  const late = nextAddress(await post('/oauth2/authorize', pending.url.searchParams));
  city.clock.advance(61);
  expect((await browser.open(late ?? '')).status).toBe(400);
});

test('a sign-out asks first and signs nobody out by itself', async () => {
  const parked = await post('/oauth2/logout', [['client_id', 'portal']]);
  const page = await browser.open(nextAddress(parked) ?? '');
  expect(pageName(page)).toBe('sign-out-confirm');
  const { visit } = await browser.request(city.client('portal'), { prompt: 'none' });
  expect(nextAddress(visit)?.searchParams.has('code')).toBe(true);
});

test('repeated parameters stay repeated and are refused', async () => {
  const { url } = authorizationRequest(city.issuer, city.client('portal'));
  const twice = [...url.searchParams, ['scope', 'openid']] as [string, string][];
  const parked = await post('/oauth2/authorize', twice);
  const refused = await browser.open(nextAddress(parked) ?? '');
  expect(nextAddress(refused)?.searchParams.get('error')).toBe('invalid_request');
});

test.each([
  { what: 'another type', type: 'application/json', body: '{}', status: 415 },
  {
    what: 'too much',
    type: 'application/x-www-form-urlencoded',
    body: `state=${'x'.repeat(400_000)}`,
    status: 413,
  },
])('$what is refused with a page', async ({ type, body, status }) => {
  const refused = await browser.visitor.request(new URL('/oauth2/authorize', city.issuer), {
    method: 'POST',
    body,
    headers: { ...fromElsewhere, 'content-type': type, accept: 'text/html' },
  });
  expect([refused.status, pageName(refused)]).toEqual([status, 'error']);
});
