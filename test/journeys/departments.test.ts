// The pages of a department's administrator over HTTP: who is let in, that nothing beyond the own part can
// be told from nothing at all, and a day's work: joiner, mover, leaver, two administrators at one person.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccountRoles } from '../../src/accounts/account-role-store.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { HttpVisitor } from '../support/http-visitor.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { DEPARTMENT, ENTERPRISE, ScimClient, scimClientFields } from '../support/scim-client.ts';

const { uri } = migratedDatabase();
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const NOBODY = '/departments/people/AAAAAAAAAAAAAAAAAAAAAA';
let city: CityNode;
let scim: ScimClient;
let sun: CityBrowser;
let qian: CityBrowser;
let bureau: string;
let budget: string;
let school: string;
let serial = 0;

beforeAll(async () => {
  const staff = (login: string) =>
    ({ login, kind: 'civilServant', totpSecret: TOTP_SECRET }) as const;
  city = await startCityNode({ mongodbUri: uri, accounts: ['sun', 'qian', 'clerk'].map(staff) });
  await city.addClients([scimClientFields('hr', city.issuer)]);
  scim = await vi.waitFor(() => ScimClient.of(city, 'hr'), 10_000);
  const added = async (displayName: string, code: string, parent?: string) => {
    const department = { code, ...(parent === undefined ? {} : { parent: { value: parent } }) };
    return (await scim.group({ displayName, [DEPARTMENT]: department })).body.id;
  };
  bureau = await added('财政局', 'CZJ');
  budget = await added('预算科', 'CZJ-YS', bureau);
  school = await added('教育局', 'JYJ');
  const role = { role: 'departmentAdministrator', isGranted: true, departmentId: bureau } as const;
  for (const login of ['sun', 'qian']) {
    await new AccountRoles(city.storage).change(city.account(login).id, role);
  }
  // Once each: an authenticator's code works once.
  sun = (await visitAccountCentre(city, 'sun', '/departments')).browser;
  qian = (await visitAccountCentre(city, 'qian', '/departments')).browser;
});
afterAll(() => city.stop());

async function entered(department: string, fields: object = {}) {
  serial += 1;
  const phone = `+861390022${String(serial).padStart(4, '0')}`;
  const reply = await scim.user({
    userName: `worker.${serial}`,
    name: { formatted: `工人${serial}` },
    phoneNumbers: [{ value: phone, type: 'mobile' }],
    [ENTERPRISE]: { department },
    ...fields,
  });
  expect(reply.status).toBe(201);
  const entry = await entries().findOne({ _id: reply.body.id });
  const path = `/departments/people/${reply.body.id}`;
  return { path, phone, name: `工人${serial}`, accountId: entry?.accountId ?? '' };
}

const entries = () =>
  city.storage.database.collection<{ _id: string; accountId: string }>('staffEntries');
const accounts = () => city.storage.database.collection<{ _id: string }>('accounts');
const refusals = (reason: string) =>
  city.storage.database.collection('auditRecords').countDocuments({
    type: 'directory.refused',
    actor: city.account('sun').id,
    reason,
  });
const pagesOf = (path: string) => [
  path,
  ...['change', 'suspend', 'resume', 'end', 'invite', 'password'].map((page) => `${path}/${page}`),
];
/** Without what is another on every answer. */
const seen = ({ status, body }: { status: number; body: string }) => [
  status,
  body.replaceAll(/nonce="[^"]*"|value="[^"]*"|href="[^"]*"|action="[^"]*"/gu, ''),
];

describe('who is let in', () => {
  it('nobody without a department, and nobody who is not signed in', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'clerk', '/departments');
    expect([visit.status, pageName(visit)]).toEqual([403, 'departments-not-administrator']);
    for (const path of ['/departments/new', ...pagesOf(NOBODY)]) {
      expect((await browser.open(path)).status).toBe(403);
      expect(pageName(await new CityBrowser(city.issuer).open(path))).toBe('sign-in');
    }
    const { fields: token } = readForm(await browser.open('/account'), 'sign-out');
    for (const path of ['/departments/new', `${NOBODY}/end`, `${NOBODY}/change`]) {
      const url = new URL(path, city.issuer);
      expect((await browser.visitor.submit(url, { ...token, revision: '1' })).status).toBe(403);
      expect((await new HttpVisitor().submit(url, { revision: '1' })).status).toBe(400);
    }
  });

  it('an administrator whose role is taken away is out with the next click', async () => {
    const withRole = await accounts().findOne({ _id: city.account('qian').id });
    await accounts().updateOne({ _id: city.account('qian').id }, { $set: { roles: [] } });
    expect((await qian.open('/departments')).status).toBe(403);
    const roles = (withRole as unknown as { roles: string[] }).roles;
    await accounts().updateOne({ _id: city.account('qian').id }, { $set: { roles } });
    expect((await qian.open('/departments')).status).toBe(200);
  });
});

describe('beyond the own part', () => {
  it('somebody there and nobody at all are refused alike, on record, and nothing happens', async () => {
    const foreign = await entered('JYJ');
    const own = await entered('CZJ-YS');
    const list = await sun.open('/departments');
    expect(list.body).toContain(own.name);
    expect(list.body).not.toContain(foreign.name);
    expect(list.body).not.toContain('教育局');
    expect((await sun.open(`/departments?search=${foreign.name}`)).body).not.toContain(
      foreign.path,
    );
    expect((await sun.open(`/departments?department=${school}`)).status).toBe(404);
    for (const [index, path] of pagesOf(foreign.path).entries()) {
      const answers = [await sun.open(path), await sun.open(pagesOf(NOBODY)[index] ?? '')];
      expect(answers[0]?.status).toBe(404);
      expect(seen(answers[0] as never)).toEqual(seen(answers[1] as never));
    }
    const { fields } = readForm(await sun.open('/account'), 'sign-out');
    for (const page of ['change', 'suspend', 'end', 'password']) {
      const url = new URL(`${foreign.path}/${page}`, city.issuer);
      const body = { ...fields, revision: '1', name: '别人', department: budget };
      expect((await sun.visitor.submit(url, body)).status).toBe(404);
    }
    expect((await city.accountStore.findById(foreign.accountId))?.isActive).toBe(true);
    expect(await refusals('outside_subtree')).toBeGreaterThan(0);
  });

  it('nobody is moved there, and nobody joins there', async () => {
    const { path } = await entered('CZJ-YS');
    const form = await sun.open(`${path}/change`);
    expect(form.body).not.toContain(school);
    const moved = await sun.press(form, 'save', { name: '周', department: school });
    expect(moved.status).toBe(422);
    const fields = { user_name: 'new.comer', name: '新', department: school, phone: '13900330001' };
    expect((await sun.press(await sun.open('/departments/new'), 'save', fields)).status).toBe(422);
  });
});

describe('a day of work', () => {
  it('a joiner, with what was typed kept where it is refused', async () => {
    const page = await sun.open('/departments/new');
    const typed = { user_name: 'li.hua', name: '李华', department: budget, post: '科员' };
    const wrong = await sun.press(page, 'save', typed);
    expect(wrong.status).toBe(422);
    expect(wrong.body).toContain('value="李华"');
    const joined = await sun.press(wrong, 'save', { ...typed, phone: '13900330002' });
    expect([joined.status, pageName(joined)]).toEqual([200, 'departments-person']);
    const again = await sun.press(page, 'save', { ...typed, phone: '13900330003' });
    expect([again.status, again.body.includes('href="#user_name"')]).toEqual([422, true]);
    const inYs = await sun.open(`/departments?department=${budget}&search=李华`);
    expect(inYs.body).toContain('li.hua');
  });

  it('a mover, and a contact that somebody else has', async () => {
    const other = await entered('CZJ');
    const { path, name, phone } = await entered('CZJ-YS', { title: '科员' });
    const form = await sun.open(`${path}/change`);
    const typed = { name, phone, department: bureau, post: '科长' };
    const taken = await sun.press(form, 'save', { ...typed, phone: other.phone });
    expect([taken.status, taken.body.includes('href="#phone"')]).toEqual([422, true]);
    const saved = await sun.press(taken, 'save', typed);
    expect(saved.body).toContain('科长');
    expect((await scim.get(`/Users/${path.split('/').at(-1)}`)).body).toMatchObject({
      title: '科长',
      [ENTERPRISE]: { department: 'CZJ' },
    });
  });

  it('two administrators at one person: the second is told, and loses nothing', async () => {
    const { path, name, phone } = await entered('CZJ-YS');
    const [first, second] = [await sun.open(`${path}/change`), await qian.open(`${path}/change`)];
    const typed = { name, phone, department: budget };
    expect((await sun.press(first, 'save', { ...typed, post: '主任' })).status).toBe(200);
    const told = await qian.press(second, 'save', { ...typed, post: '副主任' });
    expect(told.status).toBe(409);
    expect(told.body).toContain('value="副主任"');
    expect(told.body).toContain('<dd>主任</dd>');
    const saved = await qian.press(told, 'save', { ...typed, post: '副主任' });
    expect([saved.status, saved.body.includes('副主任')]).toEqual([200, true]);
  });

  it('a leaver: out at once, back again, and off the list', async () => {
    const { path, accountId, name } = await entered('CZJ-YS');
    const take = async (step: string) => sun.press(await sun.open(`${path}/${step}`), 'do-step');
    const isActive = async () => (await city.accountStore.findById(accountId))?.isActive;
    const stale = await sun.open(`${path}/end`);
    const suspended = await take('suspend');
    expect([await isActive(), suspended.body.includes('data-tone="notice"')]).toEqual([
      false,
      true,
    ]);
    expect((await sun.press(stale, 'do-step')).status).toBe(409);
    await take('resume');
    expect(await isActive()).toBe(true);
    const ended = await take('end');
    expect([pageName(ended), await isActive()]).toEqual(['departments-people', false]);
    expect(ended.body).not.toContain(name);
    expect((await sun.open(path)).status).toBe(404);
  });

  it('another first password, by message or by hand, until the person has one', async () => {
    const { path, accountId } = await entered('CZJ-YS');
    const passwords = city.storage.database.collection<{ _id: string; revision: number }>(
      'passwordCredentials',
    );
    const revision = async () => (await passwords.findOne({ _id: accountId }))?.revision;
    await expect.poll(revision, { timeout: 10_000 }).toBe(1);
    await sun.press(await sun.open(`${path}/invite`), 'do-step');
    expect(await revision()).toBe(2);
    const shown = await sun.press(await sun.open(`${path}/password`), 'do-step');
    expect(shown.body).toMatch(/id="first-password">[A-Z][a-z]{3}-/u);
    expect(shown.headers.get('cache-control')).toContain('no-store');
    const own = { $unset: { validUntil: 1 as const } };
    await passwords.updateOne({ _id: accountId }, own);
    const form = await sun.open(`${path}/invite`);
    expect((await sun.press(form, 'do-step')).status).toBe(409);
  });
});

describe('who must not be touched', () => {
  it('a holder of one of the three powers, and oneself', async () => {
    const { path, accountId, phone } = await entered('CZJ-YS');
    const forms = new Map<string, Awaited<ReturnType<CityBrowser['open']>>>();
    for (const step of ['suspend', 'end', 'password', 'invite']) {
      forms.set(step, await sun.open(`${path}/${step}`));
    }
    await accounts().updateOne({ _id: accountId }, { $set: { roles: ['auditAdministrator'] } });
    for (const form of forms.values()) expect((await sun.press(form, 'do-step')).status).toBe(403);
    expect((await sun.open(`${path}/change`)).status).toBe(403);
    expect(await city.accountStore.findById(accountId)).toMatchObject({ isActive: true, phone });
    expect(await refusals('holds_power')).toBeGreaterThan(0);
    const own = await entries().findOne({ _id: path.split('/').at(-1) ?? '' });
    await accounts().updateOne({ _id: accountId }, { $set: { roles: [] } });
    const self = { $set: { accountId: city.account('sun').id } };
    await entries().updateOne({ _id: own?._id ?? '' }, self);
    expect((await sun.open(`${path}/end`)).status).toBe(403);
    await entries().updateOne({ _id: own?._id ?? '' }, { $set: { accountId } });
  });

  it('who administers departments outside the own part, wherever they work', async () => {
    const { path, accountId } = await entered('CZJ-YS');
    const form = await sun.open(`${path}/end`);
    const administering = (administers: string[]) =>
      accounts().updateOne(
        { _id: accountId },
        { $set: { roles: ['departmentAdministrator'], administers } },
      );
    await administering([budget, school]);
    expect((await sun.press(form, 'do-step')).status).toBe(403);
    expect((await sun.open(path)).body).toContain('还管理您范围以外的部门');
    expect(await refusals('administers_beyond')).toBeGreaterThan(0);
    expect(await city.accountStore.findById(accountId)).toMatchObject({ isActive: true });
    await administering([budget]);
    expect((await sun.press(form, 'do-step')).status).toBe(200);
    expect(await city.accountStore.findById(accountId)).toMatchObject({ isActive: false });
  });

  it('the contacts of who holds a role', async () => {
    const { path, accountId, name, phone } = await entered('CZJ-YS');
    await accounts().updateOne({ _id: accountId }, { $set: { roles: ['reviewer'] } });
    const form = await sun.open(`${path}/change`);
    const typed = { name, phone: '13900339999', department: budget, post: '科员' };
    expect((await sun.press(form, 'save', typed)).status).toBe(422);
    expect((await sun.press(form, 'save', { ...typed, phone })).status).toBe(200);
    expect((await city.accountStore.findById(accountId))?.phone).toBe(phone);
  });
});

describe('a sign-in that is too old', () => {
  it('saves nothing and keeps what was typed; a page asks for it before', async () => {
    const { path, name } = await entered('CZJ-YS');
    const form = await sun.open(`${path}/change`);
    city.clock.advance(500);
    await sun.open(path);
    city.clock.advance(500);
    const told = await sun.press(form, 'save', { name: '另一个名字', department: budget });
    expect([told.status, pageName(told)]).toEqual([401, 'departments-person-form']);
    expect(told.body).toContain('value="另一个名字"');
    expect((await sun.open(path)).body).toContain(name);
    expect(pageName(await sun.open(`${path}/end`))).not.toBe('departments-step');
  });
});
