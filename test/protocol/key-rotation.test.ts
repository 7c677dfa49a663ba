// Signing keys rotate while two processes are at work: no request fails, and no relying party that
// keeps the keys as Cache-Control says fails to validate. A compromised key is gone at once.
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runKeysCommand } from '../../src/keys/keys.commands.ts';
import { SigningKeyStore } from '../../src/keys/signing-key-store.ts';
import { localesFolder } from '../../src/platform/http/http-app.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import { listServers, listSilentServers } from '../../src/platform/live-processes-store.ts';
import { CachingKeySet } from '../support/caching-key-set.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import type { Answer } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { runHutong } from '../support/hutong-command.ts';
import { Load } from '../support/load.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { TokenClient } from '../support/token-client.ts';

// Each command is a process that loads everything.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const { uri } = migratedDatabase();
const API = 'https://api.example.com';
const environment = { HUTONG_JWKS_MAX_AGE_SECONDS: '6' };
const words = loadWords(localesFolder);
const receiver = new LogoutReceiver();
/** They go by cache time alone, but for one that also asks for keys it does not know. */
let relyingParties: CachingKeySet[] = [];
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  await receiver.start();
  const machine = { grant_types: ['client_credentials'], scope: '', response_types: [] };
  const told = (name: string) => ({
    client_id: name,
    backchannel_logout_uri: receiver.uriOf(name),
  });
  city = await startCityNode({
    mongodbUri: uri,
    hasSecondProcess: true,
    environment,
    clients: [
      told('portal'),
      { ...told('elliptic'), id_token_signed_response_alg: 'ES256' },
      { ...told('pss'), id_token_signed_response_alg: 'PS256' },
      { client_id: 'keeper' },
      { client_id: 'batch', ...machine, access_token_resource: API, resources: [API] },
    ],
    accounts: [{ login: 'zhang' }, { login: 'liming' }],
  });
  const byCacheAlone = [0.2, 0.4, 0.6, 0.8, 1].map(
    (firstShare) => new CachingKeySet(city.issuer, { asksForUnknown: false, firstShare }),
  );
  relyingParties = [new CachingKeySet(city.issuer, { asksForUnknown: true }), ...byCacheAlone];
  receiver.trust(city.issuer, byCacheAlone[0]?.key);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await receiver.stop();
});

/** As an operator types it. */
function typed(...args: string[]) {
  return runHutong(['keys', ...args], {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: city.issuer,
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: uri,
    ...environment,
  });
}

/** The same command without the time that a process takes to start. */
async function keys(...args: string[]) {
  const lines = { out: '', err: '' };
  const { database } = city.storage;
  const code = await runKeysCommand(args, {
    ...city.storage,
    open: (kind) => ({
      signingKeys: new SigningKeyStore(city.storage, kind),
      policy: city.config.signingKeys,
    }),
    processes: {
      list: () => listServers(database),
      listSilent: () => listSilentServers(database),
    },
    confirm: () => Promise.resolve(undefined),
    terminal: {
      print: (line) => void (lines.out += `${line}\n`),
      complain: (line) => void (lines.err += `${line}\n`),
      read: () => Promise.reject(new Error('nothing to read')),
      t: (key, values) => words.translate('en', key, values),
    },
  });
  return { code, ...lines };
}

/** Validated by every relying party. @returns the kid */
async function validate(token: string, audience: string): Promise<string> {
  for (const { key } of relyingParties) {
    await jwtVerify(token, key, { issuer: city.issuer, audience });
  }
  return String(decodeProtectedHeader(token).kid);
}

function expectOk<T extends { status: number; body: unknown }>(answered: T): T {
  if (answered.status === 200) return answered;
  throw new Error(`${answered.status}: ${JSON.stringify(answered.body)}`);
}

async function signIn(browser: CityBrowser, clientId: string, login = 'zhang') {
  const answer = await browser.authorize(city.client(clientId), city.account(login));
  const { body } = expectOk(await tokens.redeem(answer));
  return {
    answer,
    idToken: String(body.id_token),
    accessToken: String(body.access_token),
    refreshToken: String(body.refresh_token),
  };
}

/** What a client asks with an ID token it was given long ago. */
async function askSilently(browser: CityBrowser, idToken: string): Promise<Answer> {
  const hint = { prompt: 'none', id_token_hint: idToken };
  return browser.authorize(city.client('keeper'), undefined, hint);
}

/** Of one process, not of whichever comes next. */
async function ask(origin: string, path: string) {
  const sent = request(new URL(path, origin), { headers: { host: new URL(city.issuer).host } });
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    caching: string;
    body: string;
  }>();
  sent.on('error', reject).on('response', (response) => {
    const { statusCode: status = 0, headers } = response;
    const caching = headers['cache-control'] ?? '';
    text(response).then((body) => resolve({ status, caching, body }), reject);
  });
  sent.end();
  return promise;
}

async function publishedBy(origin: string): Promise<string[]> {
  const { body } = await ask(origin, '/oauth2/jwks');
  return (JSON.parse(body) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

async function activeKid(algorithm: string): Promise<string> {
  const found = await city.storage.database
    .collection('signingKeys')
    .findOne({ algorithm, state: 'active' });
  return String(found?.['kid']);
}

function startLoad(longAgo: { browser: CityBrowser; idToken: string }): Load {
  const load = new Load();
  for (const clientId of ['portal', 'elliptic', 'pss']) {
    load.lane(async () => {
      const browser = new CityBrowser(city.issuer);
      const held = await signIn(browser, clientId, 'liming');
      load.note(clientId, await validate(held.idToken, clientId));
      expectOk(await tokens.userinfo(held.accessToken));
      const { client } = held.answer;
      const { body } = expectOk(await tokens.refresh(client, held.refreshToken));
      load.note(clientId, await validate(String(body.id_token), clientId));
      const end = await browser.signOut(client, held.idToken);
      if (end.status >= 400) throw new Error(`sign-out: ${end.status} ${pageName(end)}`);
    });
  }
  load.lane(async () => {
    const fields = { grant_type: 'client_credentials' };
    const { body } = expectOk(await tokens.token(city.client('batch'), fields));
    load.note('batch', await validate(String(body.access_token), API));
  });
  load.lane(async () => {
    const { code, parameters } = await askSilently(longAgo.browser, longAgo.idToken);
    if (code === '') throw new Error(`silent: ${parameters.toString()}`);
  });
  return load;
}

describe('keys that rotate under load', () => {
  const ROTATIONS = 3;

  test('fail no request, and no validation by cache time alone', async () => {
    const browser = new CityBrowser(city.issuer);
    const { idToken } = await signIn(browser, 'keeper');
    const load = startLoad({ browser, idToken });
    const outcomes = [await typed('rotate', '--wait')];
    for (let rotation = 1; rotation < ROTATIONS; rotation += 1) {
      outcomes.push(await keys('rotate', '--wait'));
    }
    const last = await activeKid('RS256');
    await vi.waitFor(() => expect(load.kids.get('portal')).toContain(last), { timeout: 20_000 });
    await load.end();
    expect(load.failures).toEqual([]);
    expect(receiver.problems).toEqual([]);
    for (const { code, out } of outcomes) {
      expect(code).toBe(0);
      expect(out).toContain('In effect: all 2 running processes');
    }
    for (const [what, kids] of load.kids) {
      expect([what, kids.size]).toEqual([what, expect.toSatisfy((size) => size > 2)]);
    }
    expect(load.requests).toBeGreaterThan(30);
    expect(receiver.received.length).toBeGreaterThan(5);
  });

  test('wait until it is safe, and say so', async () => {
    const next = { algorithm: 'ES256', state: 'next' };
    const signingKeys = city.storage.database.collection('signingKeys');
    const inAMinute = { $set: { publishedAt: { $add: ['$$NOW', 60_000] } } };
    await signingKeys.updateOne(next, [inAMinute]);
    const before = await activeKid('ES256');
    const refused = await keys('rotate', '--algorithm', 'ES256');
    expect(refused).toMatchObject({ code: 1, out: '' });
    for (const said of ['may take over from', '--wait']) expect(refused.err).toContain(said);
    expect(await activeKid('ES256')).toBe(before);
  });

  test('may be kept for as long as announced keys are known before', async () => {
    for (const origin of city.origins) {
      expect(await ask(origin, '/oauth2/jwks')).toMatchObject({ caching: 'public, max-age=6' });
    }
  });
});

describe('a compromised key', () => {
  test('is named with what its loss breaks, and kept until somebody confirms', async () => {
    const kid = await activeKid('RS256');
    const asked = await typed('rotate', '--compromised', '--algorithm', 'RS256');
    expect(asked).toMatchObject({ code: 1, out: '' });
    for (const said of [kid, 'What that breaks', '6 seconds', '--yes']) {
      expect(asked.err).toContain(said);
    }
    expect(await activeKid('RS256')).toBe(kid);
    const unknown = await keys('rotate', '--compromised', '--kid', 'nobody', '--yes');
    expect(unknown).toMatchObject({ code: 1, out: '' });
  });

  test('is gone from both processes when the command returns, and nothing it signed counts', async () => {
    const browser = new CityBrowser(city.issuer);
    const { idToken } = await signIn(browser, 'keeper');
    const kid = await activeKid('RS256');
    expect(decodeProtectedHeader(idToken).kid).toBe(kid);
    const signOut = `/oauth2/logout?id_token_hint=${idToken}`;
    for (const origin of city.origins) expect((await ask(origin, signOut)).status).toBe(200);
    expect((await askSilently(browser, idToken)).code).not.toBe('');

    const dropped = await typed('rotate', '--compromised', '--algorithm', 'RS256', '--yes');
    for (const origin of city.origins) {
      expect(await publishedBy(origin)).not.toContain(kid);
      expect((await ask(origin, signOut)).status).toBe(400);
    }
    expect(dropped.code).toBe(0);
    expect(dropped.out).toContain('In effect: all 2 running processes');
    const hint = { prompt: 'none', id_token_hint: idToken };
    const { visit } = await browser.request(city.client('keeper'), hint);
    expect(nextAddress(visit)?.searchParams.get('error')).toBe('invalid_request');
    const again = await signIn(browser, 'keeper');
    // Who kept the keys from before and asks for no others has to wait until they run out.
    const { key } = new CachingKeySet(city.issuer, { asksForUnknown: true });
    const asked = { issuer: city.issuer, audience: 'keeper' };
    const { protectedHeader } = await jwtVerify(again.idToken, key, asked);
    expect(protectedHeader.kid).toBe(await activeKid('RS256'));
    const repeated = await keys('rotate', '--compromised', '--kid', kid, '--yes');
    expect(repeated).toMatchObject({ code: 0, out: expect.stringContaining('dropped before') });
  });

  test('stays in the list, with every key, its next step and the processes', async () => {
    const { code, out } = await typed('list');
    expect(code).toBe(0);
    expect(out).toMatch(/RS256 +\S+ +compromised +\S+ +never published again/u);
    expect(out).toMatch(/ES256 +\S+ +retired +\S+ +published until/u);
    expect(out).toMatch(/PS256 +\S+ +active +\S+ +hands over after/u);
    expect(out).toContain('2 of 2 running processes use the present set');
    const listed = JSON.parse((await keys('list', '--json')).out) as {
      keys: { kid: string; state: string }[];
    };
    const shown = listed.keys.filter(({ state }) => state !== 'compromised');
    for (const origin of city.origins) {
      const published = await publishedBy(origin);
      expect(published.toSorted()).toEqual(shown.map(({ kid }) => kid).toSorted());
    }
  });
});
