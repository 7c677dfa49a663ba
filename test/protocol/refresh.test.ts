// Refresh tokens rotate: one successor for everyone inside the grace, none and an end after it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { TokenClient } from '../support/token-client.ts';

const TIMES = 50;

interface Town {
  city: CityNode;
  tokens: TokenClient;
  /** A fresh refresh token of a fresh person's browser. */
  obtain(clientId?: string): Promise<string>;
}

async function found(mongodbUri: string, graceSeconds: string, isShared: boolean): Promise<Town> {
  const city = await startCityNode({
    mongodbUri,
    hasSecondProcess: isShared,
    environment: {
      HUTONG_REFRESH_GRACE_SECONDS: graceSeconds,
      // Nobody listens there, so that messages stay where they can be counted.
      HUTONG_SMTP_URL: 'smtp://127.0.0.1:9',
    },
    clients: [{ client_id: 'portal' }, { client_id: 'hall' }],
    accounts: [{ login: 'zhang' }],
  });
  const tokens = new TokenClient(city.issuer);
  const obtain = async (clientId = 'portal') => {
    const browser = new CityBrowser(city.issuer);
    const answer = await browser.signIn(city.client(clientId), city.account('zhang'));
    return String((await tokens.redeem(answer)).body.refresh_token);
  };
  return { city, tokens, obtain };
}

async function refreshOften({ city, tokens }: Town, token: string) {
  const client = city.client('portal');
  const answers = await Promise.all(
    Array.from({ length: TIMES }, () => tokens.refresh(client, token)),
  );
  for (const { status } of answers) expect([200, 400]).toContain(status);
  return answers.filter(({ status }) => status === 200).map(({ body }) => body);
}

async function messagesAndReuses({ city }: Town): Promise<[number, number]> {
  const { database } = city.storage;
  return Promise.all([
    database.collection('messageOutbox').countDocuments({ reason: 'refresh_reused', lane: 'mail' }),
    database.collection('auditRecords').countDocuments({ type: 'oidc.refresh_reused' }),
  ]);
}

describe('without grace', () => {
  const { uri } = migratedDatabase();
  let town: Town;
  beforeAll(async () => {
    town = await found(uri, '0', true);
  });
  afterAll(() => town.city.stop());

  test('one of fifty succeeds, and the family ends', async () => {
    const { city, tokens } = town;
    const token = await town.obtain();
    const [won, ...others] = await refreshOften(town, token);
    expect(others).toEqual([]);
    expect(await tokens.userinfo(String(won?.access_token))).toMatchObject({ status: 401 });
    const next = await tokens.refresh(city.client('portal'), String(won?.refresh_token));
    expect(next).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await messagesAndReuses(town)).toEqual([1, 1]);
  });
});

describe('with the default grace', () => {
  const { uri } = migratedDatabase();
  let town: Town;
  beforeAll(async () => {
    town = await found(uri, '10', false);
  });
  afterAll(() => town.city.stop());

  test('fifty inside the window get one and the same successor, which works', async () => {
    const { city, tokens } = town;
    const token = await town.obtain();
    const answers = await refreshOften(town, token);
    expect(answers).toHaveLength(TIMES);
    const successors = new Set(answers.map(({ refresh_token }) => refresh_token));
    expect(successors.size).toBe(1);
    for (const { access_token } of answers.slice(0, 5)) {
      expect(await tokens.userinfo(String(access_token))).toMatchObject({ status: 200 });
    }
    const [successor = ''] = [...successors].map(String);
    expect(await tokens.introspect(city.client('portal'), successor)).toMatchObject({
      body: { active: true },
    });
    expect(await tokens.refresh(city.client('portal'), successor)).toMatchObject({ status: 200 });
  });

  test('once the successor was used the old one is refused, and nothing ends', async () => {
    const { city, tokens } = town;
    const client = city.client('portal');
    const token = await town.obtain();
    const second = String((await tokens.refresh(client, token)).body.refresh_token);
    const third = String((await tokens.refresh(client, second)).body.refresh_token);
    expect(await tokens.refresh(client, token)).toMatchObject({ body: { error: 'invalid_grant' } });
    expect(await tokens.refresh(client, third)).toMatchObject({ status: 200 });
  });

  test('another client gets no successor, and does no harm', async () => {
    const { city, tokens } = town;
    const token = await town.obtain();
    await tokens.refresh(city.client('portal'), token);
    const stolen = await tokens.refresh(city.client('hall'), token);
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await tokens.refresh(city.client('portal'), token)).toMatchObject({ status: 200 });
  });

  test('fifty after the window get none; the family ends, on record, and the person is told', async () => {
    const { city, tokens } = town;
    const client = city.client('portal');
    const before = await messagesAndReuses(town);
    const token = await town.obtain();
    const first = await tokens.refresh(client, token);
    city.clock.advance(11);
    expect(await refreshOften(town, token)).toEqual([]);
    const successor = String(first.body.refresh_token);
    expect(await tokens.refresh(client, successor)).toMatchObject({ status: 400 });
    expect(await tokens.userinfo(String(first.body.access_token))).toMatchObject({ status: 401 });
    const after = await messagesAndReuses(town);
    expect(after).toEqual(before.map((count) => count + 1));
  });

  test('after the window the family ends even when the successor was used', async () => {
    const { city, tokens } = town;
    const client = city.client('portal');
    const token = await town.obtain();
    const second = String((await tokens.refresh(client, token)).body.refresh_token);
    const third = String((await tokens.refresh(client, second)).body.refresh_token);
    city.clock.advance(11);
    expect(await tokens.refresh(client, token)).toMatchObject({ status: 400 });
    expect(await tokens.refresh(client, third)).toMatchObject({ status: 400 });
  });

  test('a spent token looks spent to whoever asks', async () => {
    const { city, tokens } = town;
    const client = city.client('portal');
    const token = await town.obtain();
    await tokens.refresh(client, token);
    city.clock.advance(11);
    expect((await tokens.introspect(client, token)).body).toEqual({ active: false });
  });
});
