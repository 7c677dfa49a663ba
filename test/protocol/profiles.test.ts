// Clients of special kinds: the FAPI 2.0 profile with sender-constrained tokens, and scripts in
// browsers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizationRequest, CityBrowser } from '../support/city-browser.ts';
import type { Answer } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { dpopProof, makeDpopKey, TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;
let browser: CityBrowser;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal' },
      { client_id: 'app', token_endpoint_auth_method: 'none' },
      { client_id: 'bank', profile: 'fapi2' },
    ],
    accounts: [{ login: 'zhang' }],
  });
  tokens = new TokenClient(city.issuer);
  browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account('zhang'));
});
afterAll(() => city.stop());

describe('the FAPI 2.0 profile', () => {
  async function push(dpop = false) {
    const client = city.client('bank');
    const pending = authorizationRequest(city.issuer, client);
    const key = await makeDpopKey();
    const fields = Object.fromEntries(pending.url.searchParams);
    const pushed = await tokens.push(client, fields, dpop ? key : undefined);
    const url = new URL('/oauth2/authorize', city.issuer);
    url.searchParams.set('client_id', client.id);
    url.searchParams.set('request_uri', String(pushed.body['request_uri']));
    const answer: Answer = browser.finish(pending, await browser.open(url));
    return { answer, key, client };
  }

  test('needs a proof of possession, binds to it, and does not rotate', async () => {
    const { answer, key, client } = await push();
    expect(await tokens.redeem(answer)).toMatchObject({ status: 400 });
    const next = await push();
    const redeemed = await tokens.redeem(next.answer, {}, next.key);
    expect(redeemed).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
    const accessToken = String(redeemed.body.access_token);
    const refreshToken = String(redeemed.body.refresh_token);
    expect(await tokens.refresh(client, refreshToken)).toMatchObject({ status: 400 });
    const refreshed = await tokens.refresh(client, refreshToken, next.key);
    expect(refreshed).toMatchObject({ status: 200 });
    expect(refreshed.body.refresh_token ?? refreshToken).toBe(refreshToken);
    expect(await tokens.refresh(client, refreshToken, next.key)).toMatchObject({ status: 200 });
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
    const target = `${city.issuer}/oauth2/userinfo`;
    const foreign = await dpopProof(key, { method: 'GET', url: target, accessToken });
    const stolen = await fetch(target, {
      headers: { authorization: `DPoP ${accessToken}`, dpop: foreign },
    });
    expect(stolen.status).toBe(401);
  });

  test('a code asked for with a proof is redeemed with the same key only', async () => {
    const { answer, key } = await push(true);
    const other = await makeDpopKey();
    expect(await tokens.redeem(answer, {}, other)).toMatchObject({ status: 400 });
    const again = await push(true);
    expect(await tokens.redeem(again.answer, {}, again.key)).toMatchObject({ status: 200 });
    expect(key).not.toBe(again.key);
  });
});

describe('scripts in browsers', () => {
  const ask = (origin: string, path = '/oauth2/token') =>
    fetch(`${city.issuer}${path}`, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams({
        client_id: 'app',
        grant_type: 'refresh_token',
        refresh_token: 'x',
      }),
    });

  test('of a public client may call from where it is registered, and from nowhere else', async () => {
    const own = await ask('https://app.example.com');
    expect(own.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    const foreign = await ask('https://elsewhere.example.com');
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    expect(foreign.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('may read discovery and keys from anywhere', async () => {
    for (const path of ['/.well-known/openid-configuration', '/oauth2/jwks']) {
      const response = await fetch(`${city.issuer}${path}`, {
        headers: { origin: 'https://x.example.com' },
      });
      expect(response.headers.get('access-control-allow-origin')).toBeTruthy();
    }
  });

  test('ask beforehand and are told', async () => {
    const response = await fetch(`${city.issuer}/oauth2/token`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'dpop',
      },
    });
    expect(response.status).toBeLessThan(300);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
  });
});
