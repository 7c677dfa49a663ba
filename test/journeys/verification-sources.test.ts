// The choice of sources from the pages to the registers: another one when one is down, two that
// contradict each other, and what the operator and the bank are told of whom.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { holdings } from '../../src/demo/registers/sources/holdings.ts';
import { elementSources } from '../../src/platform/verification-config.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

const { uri } = migratedDatabase();
type Person = (typeof holdings)[number];
const byName = (name: string): Person => {
  const found = holdings.find((each) => each.name === name);
  if (!found) throw new Error(`${name} is gone`);
  return found;
};
const [chen, lin, ji] = [byName('陈体验'), byName('林新办'), byName('𠮷样例')];
const PAGES = {
  population: '/verification/match',
  socialSecurity: '/verification/social-security',
  operator: '/verification/operator',
  bank: '/verification/bank',
} as const;

let city: CityNode;
let registers: Registers;

const blank = (login: string, phone?: string) =>
  ({
    login,
    level: 1,
    fields: { certificate_type: '', certificate_number: '', ...(phone ? { phone } : {}) },
  }) as const;

beforeAll(async () => {
  const patient = { breaker: { failures: 1000 } };
  registers = await startRegisters({
    population: { ...patient, costFen: 10 },
    socialSecurity: { ...patient, costFen: 5 },
    operator: { ...patient, costFen: 30 },
    bank: { ...patient, costFen: 40 },
    review: { cap: 3 },
  });
  city = await startCityNode({
    mongodbUri: uri,
    environment: registers.environment,
    accounts: [
      blank('caller', chen.phone),
      blank('stranger'),
      blank('payer', lin.phone),
      blank('detour', ji.phone),
      blank('torn'),
      blank('lasting', '19900000099'),
    ],
  });
});
afterEach(async () => {
  for (const source of elementSources) await registers.setFault(source, 'none');
});
afterAll(async () => {
  await city.stop();
  await registers.stop();
});

async function enter(login: string): Promise<CityBrowser> {
  return (await visitAccountCentre(city, login, '/verification')).browser;
}

async function levelOf(login: string): Promise<number | undefined> {
  return (await city.accountStore.findById(city.account(login).id))?.realNameLevel;
}

const typed = ({ name, number }: Person) => ({ name, number });

describe('the choice', () => {
  it('begins with the cheapest, says who is told what, and leaves out what cannot be', async () => {
    const page = await (await enter('caller')).open('/verification');
    const order = [...page.body.matchAll(/id="way-(\w+)"/gu)].map(([, way]) => way);
    expect(order).toEqual(['socialSecurity', 'population', 'operator', 'bank', 'face', 'review']);
    // What the city has not configured is not there.
    const network = await (await enter('caller')).open('/verification/network-identity');
    expect(pageName(network)).toBe('verification-overview');
    const bank = await (await enter('caller')).open(PAGES.bank);
    expect(bank.body).toContain('银行卡核验机构：姓名、证件号码、手机号、银行卡号');
    expect(bank.body).toContain('199****0011');
    expect(bank.body).not.toContain(chen.phone);
  });
});

describe('the operator', () => {
  it('is asked only with a consent of its own, about the confirmed phone', async () => {
    const browser = await enter('caller');
    const page = await browser.open(PAGES.operator);
    const asked = await registers.askedOf('operator');
    const refused = await browser.press(page, 'match', typed(chen));
    expect([refused.status, refused.body.includes('id="consent-error"')]).toEqual([422, true]);
    expect(await registers.askedOf('operator')).toBe(asked);
    const other = await browser.press(page, 'match', { ...typed(lin), consent: 'yes' });
    expect(other.status).toBe(422);
    expect(other.body).toContain('家人名义');
    expect(await levelOf('caller')).toBe(1);
    const done = await browser.press(page, 'match', { ...typed(chen), consent: 'yes' });
    expect(done.body).toContain('实名等级已提升');
    expect(await eventTypes(city, city.account('caller').id)).toContain('verification.consented');
    const evidence = await city.storage.database
      .collection('evidence')
      .findOne({ accountId: city.account('caller').id });
    expect(evidence).toMatchObject({ source: 'operator', method: 'three_element', level: 2 });
  });
});

describe('the bank', () => {
  it('is told a card that can be, and the card is kept nowhere', async () => {
    const browser = await enter('payer');
    const page = await browser.open(PAGES.bank);
    const fields = { ...typed(lin), consent: 'yes' };
    const asked = await registers.askedOf('bank');
    for (const [card, message] of [
      ['', '请填写银行卡号'],
      ['9999990000000012', '卡号不正确'],
    ] as const) {
      const refused = await browser.press(page, 'match', { ...fields, card });
      expect([refused.status, refused.body.includes(message)]).toEqual([422, true]);
    }
    expect(await registers.askedOf('bank')).toBe(asked);
    const foreign = await browser.press(page, 'match', { ...fields, card: chen.card });
    expect(foreign.status).toBe(422);
    expect(foreign.body).not.toContain(chen.card);
    const done = await browser.press(page, 'match', { ...fields, card: lin.card });
    expect(done.body).toContain('实名等级已提升');
    const { database } = city.storage;
    for (const { name } of await database.connection.listCollections()) {
      const documents = await database.collection(name).find({}).toArray();
      expect([name, JSON.stringify(documents).includes(lin.card)]).toEqual([name, false]);
    }
  });
});

describe('a source that is down', () => {
  it('gives way to another on the same page, with what was typed', async () => {
    const browser = await enter('detour');
    await registers.setFault('population', 'down');
    const page = await browser.open(PAGES.population);
    const stopped = await browser.press(page, 'match', typed(ji));
    expect(stopped.status).toBe(503);
    expect(stopped.body).toContain('暂时不可用');
    expect(stopped.body).toContain('不计次数');
    const there = await browser.press(stopped, 'instead-socialSecurity', typed(ji));
    expect(there.status).toBe(200);
    expect(there.body).toContain(`value="${ji.number}"`);
    expect(there.body).toContain('社会保险经办机构');
    expect(await levelOf('detour')).toBe(1);
    const done = await browser.press(there, 'match', typed(ji));
    expect(done.body).toContain('实名等级已提升');
  });

  it.each(elementSources)(
    '%s: nobody is kept from signing in, nothing is half done',
    async (source) => {
      for (const mode of ['down', 'slow', 'contradictory'] as const) {
        await registers.setFault(source, mode);
        const browser = await enter('lasting');
        const page = await browser.open(PAGES[source]);
        expect(pageName(page)).toBe('verification-match');
        const extra = source === 'bank' ? { card: chen.card } : {};
        const answer = await browser.press(page, 'match', {
          ...typed(chen),
          ...extra,
          consent: 'yes',
        });
        expect([source, mode, answer.status]).toEqual([source, mode, 503]);
      }
      expect(await levelOf('lasting')).toBe(1);
      const { id } = city.account('lasting');
      const { database } = city.storage;
      expect(await database.collection('evidence').countDocuments({ accountId: id })).toBe(0);
    },
  );
});

describe('two sources that contradict each other', () => {
  it('are for people to decide: one case with both answers, and nothing else changes', async () => {
    const browser = await enter('torn');
    const { id } = city.account('torn');
    await registers.setFault('population', 'wrong');
    const first = await browser.press(await browser.open(PAGES.population), 'match', typed(chen));
    expect(first.status).toBe(422);
    await registers.setFault('population', 'none');
    // Something else in between makes nobody forget it.
    await browser.press(await browser.open(PAGES.population), 'match', {
      ...typed(chen),
      name: '陈体念',
    });
    const page = await browser.open(PAGES.socialSecurity);
    const both = await Promise.all([1, 2].map(() => browser.press(page, 'match', typed(chen))));
    for (const answer of both) {
      expect([answer.status, pageName(answer)]).toEqual([409, 'verification-unfinished']);
      expect(answer.body).toContain('不一致');
      expect(answer.body).toContain('已转给审核人员');
    }
    expect(await levelOf('torn')).toBe(1);
    const { database } = city.storage;
    expect(await database.collection('evidence').countDocuments({ accountId: id })).toBe(0);
    const cases = await database.collection('reviewCases').find({ applicantId: id }).toArray();
    expect(cases).toHaveLength(1);
    const status = await browser.open('/verification/review');
    expect(status.body).toContain('正在审核');
  });
});
