// What an operator does to an account ends what it has open, in the processes that run, and nothing
// of it comes back with an unlock. A command that was killed is completed by repeating it.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EvidenceStore } from '../../src/verification/evidence-store.ts';
import { importCityAccounts, TOTP_SECRET } from '../support/city-accounts.ts';
import type { CityAccount, CityPerson } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import type { Answer, RequestParameters } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { runHutongHere } from '../support/command-here.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { TokenClient } from '../support/token-client.ts';

// A command that is a process of its own loads everything.
vi.setConfig({ testTimeout: 90_000 });

const { uri } = migratedDatabase();
const OPERATOR = { actor: 'operator' };
const OFFLINE = { at: 'archive', scope: 'openid offline_access', prompt: 'consent' };
const receiver = new LogoutReceiver();
let city: CityNode;
let tokens: TokenClient;
let serial = 0;

beforeAll(async () => {
  await receiver.start();
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal', backchannel_logout_uri: receiver.uriOf('portal') },
      { client_id: 'archive', consent: 'ask', scope: 'openid profile offline_access' },
    ],
  });
  receiver.trust(city.issuer);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await city.stop();
  await receiver.stop();
});

async function person(options: Partial<CityPerson> = {}): Promise<CityAccount> {
  serial += 1;
  const people = [{ login: `operated-person-${serial}`, ...options }];
  const [account] = await importCityAccounts(city.storage, city.accountStore, people);
  if (!account) throw new Error('nobody was imported');
  return account;
}

async function evidence(accountId: string, level: 3): Promise<void> {
  const store = new EvidenceStore(city.storage);
  const facts = { source: 'face', method: 'face', terminal: 'online', resultCode: '00' } as const;
  await city.storage.database.transaction((session) =>
    store.insert(accountId, { ...facts, grade: 'A', level }, session),
  );
}

function environment() {
  return {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: city.issuer,
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: uri,
  };
}

/** Without the time that a process takes to start. */
function accounts(...args: string[]) {
  return runHutongHere(['accounts', ...args], environment());
}

interface Held {
  answer: Answer;
  accessToken: string;
  refreshToken: string;
}

async function redeemed(
  browser: CityBrowser,
  account: CityAccount,
  { at, ...parameters }: RequestParameters & { at: string },
): Promise<Held> {
  const answer = await browser.authorize(city.client(at), account, parameters);
  const { body } = await tokens.redeem(answer);
  const { access_token: accessToken, refresh_token: refreshToken } = body;
  return { answer, accessToken: String(accessToken), refreshToken: String(refreshToken) };
}

/** A session with two clients, and offline access that an earlier session left behind. */
async function open(account: CityAccount) {
  const earlier = new CityBrowser(city.issuer);
  const left = await redeemed(earlier, account, OFFLINE);
  await earlier.signOut();
  expect(await tokens.introspect(left.answer.client, left.accessToken)).toMatchObject({
    body: { active: true },
  });
  const browser = new CityBrowser(city.issuer);
  const portal = await redeemed(browser, account, { at: 'portal' });
  const archive = await redeemed(browser, account, OFFLINE);
  return { browser, held: [left, portal, archive] };
}

async function expectEnded({ browser, held }: { browser: CityBrowser; held: readonly Held[] }) {
  for (const { answer, accessToken, refreshToken } of held) {
    const { client } = answer;
    for (const token of [accessToken, refreshToken]) {
      expect((await tokens.introspect(client, token)).body).toEqual({ active: false });
    }
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
    expect(await tokens.refresh(client, refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  }
  const { visit } = await browser.request(city.client('portal'), { prompt: 'none' });
  expect(nextAddress(visit)?.searchParams.get('error')).toBe('login_required');
}

async function expectOpen({ browser, held }: { browser: CityBrowser; held: readonly Held[] }) {
  for (const { answer, accessToken } of held) {
    expect((await tokens.introspect(answer.client, accessToken)).body).toMatchObject({
      active: true,
    });
  }
  const { visit } = await browser.request(city.client('portal'), { prompt: 'none' });
  expect(nextAddress(visit)?.searchParams.get('code')).toMatch(/./u);
}

const endReasons = async ({ id }: CityAccount) => {
  const sessions = city.storage.database.collection('sessions');
  const documents = await sessions.find({ accountId: id }).sort({ startedAt: -1 }).toArray();
  return documents.map(({ endReason }) => String(endReason));
};

const records = ({ id }: CityAccount, type: string) =>
  city.storage.database
    .collection('auditRecords')
    .find({ subject: id, type })
    .sort({ at: 1 })
    .toArray();

/** Collection → how many of its documents name the account. */
async function mentions({ id }: CityAccount): Promise<Record<string, number>> {
  const { db } = city.storage.database;
  const found: Record<string, number> = {};
  for (const { name } of await db.listCollections().toArray()) {
    const documents = await db.collection(name).find().toArray();
    const count = documents.filter((document) => JSON.stringify(document).includes(id)).length;
    if (count > 0) found[name] = count;
  }
  return found;
}

describe('accounts lock', () => {
  test('ends sessions, tokens and offline access; unlock opens the door, not what had ended', async () => {
    const account = await person();
    const before = await open(account);
    await expectOpen(before);
    const told = receiver.of('portal').length;
    const locked = await accounts('lock', account.login, '--reason', 'case 2026-114');
    expect(locked).toEqual({ code: 0, out: expect.stringContaining(account.id), err: '' });
    expect(locked.out).not.toContain(account.login);
    await expectEnded(before);
    await receiver.until(() => receiver.of('portal').length > told);
    expect(await endReasons(account)).toContain('account_unavailable');
    const { visit } = await before.browser.request(city.client('portal'));
    const { login, password } = account;
    const refused = await before.browser.press(visit, 'sign-in', { login, password });
    expect([refused.status, pageName(refused)]).toEqual([422, 'sign-in']);

    const again = await accounts('lock', account.id);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('already') });
    const record = { actor: 'operator', reason: 'case 2026-114', result: 'done' };
    expect(await records(account, 'accounts.locked')).toMatchObject([record]);

    expect((await accounts('unlock', account.login)).code).toBe(0);
    await expectEnded(before);
    const browser = new CityBrowser(city.issuer);
    await expectOpen({ browser, held: [await redeemed(browser, account, { at: 'portal' })] });
    const needless = await accounts('unlock', account.login);
    expect(needless).toMatchObject({ code: 0, out: expect.stringContaining('not locked') });
    const silent = await browser.request(city.client('portal'), { prompt: 'none' });
    expect(nextAddress(silent.visit)?.searchParams.get('code')).toMatch(/./u);
    const all = await city.storage.database.collection('auditRecords').find().toArray();
    expect(JSON.stringify(all)).not.toContain(account.login);
  });

  test.each(['lock', 'unlock'])('that was killed half-way is completed by %s', async (verb) => {
    const account = await person();
    const before = await open(account);
    await city.accountStore.lock(account.id, OPERATOR);
    expect((await accounts(verb, account.id)).code).toBe(0);
    await city.accountStore.unlock(account.id, OPERATOR);
    await expectEnded(before);
  });
});

describe('accounts level', () => {
  test('ends what is open when the level falls, not when it rises', async () => {
    const account = await person({ totpSecret: TOTP_SECRET });
    const before = await open(account);
    const source = ['--source', 'register:population'];
    const risen = await accounts('level', account.login, '4', ...source);
    expect(risen).toMatchObject({ code: 0, out: expect.stringContaining('level 4') });
    await expectOpen(before);
    await evidence(account.id, 3);
    const fallen = await accounts('level', account.id, '2', '--source', 'window');
    expect(fallen).toMatchObject({
      code: 0,
      out: expect.stringContaining('from level 4 to level 2'),
    });
    expect(await endReasons(account)).toContain('level_fell');
    await expectEnded(before);
    const [left] = await new EvidenceStore(city.storage).listOfAccount(account.id);
    expect(left).toMatchObject({ level: 3, revokedFor: 'withdrawn' });
    expect(await records(account, 'accounts.level_changed')).toMatchObject([
      { level: 4, details: { from: 3, source: 'register:population' } },
      { level: 2, details: { from: 4, source: 'window' } },
    ]);
  });

  test('that was killed after the fall is completed by repeating it', async () => {
    const account = await person();
    const before = await open(account);
    const origin = { source: 'window', grade: 'B' } as const;
    await city.accountStore.setRealNameLevel(account.id, { level: 1, origin }, OPERATOR);
    const repeated = await accounts('level', account.login, '1', '--source', 'window');
    expect(repeated).toMatchObject({ code: 0, out: expect.stringContaining('already') });
    await expectEnded(before);
    expect(await records(account, 'accounts.level_changed')).toHaveLength(1);
  });
});

describe('accounts close', () => {
  test('ends what is open, is for good, and frees phone and identity but not the name', async () => {
    const phone = '13912340001';
    const account = await person({ fields: { phone } });
    const before = await open(account);
    // As if an earlier try had been killed: the phone still finds the account.
    await city.accountStore.lock(account.id, OPERATOR);
    expect((await accounts('close', phone)).code).toBe(0);
    await expectEnded(before);
    const successor = await person({ fields: { phone } });
    expect((await city.accountStore.findByLogin(phone))?.id).toBe(successor.id);
    const again = await accounts('close', account.login);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('closed already') });
    expect((await city.accountStore.findById(successor.id))?.state).toBe('active');
  });
});

describe('accounts delete', () => {
  test('asks first, then leaves nothing of the account but audit records', async () => {
    const account = await person({ totpSecret: TOTP_SECRET });
    const before = await open(account);
    const centre = await before.browser.walk(await before.browser.open('/account'), account);
    expect(centre.status).toBe(200);
    const asked = await accounts('delete', account.login);
    expect(asked).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--yes') });
    await expectOpen(before);
    const held = await mentions(account);
    expect(Object.keys(held)).toEqual(
      expect.arrayContaining([
        'accounts',
        'passwordCredentials',
        'totpCredentials',
        'knownDevices',
        'consents',
        'sessions',
        'oidcGrants',
      ]),
    );
    const told = receiver.of('portal').length;
    expect(await accounts('delete', account.login, '--yes')).toMatchObject({ code: 0, err: '' });
    expect(Object.keys(await mentions(account))).toEqual(['auditRecords']);
    await expectEnded(before);
    await receiver.until(() => receiver.of('portal').length > told);
    expect((await before.browser.open('/account')).url).not.toContain('/account');

    const again = await accounts('delete', account.login, '--yes');
    expect(again).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('no such account'),
    });
  });
});
