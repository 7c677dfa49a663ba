// A civil servant's account from the first day to the last, as the directory wants it: with the first
// password by message, two factors always, claims that follow, and an end on every process at once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import type { CityNode } from '../support/city-node.ts';
import { startCityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import type { Visit } from '../support/http-visitor.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { DEPARTMENT, ENTERPRISE, ScimClient, scimClientFields } from '../support/scim-client.ts';
import { TokenClient } from '../support/token-client.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SCOPE = 'openid profile real_name civil_servant';
const API = 'https://oa.example.com/';
const OWN_PASSWORD = 'Grey-bricks+7-lanterns';

let city: CityNode;
let gateway: MessageGateway;
let receiver: LogoutReceiver;
let scim: ScimClient;
let tokens: TokenClient;
let serial = 0;
let folder: string;

/** A list beside the directory that speaks SCIM: of people whom that one does not have. */
async function listSettings(): Promise<string> {
  folder = await mkdtemp(path.join(tmpdir(), 'hutong-list-'));
  const staff = await writeList(['listed.one,甲', 'listed.two,乙']);
  return written('directory.json', JSON.stringify({ source: { kind: 'csv', staff } }));
}

const writeList = (lines: readonly string[]) =>
  written('staff.csv', ['user_name,name', ...lines].join('\n'));

async function written(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

beforeAll(async () => {
  gateway = await startMessageGateway();
  receiver = await new LogoutReceiver().start();
  city = await startCityNode({
    mongodbUri: testDatabase().uri,
    environment: { ...gateway.environment, HUTONG_STAFF_DIRECTORY: await listSettings() },
    hasSecondProcess: true,
  });
  receiver.trust(city.issuer);
  await city.addClients([
    scimClientFields('hr', city.issuer),
    {
      client_id: 'oa',
      scope: SCOPE,
      backchannel_logout_uri: receiver.uriOf('oa'),
      access_token_resource: API,
      resources: [API],
      services: ['forms'],
    },
  ]);
  tokens = new TokenClient(city.issuer);
  await vi.waitFor(async () => {
    scim = await ScimClient.of(city, 'hr');
    // Both processes know the clients.
    for (let request = 0; request < 4; request += 1) {
      if ((await scim.get('/Users?count=0')).status !== 200) throw new Error('not yet');
    }
  }, 10_000);
  const bureau = await scim.group({ displayName: '市财政局', [DEPARTMENT]: { code: 'CZJ' } });
  const parent = { value: bureau.body.id };
  await scim.group({ displayName: '预算科', [DEPARTMENT]: { code: 'CZJ-YS', parent } });
});

afterAll(async () => {
  await city.stop();
  await Promise.all([gateway.stop(), receiver.stop()]);
  await rm(folder, { recursive: true, force: true });
});

interface Colleague {
  userId: string;
  login: string;
  staffId: string;
  phone: string;
  password: string;
}

/** Entered in the directory; the first password has arrived. */
async function join(fields: object = {}): Promise<Colleague> {
  serial += 1;
  const login = `clerk.${serial}`;
  const staffId = `0${serial}`;
  const phone = `+861380011${String(serial).padStart(4, '0')}`;
  const { body, status } = await scim.user({
    userName: login,
    name: { familyName: '郑', givenName: '小文' },
    title: '科员',
    phoneNumbers: [{ value: phone, type: 'mobile' }],
    [ENTERPRISE]: { employeeNumber: staffId, department: 'CZJ-YS' },
    ...fields,
  });
  expect(status).toBe(201);
  return { userId: body.id, login, staffId, phone, password: await firstPassword(phone) };
}

async function firstPassword(phone: string): Promise<string> {
  const told = () =>
    gateway.received
      .filter(({ to }) => to === phone)
      .flatMap(({ text }) => /一次性密码：(?<word>[\w-]+)/u.exec(text)?.groups?.['word'] ?? []);
  await expect.poll(() => told().length, { timeout: 10_000 }).toBe(1);
  return told()[0] ?? '';
}

const secretOn = (page: Visit) =>
  /id="totp-secret">([^<]+)</u.exec(page.body)?.[1]?.replaceAll(' ', '') ?? '';

/** From the sign-in page through all that a first sign-in asks for. */
async function firstSignIn({ login, phone, password }: Colleague) {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client('oa'), { scope: SCOPE });
  const asked = await browser.press(visit, 'sign-in', { login, password });
  expect(pageName(asked)).toBe('contact-code');
  const sent = await browser.press(asked, 'send-code');
  const enrol = await browser.press(sent, 'verify', { code: await gateway.codeFor(phone) });
  const secret = secretOn(enrol);
  const chosen = await browser.press(enrol, 'enrol', { otp: await generate({ secret }) });
  expect(pageName(chosen)).toBe('new-password');
  const fields = { new_password: OWN_PASSWORD, repeat_password: OWN_PASSWORD };
  const answer = browser.finish(pending, await browser.press(chosen, 'save-password', fields));
  const { body } = await tokens.redeem(answer);
  return { browser, access: body.access_token ?? '', refresh: body.refresh_token ?? '', secret };
}

const atSignIn = async () => {
  const browser = new CityBrowser(city.issuer);
  return { browser, ...(await browser.request(city.client('oa'))) };
};

async function entryOf(userId: string) {
  const { database } = city.storage;
  const entry = await database
    .collection<{ _id: string; accountId: string }>('staffEntries')
    .findOne({ _id: userId });
  if (!entry) throw new Error('no such entry');
  return entry;
}

describe('who joins', () => {
  it('signs in with the password from the message once, and who moves has other claims at once', async () => {
    const colleague = await join();
    const { access } = await firstSignIn(colleague);
    expect((await tokens.userinfo(access)).body).toMatchObject({
      subject_type: 'civil_servant',
      civil_servant: {
        staff_id: '01',
        name: '郑小文',
        department: { code: 'CZJ-YS', name: '预算科', path: ['市财政局', '预算科'] },
        posts: [{ name: '科员' }],
      },
    });
    const { browser, visit } = await atSignIn();
    const { login, password } = colleague;
    expect((await browser.press(visit, 'sign-in', { login, password })).status).toBe(422);
    await scim.patch(`/Users/${colleague.userId}`, [
      { op: 'replace', path: 'title', value: '科长' },
      { op: 'replace', path: `${ENTERPRISE}:department`, value: 'CZJ' },
    ]);
    const moved = await tokens.userinfo(access);
    expect(moved.body['civil_servant']).toMatchObject({
      department: { code: 'CZJ', path: ['市财政局'] },
      posts: [{ name: '科长' }],
    });
  });

  it('is told by the former contact when the directory changes one', async () => {
    const { userId, phone } = await join();
    const changed = (value: string) =>
      scim.patch(`/Users/${userId}`, [
        { op: 'replace', path: 'phoneNumbers', value: [{ value, type: 'mobile' }] },
      ]);
    expect((await changed('+8613800119999')).status).toBe(200);
    const told = (to: string) => () => gateway.countOf(to, '138****9999');
    await expect.poll(told(phone), { timeout: 10_000 }).toBe(1);
    await expect.poll(told('+8613800119999'), { timeout: 10_000 }).toBe(1);
  });

  it('cannot use the first password after a week', async () => {
    const { login, password, userId } = await join();
    const { accountId } = await entryOf(userId);
    const passwords = city.storage.database.collection<{ _id: string }>('passwordCredentials');
    const validUntil = new Date(Date.now() - 1000);
    await passwords.updateOne({ _id: accountId }, { $set: { validUntil } });
    const { browser, visit } = await atSignIn();
    expect((await browser.press(visit, 'sign-in', { login, password })).status).toBe(422);
  });
});

describe('who leaves', () => {
  it('is out of everything on both processes, and comes back to the same account', async () => {
    const colleague = await join();
    const { access, refresh, browser, secret } = await firstSignIn(colleague);
    const atInterface = await interfaceToken(browser);
    const { accountId } = await entryOf(colleague.userId);
    const before = receiver.of('oa').length;
    expect((await scim.send('DELETE', `/Users/${colleague.userId}`)).status).toBe(204);
    // Requests go to both processes in turn.
    for (let request = 0; request < 2; request += 1) {
      expect((await tokens.userinfo(access)).status).toBe(401);
      const inspected = await tokens.introspect(city.client('oa'), access);
      expect(inspected.body['active']).toBe(false);
      const known = await tokens.introspect(city.client('oa'), atInterface);
      expect(known.body['active']).toBe(false);
      expect((await tokens.refresh(city.client('oa'), refresh)).body.error).toBe('invalid_grant');
    }
    await receiver.until(() => receiver.of('oa').length > before);
    const { visit } = await browser.request(city.client('oa'));
    expect(pageName(visit)).toBe('sign-in');
    const typed = { login: colleague.login, password: OWN_PASSWORD };
    expect((await browser.press(visit, 'sign-in', typed)).status).toBe(422);
    const record = { type: 'directory.staff_left', subject: accountId, actor: 'client:hr' };
    expect(await city.storage.database.collection('auditRecords').countDocuments(record)).toBe(1);
    await expectReturn(colleague, { accountId, secret });
  });

  it('in the middle of a sign-in does not get to its end', async () => {
    const { userId, login, password, phone } = await join();
    const { browser, visit } = await atSignIn();
    const asked = await browser.press(visit, 'sign-in', { login, password });
    const sent = await browser.press(asked, 'send-code');
    const code = await gateway.codeFor(phone);
    await scim.patch(`/Users/${userId}`, [{ op: 'replace', path: 'active', value: false }]);
    expect(pageName(await browser.press(sent, 'verify', { code }))).toBe('sign-in');
  });

  it('loses the account to nobody who gets the same user name', async () => {
    const former = await join();
    const { accountId } = await entryOf(former.userId);
    await scim.send('DELETE', `/Users/${former.userId}`);
    const other = await scim.user({
      userName: former.login,
      [ENTERPRISE]: { employeeNumber: 'another person' },
    });
    expect(other.status).toBe(201);
    expect((await entryOf(other.body.id)).accountId).not.toBe(accountId);
  });
});

describe('a list that is imported at an interval', () => {
  it('is done by one of the processes, and who is in it no more has left', async () => {
    const sync = city.storage.database.collection<{ _id: string }>('staffSync');
    const account = () => city.accountStore.findByLogin('listed.two', { kind: 'civilServant' });
    const isActive = async () => (await account())?.isActive;
    await expect.poll(isActive, { timeout: 15_000 }).toBe(true);
    await writeList(['listed.one,甲']);
    await sync.updateOne({ _id: 'sync' }, { $set: { dueAt: new Date(0) } });
    await expect.poll(isActive, { timeout: 15_000 }).toBe(false);
  });
});

/** For an interface whose tokens are JWTs: those of staff are not, as a JWT outlives who leaves. */
async function interfaceToken(browser: CityBrowser): Promise<string> {
  const wanted = { scope: 'openid forms', resource: API };
  const { pending, visit } = await browser.request(city.client('oa'), wanted);
  const { body } = await tokens.redeem(browser.finish(pending, visit), { resource: API });
  const token = body.access_token ?? '';
  expect(token).not.toContain('.');
  const inspected = await tokens.introspect(city.client('oa'), token);
  expect(inspected.body).toMatchObject({ active: true, scope: 'forms', aud: API });
  return token;
}

/** With the password and the authenticator of before. */
async function expectReturn(
  { login, phone, staffId }: Colleague,
  { accountId, secret }: { accountId: string; secret: string },
) {
  const { body } = await scim.user({
    userName: login,
    active: false,
    phoneNumbers: [{ value: phone, type: 'mobile' }],
    [ENTERPRISE]: { employeeNumber: staffId },
  });
  expect((await entryOf(body.id)).accountId).toBe(accountId);
  await scim.patch(`/Users/${body.id}`, [{ op: 'replace', path: 'active', value: true }]);
  await expect.poll(() => gateway.countOf(phone, '恢复使用'), { timeout: 10_000 }).toBe(1);
  const { browser, pending, visit } = await atSignIn();
  const asked = await browser.press(visit, 'sign-in', { login, password: OWN_PASSWORD });
  // The step that was used at the first sign-in counts no more.
  const otp = await generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 });
  expect(browser.finish(pending, await browser.press(asked, 'verify', { otp })).code).not.toBe('');
}
