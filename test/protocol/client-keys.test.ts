// Clients that publish their keys (`jwks_uri`): rotation, servers that are down or misbehave, and
// that nobody can make us press such a server. Then: tokens signed as each client registered.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { TokenClient } from '../support/token-client.ts';

interface Pair {
  kid: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
let city: CityNode;
let tokens: TokenClient;
let origin = '';
let serial = 0;
/** What the department publishes, and how its server behaves. */
let published: unknown;
let behaviour: 'ok' | 'down' | 'redirect' | 'huge' | 'slow' | 'garbage' = 'ok';
let cacheControl: string | undefined;
let hits: string[] = [];

const department = createServer((request, response) => {
  hits.push(request.url ?? '');
  if (cacheControl !== undefined) response.setHeader('cache-control', cacheControl);
  response.setHeader('content-type', 'application/json');
  switch (behaviour) {
    case 'down':
      response.writeHead(503).end();
      return;
    case 'redirect':
      response.writeHead(302, { location: `${origin}/elsewhere` }).end();
      return;
    case 'huge':
      response.end(JSON.stringify({ keys: [], padding: 'x'.repeat(400_000) }));
      return;
    case 'slow':
      return;
    case 'garbage':
      response.end('<html>maintenance</html>');
      return;
    case 'ok':
      response.end(JSON.stringify(published));
      return;
    default:
      behaviour satisfies never;
  }
});

beforeAll(async () => {
  department.listen(0, '127.0.0.1');
  await Promise.all([once(department, 'listening'), receiver.start()]);
  origin = `http://127.0.0.1:${(department.address() as AddressInfo).port}`;
  const signed = (alg: string) => ({
    client_id: alg.toLowerCase(),
    id_token_signed_response_alg: alg,
    backchannel_logout_uri: receiver.uriOf(alg.toLowerCase()),
    access_token_resource: 'https://api.example.com/',
    services: ['land:read'],
  });
  city = await startCityNode({
    mongodbUri: uri,
    clients: [signed('RS256'), signed('ES256'), signed('PS256')],
    accounts: [{ login: 'zhang' }],
  });
  receiver.trust(city.issuer);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await receiver.stop();
  department.close().closeAllConnections();
});
beforeEach(() => {
  behaviour = 'ok';
  cacheControl = undefined;
  hits = [];
});

async function makePair(kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
}

/** A client of its own for each test, at an address of its own. */
async function newClient(): Promise<string> {
  serial += 1;
  const client_id = `department-${serial}`;
  await city.addClients([
    {
      client_id,
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `${origin}/${client_id}/jwks`,
    },
  ]);
  // Without anything signed its server is not asked.
  await expect
    .poll(async () => (await tryToken(client_id)).error_description)
    .toContain('registered for private_key_jwt');
  expect(hits).not.toContain(`/${client_id}/jwks`);
  hits = [];
  return client_id;
}

const ASSERTED = {
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
};

async function tryToken(clientId: string, assertion?: string) {
  const response = await fetch(`${city.issuer}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      ...(assertion === undefined ? {} : { ...ASSERTED, client_assertion: assertion }),
    }),
  });
  const body = (await response.json()) as { error?: string; error_description?: string };
  return { status: response.status, ...body };
}

async function authenticate(clientId: string, pair: Pair) {
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: pair.kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(city.issuer)
    .setJti(randomBytes(16).toString('base64url'))
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(pair.privateKey);
  return tryToken(clientId, assertion);
}

describe('what we sign for a client', () => {
  test.each(['RS256', 'ES256', 'PS256'])(
    'is signed with %s where it registered that',
    async (alg) => {
      const client = city.client(alg.toLowerCase());
      const browser = new CityBrowser(city.issuer);
      const answer = await browser.signIn(client, city.account('zhang'));
      const { body } = await tokens.redeem(answer);
      expect(decodeProtectedHeader(String(body.id_token)).alg).toBe(alg);
      expect(await tokens.verifyIdToken(answer, String(body.id_token))).toMatchObject({
        aud: client.id,
      });
      const forApi = await browser.authorize(client, city.account('zhang'), {
        resource: 'https://api.example.com/',
        scope: 'openid land:read',
      });
      const redeemed = await tokens.redeem(forApi, { resource: 'https://api.example.com/' });
      const { protectedHeader } = await tokens.verify(
        String(redeemed.body.access_token),
        'https://api.example.com/',
      );
      // Access tokens are for the API, not for the client.
      expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
      await browser.signOut();
      await receiver.until(() => receiver.of(client.id).length > 0);
      expect(receiver.of(client.id)[0]).toMatchObject({ alg });
    },
  );

  test('cannot be asked of userinfo: it is registered nowhere, and answered as JSON', async () => {
    const found = await fetch(`${city.issuer}/.well-known/openid-configuration`);
    expect(await found.json()).not.toHaveProperty('userinfo_signing_alg_values_supported');
  });
});

describe('published keys', () => {
  test('rotate: the new one counts at its first use, the old one when it is gone', async () => {
    const client = await newClient();
    const [old, fresh] = [await makePair('old'), await makePair('new')];
    published = { keys: [old.publicJwk] };
    expect(await authenticate(client, old)).toMatchObject({ status: 200 });
    published = { keys: [old.publicJwk, fresh.publicJwk] };
    city.clock.advance(30);
    expect(await authenticate(client, fresh)).toMatchObject({ status: 200 });
    published = { keys: [fresh.publicJwk] };
    city.clock.advance(600);
    expect(await authenticate(client, fresh)).toMatchObject({ status: 200 });
    expect(await authenticate(client, old)).toMatchObject({ status: 401, error: 'invalid_client' });
  });

  test('are read once for many requests, and as long as the server allows', async () => {
    const client = await newClient();
    const pair = await makePair('one');
    published = { keys: [pair.publicJwk] };
    cacheControl = 'public, max-age=1200';
    const answers = await Promise.all(Array.from({ length: 10 }, () => authenticate(client, pair)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    city.clock.advance(1100);
    await authenticate(client, pair);
    expect(hits).toHaveLength(1);
    city.clock.advance(101);
    await authenticate(client, pair);
    expect(hits).toHaveLength(2);
  });

  test('unknown ones make us ask once in a while, whoever invents them', async () => {
    const client = await newClient();
    const pair = await makePair('real');
    published = { keys: [pair.publicJwk] };
    await authenticate(client, pair);
    city.clock.advance(31);
    const invented = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        authenticate(client, await makePair(`invented-${index}`)),
      ),
    );
    expect(new Set(invented.map(({ status }) => status))).toEqual(new Set([401]));
    expect(hits).toHaveLength(2);
    expect(await authenticate(client, pair)).toMatchObject({ status: 200 });
  });

  test.each(['down', 'redirect', 'huge', 'slow', 'garbage'] as const)(
    'stay in use while the server is %s, and the answer says so where there are none',
    async (how) => {
      const client = await newClient();
      const pair = await makePair('kept');
      published = { keys: [pair.publicJwk] };
      expect(await authenticate(client, pair)).toMatchObject({ status: 200 });
      behaviour = how;
      city.clock.advance(3601);
      expect(await authenticate(client, pair)).toMatchObject({ status: 200 });
      const stranger = await newClient();
      const refused = await authenticate(stranger, pair);
      expect(refused).toMatchObject({ status: 401, error: 'invalid_client' });
      const reasons = {
        down: 'http_503',
        redirect: 'redirect_not_followed',
        huge: 'body_too_large',
        slow: 'timeout',
        garbage: 'not_a_key_set',
      };
      expect(refused.error_description).toContain(`jwks_uri could not be read (${reasons[how]})`);
      expect(hits).not.toContain('/elsewhere');
    },
    20_000,
  );

  test('are dropped after a day without their server', async () => {
    const client = await newClient();
    const pair = await makePair('old');
    published = { keys: [pair.publicJwk] };
    await authenticate(client, pair);
    behaviour = 'down';
    city.clock.advance(24 * 3600 + 1);
    expect(await authenticate(client, pair)).toMatchObject({ status: 401 });
  });

  test('that were all withdrawn count no more, although their server is up', async () => {
    const client = await newClient();
    const pair = await makePair('stolen');
    published = { keys: [pair.publicJwk] };
    expect(await authenticate(client, pair)).toMatchObject({ status: 200 });
    published = { keys: [] };
    city.clock.advance(3601);
    expect(await authenticate(client, pair)).toMatchObject({ status: 401 });
  });

  test('that are private, weak or of another kind count for nothing', async () => {
    const client = await newClient();
    const pair = await makePair('good');
    const leaked = { ...(await exportJWK(pair.privateKey)), kid: 'leaked' };
    published = { keys: [leaked, { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' }, 7, pair.publicJwk] };
    expect(await authenticate(client, { ...pair, kid: 'leaked' })).toMatchObject({ status: 401 });
    expect(await authenticate(client, pair)).toMatchObject({ status: 200 });
  });
});
