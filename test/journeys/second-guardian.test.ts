// A second guardian by invitation: the code of the first, an account and an agreement of their own, and
// the register's word where it has one.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sampleChildren } from '../../src/demo/registers/people.ts';
import { WardStore } from '../../src/guardianship/ward-store.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { personOf } from '../support/entity-city.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

const { uri } = migratedDatabase();
const LIST = '/account/children';
const ADD = '/account/children/add';
type Person = { name: string; number: string };
const [ofWang] = sampleChildren as readonly [Person] & typeof sampleChildren;
let city: CityNode;
let registers: Registers;
let gateway: MessageGateway;
const signedIn = new Map<string, CityBrowser>();

beforeAll(async () => {
  [registers, gateway] = await Promise.all([
    startRegisters({ population: { breaker: { failures: 1000 }, timeoutMs: 4000 } }),
    startMessageGateway(),
  ]);
  city = await startCityNode({
    mongodbUri: uri,
    environment: { ...registers.environment, ...gateway.environment },
    accounts: [
      personOf('wang', '王演示'),
      personOf('zhao', '赵样本'),
      personOf('chen', '陈体验'),
      personOf('lin', '林新办'),
      { login: 'low', level: 2 },
    ],
  });
  registers.returnTo(city.issuer);
});
afterEach(() => registers.setFault('population', 'none'));
afterAll(async () => {
  await city.stop();
  await Promise.all([registers.stop(), gateway.stop()]);
});

/** Signed in with both factors; once for each, as a one-time code works once. */
async function guardian(login: string): Promise<CityBrowser> {
  const known = signedIn.get(login);
  if (known) return known;
  const { browser } = await visitAccountCentre(city, login);
  await browser.walk(await browser.open(ADD), city.account(login));
  signedIn.set(login, browser);
  return browser;
}

async function idOf({ number }: Person): Promise<string> {
  const found = await city.accountStore.findByLogin(number, { kind: 'naturalPerson' });
  return found?.id ?? '';
}

function wardOf(id: string) {
  return new WardStore(city.storage).find(id);
}

const JOIN = '/account/children/join';
const codeOn = ({ body }: { body: string }) => /\d{4} \d{4} \d{4}/u.exec(body)?.[0] ?? 'no code';

async function invited(): Promise<string> {
  const browser = await guardian('wang');
  const page = await browser.open(`${LIST}/view?child=${await idOf(ofWang)}`);
  return codeOn(await browser.press(page, 'invite'));
}

async function join(login: string, code: string, more: Record<string, string> = {}) {
  const browser = await guardian(login);
  const fields = { code, relation: 'parent', agree: 'yes', ...more };
  return browser.press(await browser.open(JOIN), 'join', fields);
}

describe('a second guardian', () => {
  beforeAll(async () => {
    const browser = await guardian('wang');
    const fields = { ...ofWang, relation: 'parent', agree: 'yes' };
    await browser.press(await browser.open(ADD), 'add', fields);
  });

  it('needs level 3, an agreement of their own, and the code that is in force', async () => {
    const { browser } = await visitAccountCentre(city, 'low');
    expect((await browser.open(JOIN)).status).toBe(403);
    const first = await invited();
    const second = await invited();
    expect(second).not.toBe(first);
    const unticked = await join('zhao', second, { agree: 'no' });
    expect(unticked.status).toBe(422);
    for (const code of [first, '0000 0000 0000']) {
      const page = await join('zhao', code);
      expect(page.status).toBe(422);
      expect(page.body).toContain('邀请码不对、已用过、已撤回或已过期');
    }
    const wang = await guardian('wang');
    const view = await wang.open(`${LIST}/view?child=${await idOf(ofWang)}`);
    await wang.press(view, 'revoke');
    expect((await join('zhao', second)).status).toBe(422);
    const late = await invited();
    const wards = city.storage.database.collection('wards');
    await wards.updateOne({}, { $set: { 'invitation.expiresAt': new Date(0) } });
    expect((await join('zhao', late)).status).toBe(422);
    expect((await wardOf(await idOf(ofWang)))?.guardians).toHaveLength(1);
  });

  it('is nobody whom the register denies, and nobody while it is down', async () => {
    const code = await invited();
    const denied = await join('lin', code);
    expect(denied.status).toBe(422);
    expect(denied.body).toContain('没能在网上确认');
    await registers.setFault('population', 'down');
    expect((await join('zhao', code)).status).toBe(503);
    await registers.setFault('population', 'none');
    expect((await wardOf(await idOf(ofWang)))?.guardians).toHaveLength(1);
  });

  it('is one, however often the code is used at once, and both are told', async () => {
    const id = await idOf(ofWang);
    const code = await invited();
    const browser = await guardian('zhao');
    const page = await browser.open(JOIN);
    const fields = { code: code.replaceAll(' ', ''), relation: 'parent', agree: 'yes' };
    const pages = await Promise.all(
      Array.from({ length: 5 }, () => browser.press(page, 'join', fields)),
    );
    const joined = pages.filter((each) => pageName(each) === 'guardianship-child');
    expect(joined.length).toBeGreaterThanOrEqual(1);
    expect((await wardOf(id))?.guardians).toMatchObject([
      { accountId: city.account('wang').id },
      { accountId: city.account('zhao').id, basis: 'register' },
    ]);
    const events = await eventTypes(city, id);
    expect(events.filter((type) => type === 'guardianship.joined')).toHaveLength(1);
    for (const login of ['wang', 'zhao']) {
      await expect.poll(() => gateway.countOf(`${login}@example.com`, '增加了一位监护人')).toBe(1);
    }
    // There is room for two: nothing is offered any more.
    const view = await browser.open(`${LIST}/view?child=${id}`);
    expect(view.body).not.toContain('id="invite"');
    expect((await join('lin', code)).status).toBe(422);
  });

  it('is stopped after ten guesses a day', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 9; guess += 1) {
      statuses.push((await join('chen', `0000 0000 00${String(guess).padStart(2, '0')}`)).status);
    }
    expect(statuses.every((status) => status === 422)).toBe(true);
    const rest = [await join('chen', '1'), await join('chen', '2')];
    expect(rest.map(({ status }) => status)).toEqual([422, 429]);
  });
});
