// What developers get wrong at the endpoints for programs, and whether the answer says so; never a
// secret, never a status of 500.
import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizationRequest, CityBrowser } from '../support/city-browser.ts';
import type { CityClient } from '../support/city-clients.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { dpopProof, makeDpopKey, TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const browser = () => new CityBrowser(city.issuer);
let city: CityNode;
let tokens: TokenClient;
let portal: CityClient;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal' },
      { client_id: 'signing', token_endpoint_auth_method: 'private_key_jwt' },
      { client_id: 'safe', profile: 'fapi2' },
      { client_id: 'page', token_endpoint_auth_method: 'none' },
    ],
    accounts: [{ login: 'zhang' }],
  });
  tokens = new TokenClient(city.issuer);
  portal = city.client('portal');
});
afterAll(() => city.stop());

async function freshCode() {
  return browser().authorize(portal, city.account('zhang'));
}

describe('a token request is told', () => {
  test.each([
    ['a code nobody issued', { code: 'abc' }, /^the code or token is unknown/u],
    ['another verifier', { code_verifier: 'x'.repeat(43) }, /^code_verifier does not match/u],
    ['no verifier', { code_verifier: '' }, /^code_verifier is missing/u],
    [
      'another redirect_uri',
      { redirect_uri: 'https://other.example.com/' },
      /^redirect_uri must be/u,
    ],
  ])('of %s', async (_case, extra, words) => {
    const { status, body } = await tokens.redeem(await freshCode(), extra);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_grant' });
    expect(body['error_description']).toMatch(words);
  });

  test('of a code that was used', async () => {
    const answer = await freshCode();
    await tokens.redeem(answer);
    const { body } = await tokens.redeem(answer);
    expect(body['error_description']).toMatch(/^the authorization code was already used/u);
  });

  test('no more of a code of another client than of one nobody issued', async () => {
    const answer = await freshCode();
    const page = city.client('page');
    const found = await tokens.redeem({ ...answer, client: page });
    const invented = await tokens.redeem({ ...answer, client: page, code: 'abc' });
    expect(found.body).toMatchObject({ error: 'invalid_grant' });
    expect(found.body).toEqual(invented.body);
  });

  test('of a refresh token that was never ours, and of one that was revoked', async () => {
    const { body } = await tokens.redeem(await freshCode());
    await tokens.revoke(portal, String(body.refresh_token));
    for (const token of ['abc', String(body.refresh_token)]) {
      const refused = await tokens.refresh(portal, token);
      expect(refused.body).toMatchObject({ error: 'invalid_grant' });
      expect(refused.body['error_description']).toMatch(/^the code or token is unknown/u);
    }
  });

  test('of a grant it did not register', async () => {
    const { body } = await tokens.token(portal, { grant_type: 'client_credentials' });
    expect(body['error_description']).toBe(
      'grant_type client_credentials is not registered for this client; registered: authorization_code refresh_token',
    );
    const unknown = await tokens.token(portal, { grant_type: 'password' });
    expect(unknown.body['error_description']).toMatch(
      /registered for this client: authorization_code refresh_token$/u,
    );
  });

  test('of a DPoP proof that a FAPI client forgot', async () => {
    const safe = city.client('safe');
    const pushed = await tokens.post('/oauth2/par', safe, pushable(safe));
    const visitor = browser();
    const url = new URL('/oauth2/authorize', city.issuer);
    url.searchParams.set('client_id', safe.id);
    url.searchParams.set('request_uri', String(pushed.body['request_uri']));
    const visit = await visitor.walk(await visitor.open(url), city.account('zhang'));
    const answer = visitor.finish(authorizationRequest(city.issuer, safe), visit);
    const { body } = await tokens.redeem(answer, { code_verifier: VERIFIER });
    expect(body['error_description']).toMatch(/^the DPoP header is missing/u);
  });

  test('of a DPoP proof for another address, and which one is ours', async () => {
    const key = await makeDpopKey();
    const { headers } = await tokens.authentication(portal);
    const response = await fetch(`${city.issuer}/oauth2/token`, {
      method: 'POST',
      headers: {
        ...headers,
        dpop: await dpopProof(key, { method: 'POST', url: 'https://elsewhere.example.com/token' }),
      },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
    });
    expect(await response.json()).toEqual({
      error: 'invalid_dpop_proof',
      error_description: `DPoP proof: htu must be ${city.issuer}/oauth2/token`,
    });
  });

  test('of a resource that the authorization request did not name', async () => {
    const { body } = await tokens.redeem(await freshCode(), {
      resource: 'https://api.example.com/',
    });
    expect(body).toMatchObject({ error: 'invalid_target' });
    expect(body['error_description']).toMatch(
      /^resource was not named in the authorization request/u,
    );
  });

  test('in JSON whatever it accepts', async () => {
    const response = await fetch(`${city.issuer}/oauth2/token`, {
      method: 'POST',
      headers: { accept: 'text/html, image/gif, image/jpeg, */*; q=0.2' },
      body: new URLSearchParams({ grant_type: 'authorization_code', client_id: 'nobody' }),
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/u);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });
});

describe('client authentication is told', () => {
  const send = async (client: CityClient) =>
    tokens.token(client, { grant_type: 'refresh_token', refresh_token: 'x' });

  test('of a wrong secret, in body and header, without showing any', async () => {
    const { status, body, headers } = await send({ ...portal, secret: 'wrong' });
    expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' });
    expect(body['error_description']).toMatch(/^the client_secret is wrong/u);
    expect(headers.get('www-authenticate')).toContain(
      `error_description="${String(body['error_description'])}"`,
    );
    expect(JSON.stringify(body)).not.toContain(portal.secret);
  });

  test('of an unknown client', async () => {
    const { body } = await send({ ...portal, id: 'nobody' });
    expect(body['error_description']).toBe('no client is registered with this client_id');
  });

  test.each([
    ['signing', { authMethod: 'client_secret_basic', secret: 'x' }, 'private_key_jwt'],
    ['portal', { authMethod: 'none' }, 'client_secret_basic'],
    ['page', { authMethod: 'client_secret_basic', secret: 'x' }, 'none'],
  ])('%s of another method than the registered one', async (id, changes, registered) => {
    const { body } = await send({ ...city.client(id), ...changes });
    expect(body['error_description']).toBe(
      `the client is registered for ${registered}, the request used ${changes.authMethod}`,
    );
  });

  test('of an assertion that is for somebody else, signed with another key, or spent', async () => {
    const signing = city.client('signing');
    const grant = { grant_type: 'refresh_token', refresh_token: 'x' };
    const elsewhere = await new TokenClient('https://elsewhere.example.com').assertion(signing);
    const { body } = await tokens.token(
      { ...signing, authMethod: 'none' },
      { ...grant, ...elsewhere },
    );
    expect(body['error_description']).toMatch(/^client assertion: audience \(aud\) must equal/u);
    const { privateKey } = await generateKeyPair('ES256');
    const forged = await send({ ...signing, key: privateKey });
    expect(forged.body['error_description']).toMatch(/^client assertion: signature/u);
    const once = await tokens.assertion(signing);
    await tokens.token({ ...signing, authMethod: 'none' }, { ...grant, ...once });
    const twice = await tokens.token({ ...signing, authMethod: 'none' }, { ...grant, ...once });
    expect(twice.body['error_description']).toMatch(/must only be used once/u);
  });
});

describe('userinfo is told', () => {
  test('of a token that is unknown, and of one that a DPoP key binds', async () => {
    const unknown = await tokens.userinfo('abc');
    expect(unknown.body['error_description']).toMatch(/^the access token is unknown or has ended/u);
    const redeemed = await tokens.redeem(await freshCode(), {}, await makeDpopKey());
    const bound = await tokens.userinfo(String(redeemed.body.access_token));
    expect(bound.status).toBe(401);
    expect(bound.body['error_description']).toMatch(/^the access token is bound to a DPoP key/u);
  });
});

describe('a pushed request is told', () => {
  test('what is registered', async () => {
    const { body } = await tokens.post('/oauth2/par', portal, {
      ...pushable(portal),
      redirect_uri: 'https://elsewhere.example.com/',
    });
    expect(body['error_description']).toBe(
      `redirect_uri is not registered for this client; registered: ${portal.redirectUri}`,
    );
  });
});

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

function pushable(client: CityClient): Record<string, string> {
  return {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
}
