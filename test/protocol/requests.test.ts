// Authorization requests as clients of all ages send them, right and wrong: with what nobody
// registered, repeated, over-long, wrongly encoded.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizationRequest, CityBrowser, pageName } from '../support/city-browser.ts';
import type { RequestParameters } from '../support/city-browser.ts';
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
    clients: [
      { client_id: 'portal', scope: 'openid profile phone' },
      { client_id: 'hall', consent: 'ask', scope: 'openid profile real_name' },
      { client_id: 'old', require_pkce: false },
      { client_id: 'app', token_endpoint_auth_method: 'none' },
      { client_id: 'bank', profile: 'fapi2' },
    ],
    accounts: [{ login: 'zhang', name: '张测试' }, { login: 'liming' }],
  });
  tokens = new TokenClient(city.issuer);
  browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account('zhang'));
});
afterAll(() => city.stop());

async function answerOf(clientId: string, parameters: RequestParameters): Promise<URLSearchParams> {
  const { visit } = await browser.request(city.client(clientId), parameters);
  const next = nextAddress(visit);
  // Errors of front-channel response types come in the fragment.
  return new URLSearchParams(next?.search || next?.hash.slice(1));
}

async function claimsOf(clientId: string, parameters: RequestParameters = {}) {
  const answer = await browser.authorize(city.client(clientId), city.account('zhang'), parameters);
  const { body } = await tokens.redeem(answer);
  const idToken = await tokens.verifyIdToken(answer, String(body.id_token));
  const userinfo = await tokens.userinfo(String(body.access_token));
  return { idToken, userinfo: userinfo.body, scope: body['scope'], raw: String(body.id_token) };
}

describe('a wrong request', () => {
  const page = (visit: Visit) => [visit.status, pageName(visit)];

  test('of an unknown client names the parameter', async () => {
    const url = authorizationRequest(city.issuer, city.client('portal')).url;
    url.searchParams.set('client_id', 'nobody');
    const visit = await browser.open(url);
    expect(page(visit)).toEqual([400, 'error']);
    expect(visit.body).toContain('client_id');
  });

  test('with a wrong redirect address shows what is registered, and no secret', async () => {
    const client = city.client('portal');
    const wrong = `${client.redirectUri}/`;
    const { visit } = await browser.request(client, { redirect_uri: wrong });
    expect(page(visit)).toEqual([400, 'error']);
    expect(visit.body).toContain(client.redirectUri);
    expect(visit.body).toContain('redirect_uri');
    expect(visit.body).not.toContain(client.secret);
  });

  test.each(['redirect_uri', 'client_id', 'state'])(
    'with %s given twice is refused',
    async (name) => {
      const { url } = authorizationRequest(city.issuer, city.client('portal'));
      url.searchParams.append(name, url.searchParams.get(name) ?? '');
      const visit = await browser.open(url);
      const code = nextAddress(visit)?.searchParams.get('code') ?? null;
      expect(code).toBeNull();
      expect(visit.status).toBeLessThan(500);
    },
  );

  test.each([
    ['an over-long address', `state=${'a'.repeat(40_000)}`],
    ['a broken escape', 'state=%E4%BD'],
    ['a lone percent sign', 'state=%'],
    ['a null character', 'state=%00'],
    ['nothing at all', ''],
  ])('with %s is refused cleanly', async (_what, query) => {
    const visit = await browser.open(`/oauth2/authorize?${query}`);
    expect(visit.status).toBeGreaterThanOrEqual(400);
    expect(visit.status).toBeLessThan(500);
  });

  test.each([
    ['response_type', { response_type: 'token' }, 'unsupported_response_type'],
    ['response_type', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['response_mode', { response_mode: 'carrier_pigeon' }, 'unsupported_response_mode'],
    ['prompt', { prompt: 'none login' }, 'invalid_request'],
    ['max_age', { max_age: 'soon' }, 'invalid_request'],
    ['claims', { claims: 'not json' }, 'invalid_request'],
    ['claims', { claims: '[]' }, 'invalid_request'],
    ['claims', { claims: '"x"' }, 'invalid_request'],
    ['claims', { claims: 'null' }, 'invalid_request'],
    ['claims', { claims: '{"id_token":3}' }, 'invalid_request'],
    ['claims', { claims: '{"id_token":{"acr":"4"}}' }, 'invalid_request'],
    ['request', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'invalid_request_object'],
    ['id_token_hint', { id_token_hint: 'x.y.z' }, 'invalid_request'],
    ['code_challenge', { code_challenge: undefined }, 'invalid_request'],
    ['code_challenge_method', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['resource', { resource: 'urn:nobody' }, 'invalid_target'],
  ])('with a wrong %s (%j) is told to the client: %s', async (_name, parameters, error) => {
    const answer = await answerOf('portal', parameters);
    expect(answer.get('error')).toBe(error);
    expect(answer.get('state')).toBeTruthy();
    expect(answer.get('iss')).toBe(city.issuer);
  });
});

describe('what is asked for', () => {
  test('scopes that were not registered are ignored', async () => {
    const { scope, userinfo } = await claimsOf('portal', {
      scope: 'openid profile id_document made_up',
    });
    expect(scope).toBe('openid profile');
    expect(userinfo).not.toHaveProperty('id_document');
  });

  test('single claims are given within the registered scopes only', async () => {
    const claims = JSON.stringify({
      userinfo: { phone_number: null, id_document: { essential: true }, name: null },
      id_token: { phone_number: null, id_document: null },
    });
    const { userinfo, idToken } = await claimsOf('portal', { scope: 'openid', claims });
    expect(userinfo).toHaveProperty('phone_number');
    expect(idToken).toHaveProperty('phone_number');
    expect(userinfo['name']).not.toBe('张测试');
    for (const released of [userinfo, idToken]) expect(released).not.toHaveProperty('id_document');
  });

  test('a request without openid is told what it lacks', async () => {
    const answer = await answerOf('portal', { scope: 'profile' });
    expect(answer.get('error')).toBe('invalid_request');
    expect(answer.get('error_description')).toContain('openid');
  });

  test('PKCE is required, but not of the exempted', async () => {
    const without = { code_challenge: undefined, code_challenge_method: undefined };
    for (const client of ['portal', 'app']) {
      expect((await answerOf(client, without)).get('error')).toBe('invalid_request');
    }
    expect((await answerOf('old', without)).get('code')).toBeTruthy();
  });

  test('consent is asked once, and a sensitive item only given when chosen', async () => {
    const fresh = new CityBrowser(city.issuer);
    const parameters = { scope: 'openid profile real_name' };
    const { pending, visit } = await fresh.request(city.client('hall'), parameters);
    const page = await fresh.walkTo('consent', visit, city.account('liming'));
    const answer = fresh.finish(
      pending,
      await fresh.press(page, 'consent-accept', { item: 'real_name' }),
    );
    const { body } = await tokens.redeem(answer);
    expect((await tokens.userinfo(String(body.access_token))).body).toMatchObject({
      name: '张测试',
    });
    const again = await fresh.request(city.client('hall'), { ...parameters, prompt: 'none' });
    expect(nextAddress(again.visit)?.searchParams.get('code')).toBeTruthy();
    const elsewhere = new CityBrowser(city.issuer);
    await elsewhere.signIn(city.client('portal'), city.account('liming'));
    const remembered = await elsewhere.request(city.client('hall'), parameters);
    expect(nextAddress(remembered.visit)?.searchParams.get('code')).toBeTruthy();
  });

  test('a refused consent is told to the client', async () => {
    const { visit, pending } = await browser.request(city.client('hall'), { prompt: 'consent' });
    const { parameters } = browser.finish(pending, await browser.press(visit, 'consent-cancel'));
    expect(parameters.get('error')).toBe('access_denied');
    expect(parameters.get('state')).toBe(pending.state);
  });

  test('form_post comes as our page with a button', async () => {
    const { visit, pending } = await browser.request(city.client('portal'), {
      response_mode: 'form_post',
    });
    expect(pageName(visit)).toBe('form-post');
    expect(visit.body).toContain(`action="${pending.client.redirectUri}"`);
    expect(visit.body).toContain(`name="state" value="${pending.state}"`);
    expect(visit.headers.get('content-security-policy')).toContain('https://portal.example.com');
  });

  test('a client of the FAPI profile has to push its request', async () => {
    const { visit } = await browser.request(city.client('bank'));
    expect(nextAddress(visit)?.searchParams.get('code') ?? null).toBeNull();
    expect(visit.status).toBeLessThan(500);
  });
});

describe('how the person is asked', () => {
  test('prompt=none without a session is login_required', async () => {
    const { visit } = await new CityBrowser(city.issuer).request(city.client('portal'), {
      prompt: 'none',
    });
    expect(nextAddress(visit)?.searchParams.get('error')).toBe('login_required');
  });

  test('prompt=login asks again, and auth_time moves', async () => {
    const before = await claimsOf('portal', { max_age: '10000' });
    const { idToken } = await claimsOf('portal', { prompt: 'login', max_age: '10000' });
    expect(Number(idToken['auth_time'])).toBeGreaterThanOrEqual(
      Number(before.idToken['auth_time']),
    );
    const { visit } = await browser.request(city.client('portal'), { prompt: 'login' });
    expect(pageName(visit)).toBe('sign-in');
  });

  test('max_age=0 asks again; one that is not over does not', async () => {
    const { visit } = await browser.request(city.client('portal'), { max_age: '0' });
    expect(pageName(visit)).toBe('sign-in');
    expect((await answerOf('portal', { max_age: '3600' })).get('code')).toBeTruthy();
  });

  test('login_hint fills in the name', async () => {
    const { visit } = await new CityBrowser(city.issuer).request(city.client('portal'), {
      login_hint: 'zhang"><script>',
    });
    expect(visit.body).toContain('value="zhang&quot;&gt;&lt;script&gt;"');
  });

  test('id_token_hint of another person is not answered silently', async () => {
    const { raw } = await claimsOf('portal');
    expect(
      (await answerOf('portal', { id_token_hint: raw, prompt: 'none' })).get('code'),
    ).toBeTruthy();
    const other = new CityBrowser(city.issuer);
    await other.signIn(city.client('portal'), city.account('liming'));
    const { visit } = await other.request(city.client('portal'), {
      id_token_hint: raw,
      prompt: 'none',
    });
    expect(nextAddress(visit)?.searchParams.get('error')).toBe('login_required');
  });

  test.each([
    ['en', 'lang="en"'],
    ['zh-CN', 'lang="zh-CN"'],
    ['fr en', 'lang="en"'],
  ])('ui_locales=%s chooses the language', async (locales, marker) => {
    const { visit } = await new CityBrowser(city.issuer).request(city.client('portal'), {
      ui_locales: locales,
    });
    expect(visit.body).toContain(marker);
  });
});
