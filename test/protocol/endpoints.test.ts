// What clients call by themselves: discovery that is true, introspection, revocation, tokens for
// APIs, subjects of sectors.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { TokenClient } from '../support/token-client.ts';

const API = 'https://api.department.example.com/';

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;
let browser: CityBrowser;

beforeAll(async () => {
  const machine = { grant_types: ['client_credentials'], scope: '', response_types: [] };
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal', services: ['records.read'] },
      { client_id: 'hall' },
      { client_id: 'post', token_endpoint_auth_method: 'client_secret_post' },
      { client_id: 'department', token_endpoint_auth_method: 'private_key_jwt' },
      { client_id: 'app', token_endpoint_auth_method: 'none' },
      { client_id: 'elliptic', id_token_signed_response_alg: 'ES256' },
      { client_id: 'sister', redirect_uris: ['https://portal.example.com/sister'] },
      { client_id: 'open', subject_type: 'public' },
      { client_id: 'batch', ...machine, services: ['records.read'], access_token_resource: API },
      { client_id: 'plain-batch', ...machine },
      { client_id: 'api', ...machine, resources: [API] },
    ],
    accounts: [{ login: 'zhang' }],
  });
  tokens = new TokenClient(city.issuer);
  browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account('zhang'));
});
afterAll(() => city.stop());

async function enter(clientId: string, parameters = {}) {
  const answer = await browser.authorize(city.client(clientId), city.account('zhang'), parameters);
  const redeemed = await tokens.redeem(answer);
  expect(redeemed).toMatchObject({ status: 200 });
  return { answer, ...held(redeemed.body) };
}

function held(body: Record<string, unknown>) {
  return {
    accessToken: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
    idToken: String(body['id_token']),
  };
}

async function subjectAt(clientId: string): Promise<string> {
  const { answer, idToken } = await enter(clientId);
  return String((await tokens.verifyIdToken(answer, idToken)).sub);
}

describe('discovery', () => {
  test('is complete, and every endpoint answers at its address', async () => {
    const url = `${city.issuer}/.well-known/openid-configuration`;
    const metadata = (await (await fetch(url)).json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      issuer: city.issuer,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      acr_values_supported: [1, 2, 3, 4].map((level) => `urn:hutong:level:${level}`),
      subject_types_supported: ['pairwise', 'public'],
      ui_locales_supported: ['zh-CN', 'en'],
      claims_parameter_supported: true,
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
    expect(metadata['grant_types_supported']).not.toContain('implicit');
    expect(metadata['account_events_poll_endpoint']).toBe(
      `${city.issuer}/mutual-recognition/events/poll`,
    );
    const endpoints = Object.entries(metadata).filter(([name]) =>
      /(?<!^account_events_poll)_endpoint$|^jwks_uri$/u.test(name),
    );
    expect(endpoints.map(([name]) => name).sort()).toEqual([
      'authorization_endpoint',
      'device_authorization_endpoint',
      'end_session_endpoint',
      'introspection_endpoint',
      'jwks_uri',
      'pushed_authorization_request_endpoint',
      'revocation_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
    ]);
    for (const [, address] of endpoints) {
      expect(String(address).startsWith(`${city.issuer}/oauth2/`)).toBe(true);
      const method = /token|introspect|revoke|par$|device$/u.test(String(address)) ? 'POST' : 'GET';
      const response = await fetch(String(address), { method });
      expect([200, 400, 401]).toContain(response.status);
    }
  });

  test('also stands where OAuth looks for it', async () => {
    const url = `${city.issuer}/.well-known/oauth-authorization-server`;
    expect(await (await fetch(url)).json()).toMatchObject({ issuer: city.issuer });
  });

  test('keys are public only, and may be kept for minutes', async () => {
    const response = await fetch(`${city.issuer}/oauth2/jwks`);
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    expect(response.headers.get('cache-control')).toMatch(/max-age=300/u);
    expect(keys.map(({ alg }) => alg)).toEqual(expect.arrayContaining(['RS256', 'ES256']));
    for (const key of keys) expect(key).not.toHaveProperty('d');
  });

  test.each(['portal', 'post', 'department', 'app'])(
    'the way %s authenticates works',
    async (id) => {
      const { accessToken } = await enter(id);
      expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 200 });
    },
  );

  test.each([
    ['portal', 'RS256'],
    ['elliptic', 'ES256'],
  ])('the ID token of %s is signed with %s', async (clientId, alg) => {
    const { idToken } = await enter(clientId);
    const header = JSON.parse(
      Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString(),
    ) as object;
    expect(header).toMatchObject({ alg });
  });

  test.each(['query', 'fragment', 'form_post'])('response mode %s is answered', async (mode) => {
    const { visit } = await browser.request(city.client('portal'), { response_mode: mode });
    const place = { query: /\?.*code=/u, fragment: /#.*code=/u, form_post: /name="code"/u }[mode];
    expect(`${nextAddress(visit)?.href} ${visit.body}`).toMatch(place ?? /^$/u);
  });
});

describe('subjects', () => {
  test('are stable at a client, alike in its sector, different elsewhere, never the account', async () => {
    const [portal, again, sister, hall, open] = [
      await subjectAt('portal'),
      await subjectAt('portal'),
      await subjectAt('sister'),
      await subjectAt('hall'),
      await subjectAt('open'),
    ];
    expect(again).toBe(portal);
    expect(sister).toBe(portal);
    expect(hall).not.toBe(portal);
    expect([portal, hall]).not.toContain(city.account('zhang').id);
    expect(open).not.toBe(portal);
  });
});

describe('introspection and revocation', () => {
  test('only the own client sees a token', async () => {
    const { accessToken, refreshToken } = await enter('portal');
    for (const token of [accessToken, refreshToken]) {
      const own = await tokens.introspect(city.client('portal'), token);
      expect(own.body).toMatchObject({ active: true, client_id: 'portal' });
      for (const other of ['hall', 'api', 'department']) {
        expect((await tokens.introspect(city.client(other), token)).body).toEqual({
          active: false,
        });
      }
    }
  });

  test('the subject of an introspected token is the pairwise one', async () => {
    const { accessToken } = await enter('portal');
    const { body } = await tokens.introspect(city.client('portal'), accessToken);
    expect(body['sub']).toBe(await subjectAt('portal'));
  });

  test('wrong credentials and no credentials are refused alike', async () => {
    const { accessToken } = await enter('portal');
    const wrong = { ...city.client('portal'), secret: 'wrong' };
    expect(await tokens.introspect(wrong, accessToken)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    const none = await fetch(`${city.issuer}/oauth2/introspect`, {
      method: 'POST',
      body: new URLSearchParams({ token: accessToken }),
    });
    expect(none.status).toBeGreaterThanOrEqual(400);
  });

  test('a client ends its own tokens and nobody else’s', async () => {
    const { accessToken, refreshToken } = await enter('portal');
    await tokens.revoke(city.client('hall'), refreshToken);
    await tokens.revoke(city.client('hall'), accessToken);
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 200 });
    expect(await tokens.revoke(city.client('portal'), accessToken)).toMatchObject({ status: 200 });
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
    const next = await enter('portal');
    expect(await tokens.revoke(city.client('portal'), next.refreshToken)).toMatchObject({
      status: 200,
    });
    const refused = await tokens.refresh(city.client('portal'), next.refreshToken);
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await tokens.userinfo(next.accessToken)).toMatchObject({ status: 401 });
    expect(await tokens.revoke(city.client('portal'), 'never-existed')).toMatchObject({
      status: 200,
    });
  });

  test('after its tokens were revoked a client can be used again in the same session', async () => {
    const { refreshToken } = await enter('hall');
    await tokens.revoke(city.client('hall'), refreshToken);
    const { accessToken } = await enter('hall');
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 200 });
  });
});

describe('tokens for machines and APIs', () => {
  test('a machine gets an opaque token, or a JWT of five minutes for its API', async () => {
    const grant = { grant_type: 'client_credentials' };
    const plain = await tokens.token(city.client('plain-batch'), grant);
    expect(plain).toMatchObject({ status: 200, body: { expires_in: 600 } });
    expect(String(plain.body.access_token)).not.toContain('.');
    const batch = await tokens.token(city.client('batch'), { ...grant, scope: 'records.read' });
    expect(batch).toMatchObject({ status: 200, body: { scope: 'records.read' } });
    expect(Number(batch.body['expires_in'])).toBeLessThanOrEqual(300);
    const { payload, protectedHeader } = await tokens.verify(String(batch.body.access_token), API);
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(payload).toMatchObject({ client_id: 'batch', scope: 'records.read', aud: API });
  });

  test('a person’s client gets a JWT for a registered API that its provider accepts', async () => {
    const asked = { scope: 'openid records.read', resource: API };
    const answer = await browser.authorize(city.client('portal'), undefined, asked);
    const { accessToken } = held((await tokens.redeem(answer, { resource: API })).body);
    const { payload } = await tokens.verify(accessToken, API);
    expect(payload).toMatchObject({ client_id: 'portal', scope: 'records.read' });
    expect(payload.sub).not.toBe(city.account('zhang').id);
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
  });

  test('a machine may not ask for people, nor a person’s client for a machine’s grant', async () => {
    const grant = { grant_type: 'client_credentials' };
    expect(await tokens.token(city.client('portal'), grant)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^(?:unauthorized_client|invalid_request)$/u) },
    });
    for (const machine of ['plain-batch', 'batch']) {
      const people = await tokens.token(city.client(machine), { ...grant, scope: 'openid phone' });
      expect(people).toMatchObject({ status: 200 });
      expect(people.body).not.toHaveProperty('scope');
    }
    for (const type of ['password', 'implicit', 'urn:openid:params:grant-type:ciba']) {
      const refused = await tokens.token(city.client('portal'), { grant_type: type });
      expect(refused).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    }
  });
});
