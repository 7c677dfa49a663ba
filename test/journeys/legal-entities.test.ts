// Organisations from the pages to the register: what is refused, who has power over them and who has
// not, and what a register that is slow, down, lying or contradictory does to people.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HandlerRequestStore } from '../../src/mandates/requests/handler-request-store.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { pageName } from '../support/city-browser.ts';
import type { CityBrowser } from '../support/city-browser.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { ENTITY_REGISTER, EntityCity, entityOf, named, personOf } from '../support/entity-city.ts';

const { uri } = migratedDatabase();
const LIST = '/account/entities';
let people: EntityCity;
let city: CityNode;
let registers: EntityCity['registers'];
let gateway: EntityCity['gateway'];

beforeAll(async () => {
  people = await EntityCity.start(uri, [
    personOf('zhao', '赵样本'),
    personOf('chen', '陈体验'),
    personOf('lin', '林新办'),
    personOf('wang', '王演示'),
    personOf('ayinuer', '阿依努尔·示例'),
    personOf('hezhang', '何长者'),
    personOf('jiyang', '𠮷样例'),
    { login: 'low', level: 2 },
    // Came by import: one matched by name and number, one whose owner was there.
    {
      login: 'library',
      kind: 'legalEntity',
      name: '样例市图书馆（演示）',
      level: 2,
      fields: { uscc: '12440000MA0DEMF002' },
    },
    {
      login: 'seniors',
      kind: 'legalEntity',
      name: '长者互助社会服务中心（演示）',
      level: 3,
      fields: { uscc: '52440000MA0DEMG079' },
    },
  ]);
  ({ city, registers, gateway } = people);
});
afterEach(() => registers.setFault('legalEntities', 'none'));
afterAll(() => people.stop());

describe('a legal representative', () => {
  it('is asked for a second factor, and for the real name where that is missing', async () => {
    const { browser } = await visitAccountCentre(city, 'low');
    const refused = await browser.open(ENTITY_REGISTER);
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('先完成实名核验');
    const verification = await browser.open('/verification?onward=entities');
    expect(verification.body).toContain(`id="onward" href="${ENTITY_REGISTER}"`);
    const zhao = await visitAccountCentre(city, 'zhao');
    expect(pageName(await zhao.browser.open(ENTITY_REGISTER))).toBe('second-factor');
    people.keep('zhao', zhao.browser);
    const { visit } = await people.atForm('zhao');
    expect(pageName(visit)).toBe('legal-entities-register');
  });

  it('registers the organisation: account, evidence, mandate, agreement, records, notice', async () => {
    const entity = entityOf('赵样本');
    const { browser } = await people.atForm('zhao');
    const typed = {
      name: entity.name.replace('（', ' (').replace('）', ')'),
      uscc: ` ${entity.uscc.toLowerCase()}`,
    };
    const confirm = await people.check(browser, typed);
    expect(pageName(confirm)).toBe('legal-entities-confirm');
    expect(confirm.url).not.toContain(entity.uscc);
    expect(confirm.body).toContain(entity.name);
    expect(await people.accountOf(entity.uscc)).toBeUndefined();
    const unticked = await browser.press(confirm, 'confirm');
    expect(unticked.status).toBe(422);
    expect(await people.accountOf(entity.uscc)).toBeUndefined();
    const done = await browser.press(unticked, 'confirm', { agree: 'yes' });
    expect(done.body).toContain('您现在可以代表它办事');
    const account = await people.accountOf(entity.uscc);
    expect(account).toMatchObject({ kind: 'legalEntity', subtype: 'enterprise', realNameLevel: 3 });
    expect(account?.attribute('name')).toMatchObject({ value: entity.name, grade: 'A' });
    const { database } = city.storage;
    const accountId = account?.id ?? '';
    expect(await people.mandatesOf(accountId)).toMatchObject([
      { personId: city.account('zhao').id, role: 'legalRepresentative', grantedBy: 'register' },
    ]);
    const evidence = await database.collection('evidence').find({ accountId }).toArray();
    expect(evidence).toMatchObject([{ source: 'legalEntities', level: 3, resultCode: '00' }]);
    expect(await database.collection('agreementAcceptances').countDocuments({ accountId })).toBe(1);
    expect(await eventTypes(city, accountId)).toEqual(
      expect.arrayContaining(['accounts.created', 'agreements.accepted', 'mandates.granted']),
    );
    await expect.poll(() => gateway.countOf('zhao@example.com', entity.name)).toBe(1);
    expect((await browser.open(LIST)).body).toContain(entity.name);
  });

  it('who sends everything twice has one organisation, and is led to it', async () => {
    const entity = entityOf('赵样本');
    const { page } = await people.register('zhao', entity);
    expect(pageName(page)).toBe('legal-entities-entity');
    expect(await people.mandatesOf((await people.accountOf(entity.uscc))?.id ?? '')).toHaveLength(
      1,
    );
  });

  it('of a lawful code whose check digit fails registers it', async () => {
    const entity = entityOf('阿依努尔·示例');
    const { page } = await people.register('ayinuer', entity);
    expect(pageName(page)).toBe('legal-entities-entity');
    expect(await people.accountOf(entity.uscc)).toMatchObject({ realNameLevel: 3 });
  });
});

describe('the register refuses', () => {
  it('what it does not know, what ended, and who does not represent it, each with the way on', async () => {
    const { browser } = await people.atForm('jiyang');
    const cancelled = await people.check(browser, entityOf('𠮷样例'));
    expect(cancelled.body).toContain('它已经注销');
    const foreign = await people.check(browser, entityOf('林新办'));
    expect(foreign.body).toContain('法定代表人不是您');
    expect(foreign.body).toContain('邀请您担任管理员');
    const renamed = await people.check(browser, { ...entityOf('林新办'), name: '另一家店' });
    expect(renamed.body).toContain('另一个名称');
    const unknown = await people.check(browser, { name: '无此公司', uscc: '91440000MA0DEMN01P' });
    expect(unknown.body).toContain('没有查到这个代码');
    const trial = await people.check(browser, { name: '试点公司', uscc: '91350100M0001TGQXM' });
    expect(trial.body).toContain('没有查到这个代码');
    const wrong = await people.check(browser, { name: '', uscc: '91440101MA5CJQ4N50' });
    expect(wrong.status).toBe(422);
    expect(wrong.body).toContain('请填写名称');
    expect(wrong.body).toContain('可能有一位填错了');
    expect(await people.accountOf(entityOf('林新办').uscc)).toBeUndefined();
  });

  it.each(['down', 'slow', 'contradictory'] as const)(
    'nothing while it is %s: nothing is half-done, what was typed is kept',
    async (mode) => {
      const entity = entityOf('林新办');
      const { browser } = await people.atForm('lin');
      await registers.setFault('legalEntities', mode);
      const page = await people.check(browser, entity);
      expect(page.status).toBe(503);
      expect(page.body).toContain('什么都没有改变');
      expect(await people.accountOf(entity.uscc)).toBeUndefined();
      expect((await browser.open(LIST)).body).toContain(entity.uscc);
      await registers.setFault('legalEntities', 'none');
      const again = await browser.press(page, 'retry');
      expect(pageName(again)).toBe('legal-entities-confirm');
    },
  );

  it('a lie gives nothing to the one it denies', async () => {
    const entity = entityOf('林新办');
    const { browser } = await people.atForm('lin');
    await registers.setFault('legalEntities', 'wrong');
    expect((await people.check(browser, entity)).body).toContain('没有查到这个代码');
    expect(await people.accountOf(entity.uscc)).toBeUndefined();
  });

  it('and a form of somebody else, or one that is over, leads nowhere', async () => {
    const lin = await people.atForm('lin');
    const confirm = await people.check(lin.browser, entityOf('林新办'));
    const { browser } = await people.atForm('jiyang');
    const stolen = await browser.open(new URL(confirm.url).pathname + new URL(confirm.url).search);
    expect(stolen.status).toBe(410);
    await city.storage.database
      .collection('entityApplications')
      .updateMany({}, { $set: { expiresAt: new Date(0) } });
    const over = await lin.browser.press(confirm, 'confirm', { agree: 'yes' });
    expect(over.status).toBe(410);
    expect(await people.accountOf(entityOf('林新办').uscc)).toBeUndefined();
  });
});

describe('an organisation that has an account', () => {
  it('by name and number only gives way to its representative, and is told', async () => {
    const entity = entityOf('王演示');
    const { page } = await people.register('wang', entity);
    expect(pageName(page)).toBe('legal-entities-entity');
    const account = await people.accountOf(entity.uscc);
    expect(account?.id).not.toBe(city.account('library').id);
    const former = await city.accountStore.findById(city.account('library').id);
    expect(former).toMatchObject({ realNameLevel: 1, uscc: undefined });
    await expect.poll(() => gateway.countOf('library@example.com', '登记了它的新账号')).toBe(1);
  });

  it('whose owner was there does not: its representative is sent to staff, and not asked to try again', async () => {
    const { page } = await people.register('hezhang', entityOf('何长者'));
    expect(page.status).toBe(409);
    expect(page.body).toContain('这个代码已经有单位账号');
    expect(page.body).not.toContain('您不是法定代表人');
    expect(page.body).not.toContain('id="retry');
    expect(await people.mandatesOf(city.account('seniors').id)).toEqual([]);
    expect(await eventTypes(city, city.account('hezhang').id)).toContain(
      'verification.not_completed',
    );
  });

  it('follows the register to a new representative; the former one and who he appointed have nothing', async () => {
    const entity = entityOf('阿依努尔·示例');
    const before = await people.accountOf(entity.uscc);
    const { name, number } = named('何长者');
    await registers.changeEntity(entity.uscc, { representative: { name, number } });
    const { page } = await people.register('hezhang', entity);
    expect(pageName(page)).toBe('legal-entities-entity');
    expect((await people.accountOf(entity.uscc))?.id).toBe(before?.id);
    expect(await people.mandatesOf(before?.id ?? '')).toMatchObject([
      { personId: city.account('hezhang').id, role: 'legalRepresentative' },
    ]);
    await expect.poll(() => gateway.countOf('ayinuer@example.com', '的授权结束了')).toBe(1);
    const former = await visitAccountCentre(city, 'ayinuer', LIST);
    expect(former.visit.body).not.toContain(entity.uscc);
  });
});

describe('an administrator', () => {
  const entity = entityOf('赵样本');

  async function invite(browser: CityBrowser, fields: { name: string; number: string }) {
    const list = await browser.open(LIST);
    const href = /href="([^"]+)" id="entity-0"/u.exec(list.body)?.[1] ?? '';
    const entityPage = await browser.open(href);
    const people = /href="([^"]+)" id="space-people"/u.exec(entityPage.body)?.[1] ?? '';
    const page = await browser.open(people);
    const link = /id="invite" href="([^"]+)"/u.exec(page.body)?.[1] ?? '';
    return browser.press(await browser.open(link), 'send-invitation', fields);
  }

  it('is one only after saying yes; whom else the invitation does not name sees nothing', async () => {
    const { browser } = await people.atForm('zhao');
    expect((await invite(browser, named('赵样本'))).body).toContain('您自己的号码');
    const missing = await invite(browser, { name: '', number: '44000019880229012X' });
    expect(missing.status).toBe(422);
    // Whether the person has an account is not to be learnt.
    const nobody = await invite(browser, { name: '无此人', number: '99912345' });
    expect(nobody.body).toContain('邀请已发出');
    const sent = await invite(browser, named('林新办'));
    expect(sent.body).toContain('邀请已发出');
    const account = await people.accountOf(entity.uscc);
    expect(await people.mandatesOf(account?.id ?? '')).toHaveLength(1);
    const other = await visitAccountCentre(city, 'jiyang', LIST);
    expect(other.visit.body).not.toContain(entity.name);
    const { browser: lin } = await people.atForm('lin');
    const list = await lin.open(LIST);
    expect(list.body).toContain(entity.name);
    const twice = await Promise.all([lin.press(list, 'accept-0'), lin.press(list, 'accept-0')]);
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    expect(await people.mandatesOf(account?.id ?? '')).toMatchObject([
      { role: 'legalRepresentative' },
      { role: 'administrator', personId: city.account('lin').id },
    ]);
    await expect.poll(() => gateway.countOf('zhao@example.com', '接受了邀请')).toBe(1);
  });

  it('can be removed by the representative and can resign, but not remove the representative', async () => {
    const account = await people.accountOf(entity.uscc);
    const [representative, administrator] = await people.mandatesOf(account?.id ?? '');
    const { browser: lin } = await people.atForm('lin');
    const foreign = await lin.open(`/account/entities/end?mandate=${String(representative?._id)}`);
    expect(pageName(foreign)).toBe('legal-entities-entities');
    expect(foreign.body).toContain('这项授权已经结束了');
    const own = await lin.open(`/account/entities/end?mandate=${String(administrator?._id)}`);
    expect(own.body).toContain('不再担任');
    const { browser: ji } = await people.atForm('jiyang');
    const stranger = await ji.open(`/account/entities/view?entity=${account?.id ?? ''}`);
    expect(pageName(stranger)).toBe('legal-entities-entities');
    const done = await lin.press(own, 'end-mandate');
    expect(done.body).toContain('您已不再担任');
    expect(await people.mandatesOf(account?.id ?? '')).toHaveLength(1);
    expect(await eventTypes(city, account?.id ?? '')).toContain('mandates.ended');
  });
});

it('a request to act is nobody else’s, is changed by its own forms alone, and is named, never looked for', async () => {
  const store = new HandlerRequestStore(city.storage);
  const { name, uscc: number } = entityOf('赵样本');
  const asked = { personId: city.account('chen').id, person: named('陈体验') };
  const what = { way: 'representative', terms: {}, entity: { name, number } } as const;
  const request = await city.storage.database.transaction((session) =>
    store.put({ ...asked, ...what }, session),
  );
  if (typeof request === 'string') throw new Error(request);
  const { browser, visit } = await people.atForm('hezhang');
  const [, _csrf = ''] = /name="_csrf" value="([^"]+)"/u.exec(visit.body) ?? [];
  const fields = { request: request.id, code: '123456', answer: 'decline' };
  for (const step of ['withdraw', 'send-code', 'code', 'answer']) {
    const url = new URL(`${LIST}/mandates/request/${step}`, city.issuer);
    const answers = [
      await browser.visitor.request(url, { method: 'POST', body: new URLSearchParams(fields) }),
      await browser.visitor.submit(url, { ...fields, _csrf }, 'https://evil.example'),
      await browser.visitor.submit(url, { _csrf, 'request[$ne]': '', answer: 'confirm' }),
      await browser.visitor.submit(url, { ...fields, _csrf }),
    ];
    expect([step, ...answers.map(({ status }) => status)]).toEqual([step, 403, 403, 303, 303]);
  }
  expect(await store.find(request.id)).toEqual(request);
});
