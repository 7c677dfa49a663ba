// Things that work once, tried fifty times at the same moment against two real processes.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizationRequest, CityBrowser } from '../support/city-browser.ts';
import type { Answer } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { answered, dpopProof, makeDpopKey, TokenClient } from '../support/token-client.ts';
import type { Answered } from '../support/token-client.ts';

const TIMES = 50;

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;
let browser: CityBrowser;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    hasSecondProcess: true,
    clients: [
      { client_id: 'portal' },
      { client_id: 'hall', consent: 'ask' },
      {
        client_id: 'department',
        token_endpoint_auth_method: 'private_key_jwt',
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      },
      { client_id: 'bank', profile: 'fapi2' },
    ],
    accounts: [{ login: 'zhang' }],
  });
  tokens = new TokenClient(city.issuer);
  browser = new CityBrowser(city.issuer);
  await browser.signIn(city.client('portal'), city.account('zhang'));
});
afterAll(() => city.stop());

function fiftyTimes<T>(work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: TIMES }, (_, index) => work(index)));
}

function successes(answers: readonly Answered[]): Answered[] {
  for (const { status } of answers) expect([200, 201, 400, 401]).toContain(status);
  return answers.filter(({ status }) => status < 300);
}

async function authorize(clientId: string): Promise<Answer> {
  return browser.authorize(city.client(clientId), city.account('zhang'));
}

describe.each(['portal', 'hall', 'department'])('a code of %s', (clientId) => {
  test('is redeemed by one of fifty, whose tokens end because there were more', async () => {
    const answer = await authorize(clientId);
    const [won, ...others] = successes(await fiftyTimes(() => tokens.redeem(answer)));
    expect(others).toEqual([]);
    const accessToken = String(won?.body.access_token);
    const refreshToken = String(won?.body.refresh_token);
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
    const introspected = await tokens.introspect(answer.client, accessToken);
    expect(introspected.body).toEqual({ active: false });
    expect(await tokens.refresh(answer.client, refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('after its replay the same person can go on at the same client', async () => {
    const replayed = await authorize(clientId);
    await tokens.redeem(replayed);
    expect(await tokens.redeem(replayed)).toMatchObject({ status: 400 });
    const answers = await Promise.all([authorize(clientId), authorize(clientId)]);
    for (const answer of answers) {
      const redeemed = await tokens.redeem(answer);
      expect(redeemed).toMatchObject({ status: 200 });
      expect(await tokens.userinfo(String(redeemed.body.access_token))).toMatchObject({
        status: 200,
      });
    }
  });
});

test('the replays are on record', async () => {
  const rows = city.storage.database.collection('auditRecords');
  expect(await rows.countDocuments({ type: 'oidc.code_replayed' })).toBeGreaterThanOrEqual(6);
});

test('a code is of no use to another client, and survives that it tried', async () => {
  const answer = await authorize('portal');
  const stolen = {
    ...answer,
    client: { ...city.client('hall'), redirectUri: answer.client.redirectUri },
  };
  expect(await tokens.redeem(stolen)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
  expect(await tokens.redeem(answer)).toMatchObject({ status: 200 });
});

test('a code needs the verifier it was asked with', async () => {
  const answer = await authorize('portal');
  const wrong = { ...answer, verifier: randomBytes(32).toString('base64url') };
  expect(await tokens.redeem(wrong)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
});

test('a client assertion is accepted from one of fifty', async () => {
  const assertion = await tokens.assertion(city.client('department'));
  const answers = await fiftyTimes(async () =>
    answered(
      await fetch(`${city.issuer}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({ ...assertion, grant_type: 'client_credentials' }),
      }),
    ),
  );
  expect(successes(answers)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.error))).toEqual(
    new Set([undefined, 'invalid_client']),
  );
});

async function push(clientId: string) {
  const client = city.client(clientId);
  const pending = authorizationRequest(city.issuer, client);
  const fields = Object.fromEntries(pending.url.searchParams);
  const pushed = await tokens.push(client, fields);
  expect(pushed).toMatchObject({ status: 201, body: { expires_in: 60 } });
  const url = new URL('/oauth2/authorize', city.issuer);
  url.searchParams.set('client_id', clientId);
  url.searchParams.set('request_uri', String(pushed.body['request_uri']));
  return { pending, url };
}

test('a pushed request is answered to one of fifty', async () => {
  const { pending, url } = await push('portal');
  const visits = await fiftyTimes(() => browser.open(url));
  const codes = visits.filter(({ headers }) => headers.get('location')?.includes('code='));
  expect(codes).toHaveLength(1);
  for (const { status } of visits) expect([303, 400]).toContain(status);
  const [won] = codes;
  if (!won) throw new Error('nobody won');
  expect(await tokens.redeem(browser.finish(pending, won))).toMatchObject({ status: 200 });
});

test('a pushed request survives the sign-in that it needs', async () => {
  const { pending, url } = await push('portal');
  const newcomer = new CityBrowser(city.issuer);
  const visit = await newcomer.walk(await newcomer.open(url), city.account('zhang'));
  expect(await tokens.redeem(newcomer.finish(pending, visit))).toMatchObject({ status: 200 });
  const again = await newcomer.open(url);
  expect(again.headers.get('location')).toContain('error=invalid_request_uri');
});

test('a DPoP proof is accepted from one of fifty', async () => {
  const { pending, url } = await push('bank');
  const answer = browser.finish(pending, await browser.walk(await browser.open(url), undefined));
  const dpop = await makeDpopKey();
  const redeemed = await tokens.redeem(answer, {}, dpop);
  expect(redeemed).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
  const accessToken = String(redeemed.body.access_token);
  const target = `${city.issuer}/oauth2/userinfo`;
  const ask = async (proof: string) =>
    answered(
      await fetch(target, { headers: { authorization: `DPoP ${accessToken}`, dpop: proof } }),
    );
  const first = await ask(await dpopProof(dpop, { method: 'GET', url: target, accessToken }));
  const nonce = first.headers.get('dpop-nonce') ?? undefined;
  const proof = await dpopProof(dpop, { method: 'GET', url: target, accessToken, nonce });
  expect(successes(await fiftyTimes(() => ask(proof)))).toHaveLength(1);
  expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
});
