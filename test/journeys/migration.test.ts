// An account of an old system from its password to the account that takes it over: what is refused
// and how alike, what comes along, what nobody can take, and what happens once.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sampleChildren, samplePeople } from '../../src/demo/registers/people.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { StockAccountStore } from '../../src/stock-accounts/stock-account-store.ts';
import { eventTypes } from '../support/account-visitor.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { generousLimits, startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { agreed, freshPhone } from '../support/newcomer.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';
import { housingFund, importStockAccount } from '../support/stock-accounts.ts';

const { uri } = migratedDatabase();
const sourcesFile = path.join(tmpdir(), `hutong-stock-${systemRandom.id()}.json`);
const estate = {
  ...housingFund,
  id: 'estate',
  name: { 'zh-CN': '不动产', en: 'Estate' },
  levelCap: 3,
};
const [chen, lin] = samplePeople as readonly [(typeof samplePeople)[0], (typeof samplePeople)[0]];
const PASSWORD = 'correct horse';
const blank = (login: string) =>
  ({ login, level: 1, fields: { certificate_type: '', certificate_number: '' } }) as const;

let city: CityNode;
let gateway: MessageGateway;
let registers: Registers;

beforeAll(async () => {
  await writeFile(sourcesFile, JSON.stringify({ sources: [housingFund, estate] }));
  [gateway, registers] = await Promise.all([startMessageGateway(), startRegisters()]);
  const { unknownDevicePerAddress: _own, ...signIn } = generousLimits.signIn;
  city = await startCityNode({
    mongodbUri: uri,
    limits: { ...generousLimits, signIn },
    environment: {
      ...gateway.environment,
      ...registers.environment,
      HUTONG_STOCK_ACCOUNTS: sourcesFile,
    },
    accounts: [
      ...['joining', 'plain', 'robber', 'racer', 'phone', 'other', 'somebody'].map(blank),
      {
        login: 'owner',
        level: 2,
        name: lin.name,
        fields: { certificate_type: '111', certificate_number: lin.number },
      },
      { login: 'company', kind: 'legalEntity', level: 2, name: '示例公司' },
    ],
  });
});
beforeEach(async () => {
  await city.storage.database.collection('attemptBudgets').deleteMany({});
});
afterAll(async () => {
  await city.stop();
  await Promise.all([gateway.stop(), registers.stop(), rm(sourcesFile)]);
});

const of = (person: { name: string; number: string }) => ({
  name: person.name,
  certificate_type: '111',
  certificate_number: person.number,
  real_name_level: '2',
});

async function prove(
  login: string,
  { password = PASSWORD, browser = new CityBrowser(city.issuer), source = 'housing-fund' } = {},
): Promise<{ browser: CityBrowser; page: Visit }> {
  const form = await browser.open(`/migrate/from/${source}`);
  return { browser, page: await browser.press(form, 'prove', { login, password }) };
}

/** Up to the page with the one button. */
async function provenBy(account: string, login: string, source = 'housing-fund') {
  const { browser } = await prove(login, { source });
  const signIn = await browser.open('/migrate/sign-in');
  const page = await browser.walk(signIn, city.account(account));
  return { browser, page };
}

const levelOf = async (login: string) =>
  (await city.accountStore.findById(city.account(login).id))?.realNameLevel;
const stock = () => new StockAccountStore(city.storage);
const reasons = async (): Promise<string[]> => {
  const records = await city.storage.database
    .collection<{ reason?: string }>('auditRecords')
    .find({ type: 'stock_accounts.password_refused' })
    .sort({ at: -1 })
    .toArray();
  return records.map(({ reason }) => reason ?? '');
};

describe('the old password', () => {
  it('is asked for by the system it is of, and what is missing is named', async () => {
    const browser = new CityBrowser(city.issuer);
    const systems = await browser.open('/migrate');
    expect(systems.body).toContain('/migrate/from/housing-fund');
    expect((await browser.open('/migrate/from/nowhere')).status).toBe(404);
    const empty = await prove('', { password: '' });
    expect(empty.page.status).toBe(422);
    expect(empty.page.body).toContain('href="#login"');
    expect(empty.page.body).toContain('href="#password"');
  });

  it('is refused alike whether unknown, wrong, destroyed or taken over', async () => {
    await importStockAccount(city.storage, { login: 'known' });
    await importStockAccount(city.storage, { login: 'destroyed' });
    await city.storage.database.transaction((session) =>
      stock().destroyPasswords('housing-fund', session),
    );
    await importStockAccount(city.storage, { login: 'wrong' });
    const pages = [];
    for (const login of ['nobody', 'destroyed', 'wrong']) {
      pages.push((await prove(login, { password: 'battery staple' })).page);
    }
    const [unknown, ...others] = pages.map(({ status, body }) => [
      status,
      body.replaceAll(/nonce-?[^\s"]*"[^"]*"|value="[^"]*"|\d{16}/gu, ''),
    ]);
    expect(unknown?.[0]).toBe(422);
    expect(String(unknown?.[1])).toContain('登录名或密码不正确');
    for (const other of others) expect(other).toEqual(unknown);
    expect((await reasons()).slice(0, 3)).toEqual([
      'password_wrong',
      'password_destroyed',
      'account_unknown',
    ]);
  });

  it('opens the old account in whatever form it is kept, and is our own from then on', async () => {
    await importStockAccount(city.storage, {
      login: 'Zhang.San',
      password_hash: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    });
    const first = await prove('ｚｈａｎｇ.san', { password: 'U*U' });
    expect(pageName(first.page)).toBe('migrate-confirm');
    const kept = await stock().findByLogin('housing-fund', 'zhang.san');
    expect(kept?.password).toMatchObject({ form: 'own' });
    expect(pageName((await prove('zhang.san', { password: 'U*U' })).page)).toBe('migrate-confirm');
    expect((await prove('zhang.san', { password: 'U*' })).page.status).toBe(422);
  });
});

describe('the account that takes it over', () => {
  it('may be a new one: proof, registration and confirmation on one way', async () => {
    const phone = freshPhone();
    await importStockAccount(city.storage, {
      login: 'newcomer.old',
      ...of(chen),
      phone: phone.e164,
    });
    const { browser, page } = await prove('newcomer.old');
    expect(page.body).toContain('登录或注册');
    expect(page.body).not.toContain(chen.name);
    const signIn = await browser.open('/migrate/sign-in');
    const interaction = /\/sign-up\?interaction=[\w-]+/u.exec(signIn.body)?.[0] ?? '';
    const asked = await browser.press(await browser.open(interaction), 'send-code', {
      contact: phone.typed,
    });
    const details = await browser.press(asked, 'verify', {
      code: await gateway.codeFor(phone.e164),
    });
    const registered = await browser.press(details, 'register', agreed);
    const confirm = await browser.press(registered, 'onward');
    expect(pageName(confirm)).toBe('migrate-confirm');
    const done = await browser.press(confirm, 'bind');
    expect([done.status, pageName(done)]).toEqual([200, 'migrate-end']);
    const account = await city.accountStore.findByLogin(chen.number);
    expect(account).toMatchObject({ phone: phone.e164, realNameLevel: 2, name: chen.name });
    expect(account?.attribute('name')).toMatchObject({ source: 'stock:housing-fund', grade: 'B' });
    expect(await eventTypes(city, account?.id ?? '')).toEqual(
      expect.arrayContaining(['stock_accounts.bound', 'accounts.level_changed']),
    );
    await expect.poll(() => gateway.countOf(phone.e164, '旧账号')).toBe(1);
    expect((await prove('newcomer.old')).page.status).toBe(422);
  });

  it('without a verification there goes on to verify the name', async () => {
    await importStockAccount(city.storage, { login: 'plain.old' });
    const { browser, page } = await provenBy('plain', 'plain.old');
    expect(page.body).toContain('没有核验过');
    const done = await browser.press(page, 'bind');
    expect(done.body).toContain('href="/verification"');
    expect(await levelOf('plain')).toBe(1);
    expect(await stock().listOfAccount(city.account('plain').id)).toHaveLength(1);
  });

  it('brings its level only with the same confirmed phone', async () => {
    const person = { name: samplePeople[2]?.name ?? '', number: samplePeople[2]?.number ?? '' };
    const strong = { ...of(person), real_name_level: '3' };
    const trusted = { ...estate, levelCap: 3 };
    await importStockAccount(
      city.storage,
      { login: 'other.phone', ...strong, phone: '13800138222' },
      trusted,
    );
    const other = await provenBy('other', 'other.phone', 'estate');
    const refused = await other.browser.press(other.page, 'bind');
    expect([refused.status, pageName(refused)]).toEqual([409, 'migrate-end']);
    expect(refused.body).not.toContain(person.name);
    expect(await levelOf('other')).toBe(1);
    expect(await city.accountStore.findByLogin(person.number)).toBeUndefined();
    expect((await stock().findByLogin('estate', 'other.phone'))?.state).toBe('imported');
    const phone = (await city.accountStore.findById(city.account('phone').id))?.phone;
    const fourth = { name: samplePeople[3]?.name ?? '', number: samplePeople[3]?.number ?? '' };
    await importStockAccount(
      city.storage,
      { ...strong, login: 'same.phone', ...of(fourth), real_name_level: '3', phone: phone ?? '' },
      trusted,
    );
    const same = await provenBy('phone', 'same.phone', 'estate');
    await same.browser.press(same.page, 'bind');
    expect(await levelOf('phone')).toBe(3);
  });
});

describe('what an old password alone cannot do', () => {
  it('make the account of a child under 14: that takes a guardian', async () => {
    const [child = { name: '', number: '' }] = sampleChildren;
    await importStockAccount(city.storage, { login: 'child.old', ...of(child) });
    const { browser, page } = await provenBy('robber', 'child.old');
    const refused = await browser.press(page, 'bind');
    expect([refused.status, pageName(refused)]).toEqual([409, 'migrate-end']);
    expect(await levelOf('robber')).toBe(1);
    expect(await city.accountStore.findByLogin(child.number)).toBeUndefined();
  });

  it('take an identity that is somebody’s: nothing changes, and nobody is told whose it is', async () => {
    await importStockAccount(city.storage, { login: 'leaked.old', ...of(lin) });
    const { browser, page } = await provenBy('robber', 'leaked.old');
    const refused = await browser.press(page, 'bind');
    expect([refused.status, pageName(refused)]).toEqual([409, 'migrate-end']);
    expect(refused.body).toContain('没有能在网上完成');
    expect([await levelOf('robber'), await levelOf('owner')]).toEqual([1, 2]);
    expect((await city.accountStore.findByLogin(lin.number))?.id).toBe(city.account('owner').id);
    expect((await stock().findByLogin('housing-fund', 'leaked.old'))?.state).toBe('imported');
    // The rightful person joins it.
    const rightful = await provenBy('owner', 'leaked.old');
    expect((await rightful.browser.press(rightful.page, 'bind')).status).toBe(200);
    expect(await levelOf('owner')).toBe(2);
  });

  it('join another browser’s old account, one with a made-up token, or an account that is no person’s', async () => {
    await importStockAccount(city.storage, { login: 'guarded.old' });
    const stranger = new CityBrowser(city.issuer);
    expect(pageName(await stranger.open('/migrate/confirm'))).toBe('migrate-end');
    const { browser, page } = await provenBy('somebody', 'guarded.old');
    const forged = await browser.press(page, 'bind', { merge_token: 'x'.repeat(43) });
    expect(forged.status).toBe(409);
    expect((await stock().findByLogin('housing-fund', 'guarded.old'))?.state).toBe('imported');
    const company = await provenBy('company', 'guarded.old');
    expect(company.page.status).toBe(409);
  });

  it('be used twice: of fifty parallel uses of one token one succeeds', async () => {
    await importStockAccount(city.storage, { login: 'raced.old' });
    const { browser, page } = await provenBy('racer', 'raced.old');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => browser.press(page, 'bind')),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
    const bound = (await eventTypes(city, city.account('racer').id)).filter(
      (type) => type === 'stock_accounts.bound',
    );
    expect(bound).toHaveLength(1);
  });

  it('wait longer than an hour for its confirmation', async () => {
    await importStockAccount(city.storage, { login: 'late.old' });
    const { browser } = await prove('late.old');
    city.clock.advance(3601);
    const late = await browser.open('/migrate/confirm');
    expect([late.status, pageName(late)]).toEqual([400, 'migrate-end']);
    expect(late.body).toContain('href="/migrate"');
  });
});
