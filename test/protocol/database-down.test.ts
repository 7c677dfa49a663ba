// The database goes away under the running provider and comes back: 503 with a word on when to come
// again, in the form each caller understands, and nothing to repair afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startEmbeddedMongod } from '../../src/platform/embedded-mongod.ts';
import type { EmbeddedMongod } from '../../src/platform/embedded-mongod.ts';
import { authorizationRequest, CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import type { Visit } from '../support/http-visitor.ts';
import { answered, TokenClient } from '../support/token-client.ts';
import type { Answered } from '../support/token-client.ts';

const binary = inject('mongodBinary');
const LONG = 60_000;

describe.skipIf(binary === undefined)('while the database is away', () => {
  let folder: string;
  let database: EmbeddedMongod;
  let city: CityNode;
  let tokens: TokenClient;
  const browser = () => new CityBrowser(city.issuer);

  const start = (port?: number) =>
    startEmbeddedMongod({ binary: binary ?? '', folder, ...(port === undefined ? {} : { port }) });

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hutong-down-'));
    database = await start();
    city = await startCityNode({
      mongodbUri: database.uri.replace('/?', '/city?'),
      clients: [
        { client_id: 'portal' },
        {
          client_id: 'tax',
          grant_types: ['authorization_code', 'client_credentials'],
          scope: 'openid mandates:check mandates:read',
          services: ['tax-filing'],
        },
      ],
      accounts: [{ login: 'zhang' }],
    });
    tokens = new TokenClient(city.issuer);
  }, LONG);
  afterAll(async () => {
    await city.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }, LONG);

  test(
    'programs and people are told, and all goes on when it is back',
    async () => {
      const client = city.client('portal');
      const person = browser();
      const answer = await person.signIn(client, city.account('zhang'));
      const { body } = await tokens.redeem(answer);
      const [accessToken, refreshToken] = [String(body.access_token), String(body.refresh_token)];
      const waiting = await person.authorize(client);
      const api = `${city.issuer}/api/v1`;
      const system = await tokens.token(city.client('tax'), {
        grant_type: 'client_credentials',
        scope: 'mandates:check',
        resource: api,
      });
      const read = { scope: 'openid mandates:read', resource: api };
      const reading = await person.authorize(city.client('tax'), undefined, read);
      const reader = await tokens.redeem(reading, { resource: api });
      const newcomer = browser();
      const signInPage = (await newcomer.request(client)).visit;
      await database.stop();

      const { url } = authorizationRequest(city.issuer, client);
      const { login, password } = city.account('zhang');
      const [programs, people, discovery, keys] = await Promise.all([
        Promise.all([
          tokens.redeem(waiting),
          tokens.refresh(client, refreshToken),
          tokens.userinfo(accessToken),
          tokens.introspect(client, accessToken),
          tokens.revoke(client, accessToken),
          tokens.post('/oauth2/par', client, Object.fromEntries(url.searchParams)),
        ]),
        Promise.all([
          person.open(url),
          browser().open(url),
          person.open('/oauth2/logout'),
          newcomer.open(signInPage.url),
          newcomer.press(signInPage, 'sign-in', { login, password }),
          person.visitor.submit(new URL('/oauth2/authorize', city.issuer), {
            client_id: client.id,
          }),
        ]),
        fetch(`${city.issuer}/.well-known/openid-configuration`),
        fetch(`${city.issuer}/oauth2/jwks`),
      ]);
      expect(programs.map(describeProgram)).toEqual(programs.map(() => told));
      expect(people.map(describePage)).toEqual(people.map(() => [503, 'error', true]));
      expect([discovery.status, keys.status]).toEqual([200, 200]);
      const call = async (path: string, token: Answered, body?: object) => {
        const headers = {
          authorization: `Bearer ${String(token.body.access_token)}`,
          'content-type': 'application/json',
        };
        const sent = body ? { method: 'POST', body: JSON.stringify(body) } : {};
        return answered(await fetch(`${api}${path}`, { headers, ...sent }));
      };
      const asked = { person: { sub: 'nobody' }, uscc: '91440000MA0DEMA09C' };
      for (const refused of await Promise.all([
        call('/mandate-checks', system, asked),
        call('/entities', reader),
      ])) {
        expect(refused).toMatchObject({
          status: 503,
          body: { type: 'urn:hutong:problem:database_unavailable' },
        });
        expect(refused.headers.get('content-type')).toBe('application/problem+json');
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      }

      database = await start(database.port);
      await expect
        .poll(async () => (await tokens.userinfo(accessToken)).status, { timeout: 20_000 })
        .toBe(200);
      // What it refuses until it has caught up is not spent by that.
      await expect
        .poll(async () => (await tokens.redeem(waiting)).status, { timeout: 20_000 })
        .toBe(200);
      expect(await tokens.refresh(client, refreshToken)).toMatchObject({ status: 200 });
      const silent = await person.authorize(client, undefined, { prompt: 'none' });
      expect(silent.code).not.toBe('');
      expect(pageName(await newcomer.open(signInPage.url))).toBe('sign-in');
    },
    LONG,
  );
});

const told = [503, 'temporarily_unavailable', true];

function describeProgram({ status, body, headers }: Answered) {
  return [status, body.error, Number(headers.get('retry-after')) > 0];
}

function describePage(visit: Visit) {
  return [visit.status, pageName(visit), Number(visit.headers.get('retry-after')) > 0];
}
