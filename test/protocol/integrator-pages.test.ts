// What developers get wrong at the addresses for browsers, and whether the page says so in both
// languages; and methods that an endpoint does not take.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizationRequest, CityBrowser } from '../support/city-browser.ts';
import type { RequestParameters } from '../support/city-browser.ts';
import type { CityClient } from '../support/city-clients.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { answered } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const browser = () => new CityBrowser(city.issuer);
let city: CityNode;
let portal: CityClient;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal' },
      {
        client_id: 'two',
        redirect_uris: ['https://two.example.com/a', 'https://two.example.com/b'],
      },
    ],
    accounts: [],
  });
  portal = city.client('portal');
});
afterAll(() => city.stop());

describe('an authorization request is told', () => {
  const page = async (parameters: RequestParameters, language: string) => {
    const { url } = authorizationRequest(city.issuer, portal, parameters);
    const headers = { accept: 'text/html', 'accept-language': language };
    return answered(await fetch(url, { headers, redirect: 'manual' }));
  };

  test.each([
    ['/', '只有末尾的斜线不同', 'Only the slash at the end differs'],
    ['?a=b', '只有问号后面的参数不同', 'Only the part after the question mark differs'],
  ])('how the redirect_uri with %s differs', async (suffix, chinese, english) => {
    const redirectUri = `${portal.redirectUri}${suffix}`;
    for (const [language, words] of [
      ['zh-CN', chinese],
      ['en', english],
    ] as const) {
      const { status, body } = await page({ redirect_uri: redirectUri }, language);
      expect(status).toBe(400);
      expect(body['text']).toContain(words);
      expect(body['text']).toContain(`<code>${portal.redirectUri}</code>`);
    }
  });

  test.each([
    [
      { client_id: 'nobody' },
      '没有登记过这个 client_id',
      'No client is registered with this client_id',
    ],
    [{ client_id: undefined }, '缺少这个参数', 'This parameter is missing'],
    [{ client_id: 'two', redirect_uri: undefined }, 'https://two.example.com/b', 'is missing'],
    [
      {
        client_id: 'two',
        redirect_uri: undefined,
        request_uri: 'urn:ietf:params:oauth:request_uri:x',
      },
      '请重新推送',
      'Push the authorization',
    ],
  ])('%o in both languages', async (parameters: RequestParameters, chinese, english) => {
    expect((await page(parameters, 'zh-CN')).body['text']).toContain(chinese);
    expect((await page(parameters, 'en')).body['text']).toContain(english);
  });

  test('which parameter came twice, and what was registered', async () => {
    const two = city.client('two');
    const { url } = authorizationRequest(city.issuer, two);
    url.searchParams.append('redirect_uri', two.redirectUri);
    const { body } = await answered(await fetch(url, { headers: { accept: 'text/html' } }));
    expect(body['text']).toContain('这个参数出现了不止一次');
    expect(body['text']).toContain('<code>https://two.example.com/b</code>');
  });

  test('that PKCE is needed, by name of the parameter', async () => {
    const { visit } = await browser().request(portal, {
      code_challenge: undefined,
      code_challenge_method: undefined,
    });
    const answer = new URL(String(visit.headers.get('location')));
    expect(answer.searchParams.get('error_description')).toMatch(/^code_challenge is missing/u);
  });
});

describe('another method than the endpoint takes', () => {
  test.each([
    ['GET', '/oauth2/token', 'POST'],
    ['PUT', '/oauth2/token', 'POST'],
    ['GET', '/oauth2/par', 'POST'],
    ['GET', '/oauth2/introspect', 'POST'],
    ['GET', '/oauth2/revoke', 'POST'],
    ['POST', '/oauth2/jwks', 'GET'],
    ['DELETE', '/oauth2/userinfo', 'GET, POST'],
    ['POST', '/.well-known/openid-configuration', 'GET'],
  ])('is named: %s %s', async (method, path, allowed) => {
    const { status, headers, body } = await answered(await fetch(city.issuer + path, { method }));
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: allowed });
    expect(body['error_description']).toBe(`this endpoint takes ${allowed}`);
  });

  test('does not mean the preflight request of a script', async () => {
    const response = await fetch(`${city.issuer}/oauth2/token`, {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example.com', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('POST');
  });

  test.each(['/oauth2/authorize', '/oauth2/logout'])('is named by the page of %s', async (path) => {
    const response = await fetch(city.issuer + path, { method: 'DELETE' });
    expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({
      status: 405,
      allow: 'GET, POST',
    });
  });
});
