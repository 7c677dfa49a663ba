// Children under 14: added by who the register says is their guardian and by nobody else, used and
// stopped at the guardians' word, and grown up at the very birthday.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sampleChildren } from '../../src/demo/registers/people.ts';
import { WardStore } from '../../src/guardianship/ward-store.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { pageName, readForm } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { personOf } from '../support/entity-city.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { bornBefore, settleAll, withoutSecrets } from '../support/ward-process.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

const { uri } = migratedDatabase();
const LIST = '/account/children';
const ADD = '/account/children/add';
type Person = { name: string; number: string };
const [ofWang, ofChen, ofNobody] = sampleChildren as readonly [Person, Person, Person] &
  typeof sampleChildren;
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
      { login: 'new', level: 1 },
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

async function add(login: string, child: Person, more: Record<string, string> = {}) {
  const browser = await guardian(login);
  const fields = { name: child.name, number: child.number, relation: 'parent', agree: 'yes' };
  return browser.press(await browser.open(ADD), 'add', { ...fields, ...more });
}

function accountOf({ number }: Person) {
  return city.accountStore.findByLogin(number, { kind: 'naturalPerson' });
}

async function idOf(child: Person): Promise<string> {
  return (await accountOf(child))?.id ?? '';
}

function wardOf(id: string) {
  return new WardStore(city.storage).find(id);
}

describe('who may add a child', () => {
  it('is verified in person and signed in with two factors', async () => {
    const { browser } = await visitAccountCentre(city, 'low');
    expect((await browser.open(LIST)).body).toContain('还没有添加孩子');
    const refused = await browser.open(ADD);
    expect([refused.status, refused.body.includes('先完成实名核验')]).toEqual([403, true]);
    const wang = await visitAccountCentre(city, 'wang');
    expect(pageName(await wang.browser.open(ADD))).toBe('second-factor');
  });

  it('types a child, not an adult and not himself, and agrees', async () => {
    const adult = await add('wang', { name: '林新办', number: '440000198802290125' });
    expect(adult.status).toBe(422);
    expect(adult.body).toContain('已满 14 周岁');
    const own = await add('wang', { name: '王演示', number: '44000019850615003X' });
    expect(own.body).toContain('这是您自己的号码');
    const wrong = await add('wang', { name: '', number: '44000020190612021X' }, { relation: 'x' });
    expect(wrong.body).toContain('请选择您与孩子的关系');
    const browser = await guardian('wang');
    const page = await browser.open(ADD);
    const unticked = await browser.press(page, 'add', { ...ofWang, relation: 'parent' });
    expect(unticked.status).toBe(422);
    const old = await add('wang', ofWang, { agreement_version: '7' });
    expect(old.body).toContain('协议刚刚更新了');
    expect(await accountOf(ofWang)).toBeUndefined();
  });

  it('is no stranger with leaked names and numbers: wrong pair and wrong family read alike', async () => {
    const right = await add('lin', ofWang);
    const wrong = await add('lin', { ...ofWang, name: '王大演' });
    const unknown = await add('lin', ofNobody);
    for (const page of [right, wrong, unknown]) {
      expect(page.status).toBe(422);
      expect(withoutSecrets(page.body)).toBe(withoutSecrets(right.body));
    }
    const again = await (await guardian('lin')).press(wrong, 'again');
    for (const typed of ['王大演', ofWang.number]) expect(again.body).toContain(`value="${typed}"`);
    expect(await accountOf(ofWang)).toBeUndefined();
  });

  it.each(['down', 'contradictory'] as const)('is told when the register is %s', async (mode) => {
    await registers.setFault('population', mode);
    const page = await add('wang', ofWang);
    expect(page.status).toBe(503);
    expect(page.body).toContain('暂时没有回应');
    expect(await accountOf(ofWang)).toBeUndefined();
  });
});

describe('a child alone', () => {
  it('is led to a guardian by whichever way it wants to be verified', async () => {
    const { browser } = await visitAccountCentre(city, 'new');
    const { name, number } = ofNobody;
    const match = await browser.open('/verification/match');
    const matched = await browser.press(match, 'match', { name, number });
    expect(matched.status).toBe(422);
    expect(matched.body).toContain('我监护的孩子');
    const face = await browser.open('/verification/face');
    const compared = await browser.press(face, 'face', { name, number, consent: 'yes' });
    expect(compared.body).toContain('我监护的孩子');
    expect(await accountOf(ofNobody)).toBeUndefined();
  });

  it('gets no verified account whatever a page let through', async () => {
    const { id } = city.account('new');
    const certificate = { type: '111', number: ofNobody.number } as const;
    const origin = { source: 'register:population', grade: 'A' } as const;
    const proof = { name: ofNobody.name, certificate, origin, provenLevel: 3 } as const;
    const outcome = await city.accountStore.proveIdentity(id, proof, {
      actor: id,
      grade: () => Promise.resolve(3 as const),
      onDisplaced: async () => undefined,
      onHeld: async () => undefined,
    });
    expect(outcome).toEqual({ ok: false, reason: 'guardian_needed' });
    expect((await city.accountStore.findById(id))?.realNameLevel).toBe(1);
  });
});

describe('a child in care', () => {
  it('is one account however often it is added at once, with its records', async () => {
    const browser = await guardian('wang');
    const page = await browser.open(ADD);
    const fields = { name: ofWang.name, number: ofWang.number, relation: 'parent', agree: 'yes' };
    const pages = await Promise.all(
      Array.from({ length: 50 }, () => browser.press(page, 'add', fields)),
    );
    expect(pages.map(pageName)).toEqual(pages.map(() => 'guardianship-child'));
    const account = await accountOf(ofWang);
    const { id = '' } = account ?? {};
    expect(account).toMatchObject({ kind: 'naturalPerson', realNameLevel: 2, isWard: true });
    expect(account?.phone).toBeUndefined();
    const { database } = city.storage;
    expect(await database.collection('wards').countDocuments()).toBe(1);
    expect((await wardOf(id))?.guardians).toMatchObject([
      { accountId: city.account('wang').id, relation: 'parent', basis: 'register' },
    ]);
    const evidence = await database.collection('evidence').find({ accountId: id }).toArray();
    expect(evidence).toMatchObject([{ source: 'population', level: 2 }]);
    const events = await eventTypes(city, id);
    expect(events.filter((type) => type === 'guardianship.consented')).toHaveLength(1);
    const of = { accountId: city.account('wang').id, name: 'child-information', version: 1 };
    expect(await database.collection('agreementAcceptances').countDocuments(of)).toBe(1);
    await expect.poll(() => gateway.countOf('wang@example.com', '账号已开通')).toBe(1);
    const list = await browser.open(LIST);
    expect(list.body).toContain(`view?child=${id}`);
    expect(list.body).not.toContain(ofWang.name);
  });

  it('is told to its guardian when another one asks, who learns nothing', async () => {
    const page = await add('zhao', ofWang);
    expect(page.status).toBe(422);
    const stranger = await add('lin', ofWang);
    expect(withoutSecrets(page.body)).toBe(withoutSecrets(stranger.body).replace('林*', '赵*'));
    await expect.poll(() => gateway.countOf('wang@example.com', '要求成为监护人')).toBe(1);
    expect((await wardOf(await idOf(ofWang)))?.guardians).toHaveLength(1);
  });

  it('is nobody else’s: another’s id leads to the own list and changes nothing', async () => {
    const id = await idOf(ofWang);
    const browser = await guardian('lin');
    for (const path of ['view', 'withdraw', 'erase', 'consent']) {
      const page = await browser.open(`${LIST}/${path}?child=${id}`);
      expect(new URL(page.url).pathname).toBe(LIST);
    }
    const form = await browser.open(ADD);
    const { fields } = readForm(form, 'add');
    for (const path of ['withdraw', 'erase', 'consent']) {
      const address = new URL(`${LIST}/${path}`, city.issuer);
      const forged = await browser.visitor.submit(address, { ...fields, child: id, agree: 'yes' });
      expect(forged.headers.get('location')).toBe(LIST);
    }
    expect((await wardOf(id))?.state).toBe('active');
  });
});

describe('consent', () => {
  it('taken back stops the account at once, and given again lets it go on', async () => {
    const id = await idOf(ofWang);
    const browser = await guardian('wang');
    const page = await browser.open(`${LIST}/withdraw?child=${id}`);
    const done = await browser.press(page, 'confirm-withdraw');
    expect(done.body).toContain('孩子的账号已停用');
    expect(await city.accountStore.findById(id)).toMatchObject({ state: 'locked' });
    expect((await wardOf(id))?.state).toBe('withdrawn');
    // The same form once more finds it done.
    expect(pageName(await browser.press(page, 'confirm-withdraw'))).toBe('guardianship-child');
    const again = await browser.open(`${LIST}/consent?child=${id}`);
    expect((await browser.press(again, 'consent')).status).toBe(422);
    await browser.press(again, 'consent', { agree: 'yes' });
    expect((await city.accountStore.findById(id))?.isActive).toBe(true);
    expect((await wardOf(id))?.state).toBe('active');
    const events = await eventTypes(city, id);
    expect(events).toEqual(expect.arrayContaining(['guardianship.withdrawn']));
    expect(events.filter((type) => type === 'guardianship.consented')).toHaveLength(2);
  });

  it('ends for good with erasure: the number is free, and the child can be added anew', async () => {
    await add('chen', ofChen);
    const id = await idOf(ofChen);
    const browser = await guardian('chen');
    const page = await browser.open(`${LIST}/erase?child=${id}`);
    const done = await browser.press(page, 'confirm-erase');
    expect(done.body).toContain('孩子的账号已注销');
    expect(done.body).toContain('还没有添加孩子');
    expect(await accountOf(ofChen)).toBeUndefined();
    expect(pageName(await add('chen', ofChen))).toBe('guardianship-child');
    expect(await idOf(ofChen)).not.toBe(id);
  });
});

describe('the guardian’s own account', () => {
  it('is not closed while a child has nobody else, and says so in a copy of the data', async () => {
    const browser = await guardian('wang');
    const closing = await browser.open('/account/privacy/close');
    expect(closing.body).toContain('href="/account/children" id="settle-children"');
    expect(closing.body).toContain('您是一个孩子唯一的监护人');
    const copy = await browser.open('/account/privacy/export/read');
    expect(copy.body).toContain('我监护的孩子');
    expect(copy.body).not.toContain(ofWang.number);
  });
});

describe('a guardianship', () => {
  it('rests when its guardian does not suffice, who reads why, and goes on when he does', async () => {
    const id = await idOf(ofWang);
    const wang = city.account('wang').id;
    const by = { actor: 'operator' };
    const origin = { source: 'operator', grade: 'B' } as const;
    await city.accountStore.setRealNameLevel(wang, { level: 2, origin }, by);
    await settleAll(city);
    expect((await wardOf(id))?.state).toBe('resting');
    expect((await city.accountStore.findById(id))?.state).toBe('locked');
    await expect.poll(() => gateway.countOf('wang@example.com', '没有符合条件的监护人')).toBe(1);
    const { browser } = await visitAccountCentre(city, 'wang');
    const refused = await browser.open(`${LIST}/view?child=${id}`);
    expect(refused.status).toBe(403);
    await city.accountStore.setRealNameLevel(wang, { level: 3, origin }, by);
    await settleAll(city);
    expect((await wardOf(id))?.state).toBe('active');
    expect((await city.accountStore.findById(id))?.isActive).toBe(true);
  });

  it('ends with the fourteenth birthday, between two clicks', async () => {
    const id = await idOf(ofWang);
    await bornBefore(city, id, 1);
    const browser = await guardian('wang');
    const page = await browser.open(`${LIST}/withdraw?child=${id}`);
    expect(pageName(page)).toBe('guardianship-withdraw');
    await bornBefore(city, id, 0);
    const late = await browser.press(page, 'confirm-withdraw');
    expect(late.body).not.toContain(id);
    expect((await wardOf(id))?.state).toBe('grown');
    expect((await city.accountStore.findById(id))?.state).toBe('closed');
    await expect.poll(() => gateway.countOf('wang@example.com', '监护自动结束')).toBe(1);
    expect((await browser.open(LIST)).body).not.toContain(id);
  });
});
