// The space of an organisation: who sees all of it, who a part, and who nothing; its own sign-in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { mandatesOf } from '../support/acting-city.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { EntityCity, entityOf, personOf } from '../support/entity-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { MandateStore } from '../../src/mandates/mandate-store.ts';
import type { MandateRole } from '../../src/mandates/mandate.ts';

const { uri } = migratedDatabase();
const pages = ['view', 'people', 'history', 'services', 'sub-accounts'] as const;
let people: EntityCity;
let entityId: string;
let otherId: string;
const browsers: Record<string, CityBrowser> = {};

beforeAll(async () => {
  people = await EntityCity.start(uri, [
    personOf('zhao', '赵样本'),
    personOf('lin', '林新办'),
    personOf('chen', '陈体验'),
    personOf('wang', '王演示'),
    {
      login: 'seniors',
      kind: 'legalEntity',
      name: '长者互助社会服务中心（演示）',
      level: 3,
      fields: { uscc: '52440000MA0DEMG079' },
    },
  ]);
  await people.register('zhao', entityOf('赵样本'));
  entityId = (await people.accountOf(entityOf('赵样本').uscc))?.id ?? '';
  otherId = people.city.account('seniors').id;
  await Promise.all([grant('lin', 'administrator'), grant('chen', 'handler')]);
  for (const login of ['zhao', 'lin', 'chen', 'wang', 'seniors']) {
    browsers[login] = (await visitAccountCentre(people.city, login)).browser;
  }
});
afterAll(() => people.stop());

function grant(login: string, role: MandateRole) {
  const { storage } = people.city;
  const holderId = people.city.account(login).id;
  const by = { grantedBy: people.city.account('zhao').id };
  return storage.database.transaction(async (session) => {
    await new MandateStore(storage).grant({ entityId, holderId, role, ...by }, session);
    const details = { person: holderId, role };
    await storage.audit.record(
      { type: 'mandates.granted', actor: by.grantedBy, subject: entityId, result: 'done', details },
      session,
    );
  });
}

function open(login: string, page: (typeof pages)[number] | '', entity = entityId) {
  const path = page === '' ? '' : `/${page}?entity=${entity}`;
  const browser = browsers[login];
  if (!browser) throw new Error(`${login} is not signed in`);
  return browser.open(`/account/entities${path}`);
}

describe('a space', () => {
  it.each(pages)('is nobody else’s: %s', async (page) => {
    const { uscc } = entityOf('赵样本');
    for (const [login, lands] of [
      ['wang', 'legal-entities-entities'],
      ['seniors', 'legal-entities-entity'],
    ] as const) {
      for (const entity of [entityId, 'nothing', '']) {
        const visit = await open(login, page, entity);
        expect(`${login} ${pageName(visit)}`).toBe(`${login} ${lands}`);
        expect(visit.body).not.toContain(uscc);
      }
    }
    expect(pageName(await open('zhao', page, otherId))).toBe('legal-entities-entities');
  });

  it('is where a sign-in returns to that it asked for, also one asked for by a form', async () => {
    const page = `/account/entities/services?entity=${entityId}`;
    const { browser, visit } = await visitAccountCentre(people.city, 'chen', page);
    expect(visit.url).toBe(people.city.issuer + page);
    const { fields } = readForm(visit, 'sign-out');
    await people.city.storage.database.collection('accountSessions').deleteMany({});
    const action = new URL('/account/entities/services/end', people.city.issuer).href;
    const sent = { ...fields, entity: entityId, connection: 'hall nobody' };
    const late = await browser.visitor.submit(action, sent, people.city.issuer);
    expect([late.status, pageName(late)]).toEqual([401, 'account-sign-in-again']);
    expect(late.body).toContain(`id="sign-in-again" href="${page}"`);
  });

  it('tells where each fact comes from, and since when', async () => {
    const profile = await open('chen', 'view');
    expect(profile.body).toContain(entityOf('赵样本').uscc);
    expect(profile.body).toContain('法人信息库核对');
    expect(profile.body).toContain('A 类');
    expect(profile.body).toContain('data-prints');
  });

  it('shows all who act for it to who decides, and to a handler himself and who decides', async () => {
    for (const login of ['zhao', 'lin']) {
      const { body } = await open(login, 'people');
      expect(body).toContain('陈*');
      expect(body).toContain('id="invite"');
    }
    await grant('wang', 'handler');
    const { body } = await open('chen', 'people');
    expect(body).toContain('赵*');
    expect(body).toContain('陈*');
    expect(body).not.toContain('王*');
    expect(body).not.toContain('id="invite"');
  });

  it('keeps a history, page by page, of which a handler sees what concerns him', async () => {
    const { storage } = people.city;
    const zhao = people.city.account('zhao').id;
    for (let count = 0; count < 25; count += 1) {
      const of = { actor: zhao, subject: entityId, result: 'done' } as const;
      const type = count === 24 ? 'oidc.identity_chosen' : 'consent.given';
      await storage.audit.record({ type, clientId: `client-${count}`, ...of });
    }
    const first = await open('lin', 'history');
    expect(first.body).toContain('以它的身份办事 · client-24');
    expect(first.body).not.toContain('client-0 ');
    const older = /id="older" href="([^"]+)"/u.exec(first.body)?.[1] ?? '';
    const second = await browsers['lin']?.open(older.replaceAll('&amp;', '&'));
    expect(second?.body).toContain('登记开户');
    expect(second?.body).toContain('陈*');
    const own = await open('chen', 'history');
    expect(own.body).toContain('授权生效');
    expect(own.body).not.toContain('client-24');
    expect(own.body).not.toContain('登记开户');
  });
});

describe('sub-accounts', () => {
  const list = () => open('zhao', 'sub-accounts');
  const make = async (login: string, name: string) => {
    const browser = browsers[login];
    if (!browser) throw new Error(`${login} is not signed in`);
    const begun = await browser.open(`/account/entities/sub-accounts/new?entity=${entityId}`);
    const form = await browser.walk(begun, people.city.account(login));
    if (pageName(form) !== 'legal-entities-new-sub-account') return form;
    return browser.press(form, 'make', { name });
  };

  it('are made by who decides, never by a handler, and refuse a name that is taken or no name', async () => {
    expect((await list()).body).toContain('还没有子账号');
    expect(pageName(await make('chen', '财务部'))).toBe('legal-entities-entities');
    expect(pageName(await open('chen', 'sub-accounts'))).toBe('legal-entities-entity');
    const made = await make('lin', '财务部');
    expect(made.body).toContain('子账号已开设');
    expect(made.body).toContain('财务部');
    expect(made.body).toContain('id="invite-handler"');
    for (const [name, words] of [
      ['财务部', '请换一个名称'],
      ['<script>', '名称只能用'],
      ['', '请填写分支机构或部门的名称'],
    ] as const) {
      const refused = await make('lin', name);
      expect(refused.status).toBe(422);
      expect(refused.body).toContain(words);
    }
  });

  it('are a space of their own, below that of the organisation, and end there', async () => {
    const page = await list();
    expect(page.body).toContain('共 1 个');
    const sub = /people\?entity=([^"&]+)"[^>]*>财务部/u.exec(page.body)?.[1] ?? '';
    const profile = await open('zhao', 'view', sub);
    expect(profile.body).toContain('所属单位的法定代表人');
    expect(profile.body).not.toContain('id="raising"');
    expect(pageName(await open('zhao', 'sub-accounts', sub))).toBe('legal-entities-entity');
    for (const login of ['chen', 'wang']) {
      expect(pageName(await open(login, 'view', sub))).toBe('legal-entities-entities');
    }
    const path = `/account/entities/sub-accounts/close?entity=${sub}`;
    const refused = await browsers['chen']?.open(path);
    expect(refused && pageName(refused)).toBe('legal-entities-entities');
    const asked = await browsers['lin']?.open(path);
    const closed = asked && (await browsers['lin']?.press(asked, 'close-sub-account'));
    expect(closed?.body).toContain('子账号已注销');
    expect((await list()).body).toContain('还没有子账号');
    expect((await open('zhao', 'history')).body).toContain('注销子账号');
    expect(pageName(await open('zhao', 'people', sub))).toBe('legal-entities-entities');
  });
});

describe('an organisation that is signed in itself', () => {
  it('finds its own space in the menu, sees all of it and changes nobody’s power', async () => {
    const own = await open('seniors', '');
    expect(pageName(own)).toBe('legal-entities-entity');
    expect(own.body).toContain('52440000MA0DEMG079');
    expect(own.body).toContain('href="/account/entities"');
    const overview = await browsers['seniors']?.open('/account');
    expect(overview?.body).toContain('请先到登记机关更正');
    expect(overview?.body).not.toContain('请带本人有效证件');
    const empty = await open('seniors', 'people', otherId);
    expect(empty.body).toContain('现在没有人能代表它办事');
    expect(empty.body).not.toContain('id="invite"');
    const history = await open('seniors', 'history', otherId);
    expect(history.body).toContain('由原系统迁入');
    const browser = browsers['seniors'];
    const form = await browser?.open('/account/entities/register');
    expect(form && pageName(form)).toBe('legal-entities-entity');
  });
});

describe('the password of an organisation', () => {
  const { uscc } = entityOf('赵样本');
  const [first, second] = ['meadow-lantern-41', 'harbour-thistle-88'];
  let zhao: CityBrowser;
  const page = () => zhao.open(`/account/entities/password?entity=${entityId}`);
  const save = async (new_password: string) =>
    zhao.press(await page(), 'save-password', { new_password });
  const told = (words: string) => people.gateway.countOf('zhao@example.com', words);
  const countOf = (collection: string, of: object) =>
    people.city.storage.database.collection(collection).countDocuments(of);
  const saved = () => countOf('auditRecords', { type: 'entities.password_set' });
  const knownDevices = () => countOf('knownDevices', { accountId: entityId });
  const itself = async (password: string) => {
    const browser = new CityBrowser(people.city.issuer);
    const form = await browser.open('/account');
    return { browser, page: await browser.press(form, 'sign-in', { login: uscc, password }) };
  };
  const isIn = async (browser: CityBrowser) =>
    pageName(await browser.open('/account')) === 'account-overview';

  beforeAll(async () => {
    zhao = (await people.atForm('zhao')).browser;
  });

  it('is set by its representative alone, and never to what others may guess', async () => {
    const lin = browsers['lin'] ?? zhao;
    const asked = await lin.open(`/account/entities/password?entity=${entityId}`);
    expect(pageName(asked)).toBe('legal-entities-entity');
    const { fields } = readForm(await lin.open('/account'), 'sign-out');
    const sent = { ...fields, entity: entityId, new_password: first };
    const action = new URL('/account/entities/password', people.city.issuer);
    await lin.visitor.submit(action, sent, people.city.issuer);
    expect((await open('lin', 'view')).body).not.toContain('id="to-password"');
    for (const [password, words] of [
      ['', '请填写新密码'],
      ['password1', '太常见'],
      [`${uscc}-x`, '不要包含单位名称'],
      [`zhao-${people.city.account('zhao').login}@1`, '不要包含单位名称'],
    ] as const) {
      const refused = await save(password);
      expect([password, refused.status]).toEqual([password, 422]);
      expect(refused.body).toContain(words);
    }
    expect(await saved()).toBe(0);
    expect((await itself(first)).page.status).toBe(422);
  });

  it('opens its account; of many forms at once one is saved', async () => {
    const { action, fields } = readForm(await page(), 'save-password');
    const sent = { ...fields, new_password: first };
    const send = () => zhao.visitor.submit(action, sent, people.city.issuer);
    const answers = await Promise.all(Array.from({ length: 5 }, send));
    expect(answers.filter(({ status }) => status === 500)).toEqual([]);
    expect(await saved()).toBe(1);
    expect(await isIn((await itself(first)).browser)).toBe(true);
    await expect.poll(() => told('设置了新的单位密码')).toBe(1);
  });

  it('changed, ends what the former one opened; changed by who knows it, is told', async () => {
    const before = await itself(first);
    expect((await save(second)).body).toContain('原密码已失效');
    expect([await knownDevices(), await isIn(before.browser)]).toEqual([0, false]);
    expect((await itself(first)).page.status).toBe(422);
    const { browser } = await itself(second);
    const typed = { current_password: second, new_password: first };
    await browser.press(await browser.open('/account/security'), 'password-change', typed);
    await expect.poll(() => told('设置了新的单位密码')).toBe(3);
  });

  it('taken away, opens nothing more and does not come back', async () => {
    const before = await itself(first);
    await zhao.press(await page(), 'remove-password');
    expect(await isIn(before.browser)).toBe(false);
    expect((await itself(first)).page.status).toBe(422);
    await expect.poll(() => told('停用了单位密码')).toBe(1);
    expect((await save(first)).body).toContain('和上一次的相同');
    expect((await save(second)).body).toContain('单位密码已设置');
  });

  it('ends with the mandate of the representative, and all that was set up beside it', async () => {
    const { browser } = await itself(second);
    const passkeys = people.city.storage.database.collection<{ _id: string }>('passkeyCredentials');
    await passkeys.insertOne({ _id: entityId });
    const domain = mandatesOf(people.city);
    const [mandate] = await domain.mandates.leaders(entityId);
    if (mandate) await domain.end(mandate, 'representative_changed');
    await expect.poll(() => isIn(browser)).toBe(false);
    expect((await itself(second)).page.status).toBe(422);
    expect(await passkeys.countDocuments({ _id: entityId })).toBe(0);
    expect((await open('lin', 'history')).body).toContain('停用单位密码');
  });
});
