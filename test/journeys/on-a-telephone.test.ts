// Each part of an account's life once in a real browser of 360 px, with nothing but the pages, the inbox
// and the registers; with a mistake or a refusal on the way that is mended where it is shown.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { sampleChildren } from '../../src/demo/registers/people.ts';
import { authorizationRequest } from '../support/city-browser.ts';
import type { CityNode } from '../support/city-node.ts';
import { entityOf, named } from '../support/entity-city.ts';
import { photo } from '../support/evidence-samples.ts';
import { linkIn, RECOVERED_PASSWORD } from '../support/forgetful.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { importStockAccount } from '../support/stock-accounts.ts';
import { startTelephoneCity } from '../support/telephone-city.ts';
import type { TelephoneCity } from '../support/telephone-city.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const { uri } = migratedDatabase();
const DAY = 86_400;
let at: TelephoneCity;
let city: CityNode;
let gateway: MessageGateway;

beforeAll(async () => {
  at = await startTelephoneCity(uri);
  ({ city, gateway } = at);
});
afterAll(() => at.stop());

const withScript = () => at.telephone({ hasScript: true });
const withoutScript = () => at.telephone({ hasScript: false });

it('an organisation is registered by its legal representative, renamed and closed by the register', async () => {
  const { name, uscc } = entityOf('赵样本');
  const zhao = await withScript();
  await zhao.goTo('/sign-up?kind=legalEntity');
  await zhao.press('register-entity');
  await zhao.signIn(city.account('zhao'));
  await zhao.press('check', { name, uscc: uscc.slice(0, -1) });
  expect(await zhao.problem()).toContain('统一社会信用代码');
  await zhao.press('check', { uscc });
  expect(await zhao.text()).toContain(name);
  await zhao.press('confirm', { agree: true });
  expect(await zhao.heading()).toBe(name);
  expect(await zhao.page.innerText('[role=status]')).toContain('您现在可以代表它办事');
  expect(await zhao.text()).toContain('三级');
  await zhao.press('space-people');
  await zhao.press('invite');
  await zhao.press('send-invitation', named('赵样本'));
  expect(await zhao.problem()).toContain('您自己的号码');
  await zhao.press('send-invitation', named('林新办'));
  expect(await zhao.text()).toContain('邀请已发出');

  // The register renames the organisation, and then closes it.
  const renamed = '云样板软件（演示）有限公司';
  const told = { timeout: 20_000 };
  await at.registers.changeEntity(uscc, { name: renamed });
  await expect.poll(() => gateway.countOf('zhao@example.com', renamed), told).toBe(1);
  await zhao.goTo('/account/entities');
  await zhao.press('entity-0');
  expect(await zhao.heading()).toBe(renamed);
  expect(await zhao.text()).toContain(name);
  await zhao.press('space-history');
  expect(await zhao.text()).toContain('登记名称变更');
  await at.registers.changeEntity(uscc, { status: 'cancelled' });
  await expect.poll(() => gateway.countOf('zhao@example.com', '已注销'), told).toBe(1);
  await zhao.press('space-profile');
  expect(await zhao.heading()).toBe('法人空间');
  expect(await zhao.text()).not.toContain(renamed);
  await zhao.putAway();
});

it('a child gets an account at a guardian’s word, and loses it with the consent', async () => {
  const [child] = sampleChildren;
  const { name = '', number = '' } = child ?? {};
  const wang = await withoutScript();
  await wang.goTo('/account/children');
  await wang.signIn(city.account('wang'));
  expect(await wang.text()).toContain('还没有添加孩子');
  await wang.press('add-child');
  await wang.confirm(city.account('wang'));
  await wang.press('add', { ...named('王演示'), relation: 'parent', agree: true });
  expect(await wang.problem()).toContain('这是您自己的号码');
  await wang.press('add', { name, number });
  expect(await wang.screen()).toBe('guardianship-child');
  await wang.press('withdraw');
  await wang.press('confirm-withdraw');
  expect(await wang.text()).toContain('孩子的账号已停用');
  await expect.poll(() => gateway.countOf('wang@example.com', '账号已开通')).toBe(1);
  await wang.putAway();
});

it('the privacy centre shows what a system received, stops it, hands out a copy, and an end is taken back', async () => {
  const careful = await withoutScript();
  const account = city.account('careful');
  const pending = authorizationRequest(city.issuer, city.client('archive'));
  await careful.goTo(pending.url.href);
  await careful.signIn(account);
  await careful.leave('consent-accept');
  await careful.goTo('/account/privacy');
  await careful.press('to-received');
  expect(await careful.heading()).toBe('各系统收到的信息');
  expect(await careful.text()).toContain('archive');
  await careful.press('to-services');
  await careful.press('withdraw-0');
  expect(await careful.text()).toContain('已撤回授权');
  await careful.goTo('/account/privacy');
  await careful.press('to-export');
  const [download] = await Promise.all([
    careful.page.waitForEvent('download'),
    careful.page.click('#download-export'),
  ]);
  const copy = JSON.parse(await readFile(await download.path(), 'utf8')) as object;
  expect(JSON.stringify(copy)).toContain('careful@example.com');
  await careful.press('read-export');
  expect(await careful.text()).toContain('careful@example.com');
  await careful.goTo('/account/privacy');
  await careful.press('to-close');
  await careful.press('close-account');
  expect(await careful.problem()).toBeTruthy();
  await careful.press('close-account', { sure: true });
  expect(await careful.screen()).toBe('privacy-closing-begun');
  await careful.goTo('/account');
  await careful.signIn(account);
  expect(await careful.screen()).toBe('privacy-closing-sign-in');
  await careful.press('keep-account');
  expect(await careful.screen()).toBe('account-overview');
  await careful.putAway();
});

it('papers go to staff, who ask for more, and come back as a verified name', async () => {
  const picture = await photo({ width: 320, height: 200 });
  const image = { name: 'passport.jpg', mimeType: 'image/jpeg', buffer: picture };
  const suharto = await withoutScript();
  await suharto.goTo('/verification');
  await suharto.signIn(city.account('suharto'));
  await suharto.press('certificates');
  await suharto.press('type-414');
  const typed = { name: 'Suharto', country: 'IDN', number: 'X7654321' };
  await suharto.press('next', typed);
  expect(await suharto.problem()).toContain('出生');
  await suharto.press('next', { birth_date: '1990-03-07' });
  const drawn = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
  await suharto.upload('page', { ...image, buffer: drawn });
  expect(await suharto.problem()).toContain('不是可以读取的图片');
  for (const slot of ['page', 'holding']) await suharto.upload(slot, image);
  await suharto.press('send', { consent: true });
  expect(await suharto.screen()).toBe('verification-review-status');

  const officer = await withScript();
  const open = async () => {
    await officer.goTo('/review');
    if ((await officer.screen()) === 'sign-in') await officer.signIn(city.account('officer'));
    await officer.press('next');
    await officer.press('approve', { 'approve-reason': 'evidence_clear' });
    expect(await officer.problem()).toContain('请先显示并查看');
    await officer.press('reveal');
    await officer.press('reveal-button', { reason: true });
    expect(await officer.text()).toContain('X7654321');
  };
  await open();
  await officer.press('ask');
  expect(await officer.problem()).toBeTruthy();
  await officer.press('ask', { 'ask-reason': 'file_unreadable', 'ask-note': '右下角被遮住' });
  await expect.poll(() => gateway.countOf('+8617700000005', '补充')).toBe(1);
  await suharto.goTo('/verification/review');
  expect(await suharto.text()).toContain('右下角被遮住');
  await suharto.press('supply');
  expect(await suharto.text()).toContain('右下角被遮住');
  await suharto.upload('page', image);
  await suharto.press('send', { consent: true });
  await open();
  await officer.press('approve', { 'approve-reason': 'evidence_clear' });
  await expect.poll(() => gateway.countOf('+8617700000005', '审核通过')).toBe(1);
  await suharto.goTo('/verification');
  expect(await suharto.text()).toContain('三级');
  await Promise.all([suharto.putAway(), officer.putAway()]);
});

it('an account of an old system is taken over with its old password', async () => {
  const { name, number } = named('𠮷样例');
  await importStockAccount(city.storage, {
    login: 'ji.1992',
    name,
    certificate_type: '111',
    certificate_number: number,
    real_name_level: '2',
    phone: '17700000002',
  });
  const migrant = await withScript();
  await migrant.goTo('/migrate');
  await migrant.follow('a[href="/migrate/from/housing-fund"]');
  await migrant.press('prove', { login: 'ji.1992', password: 'battery staple' });
  expect(await migrant.problem()).toContain('登录名或密码不正确');
  await migrant.press('prove', { login: 'ji.1992', password: 'correct horse' });
  await migrant.press('sign-in-or-up');
  await migrant.signIn(city.account('migrant'));
  await migrant.press('bind');
  expect(await migrant.screen()).toBe('migrate-end');
  await migrant.press('to-account');
  expect(await migrant.text()).toContain('二级');
  await expect.poll(() => gateway.countOf('+8617700000002', '旧账号')).toBe(1);
  await migrant.putAway();
});

// Tokens know the time of the day and no test's: the clock goes back before somebody signs in.
it('two accounts of one person become one, three days after both were signed in to', async () => {
  const person = await withoutScript();
  await person.goTo('/verification');
  await person.signIn(city.account('second'));
  await person.press('way-face');
  const face = named('阿依努尔·示例');
  await person.press('face', { ...face, consent: true });
  await person.press('same-person');
  expect(await person.text()).toContain('没能在网上完成');
  await person.follow('main a[href="/account/merge"]');
  await person.press('begin-merge');
  expect(await person.text()).toContain('请登录您的另一个账户');
  await person.press('sign-in', { login: 'first', password: 'not this one' });
  expect(await person.problem()).toContain('不正确');
  await person.signIn(city.account('first'));
  await person.press('agree-merge');
  expect(await person.text()).toContain('正在等待合并');
  city.clock.advance(3 * DAY + 60);
  await expect.poll(() => gateway.countOf('+8617700000003', '已合并')).toBe(1);
  city.clock.advance(-3 * DAY - 60);
  await person.goTo('/account');
  await person.signIn(city.account('second'));
  expect(await person.problem()).toContain('不正确');
  await person.signIn(city.account('first'));
  expect(await person.screen()).toBe('account-overview');
  await person.putAway();
});

it('who has lost everything is back after a day, with a new telephone number and password', async () => {
  const fresh = '17799990001';
  const elder = await withoutScript();
  await elder.goTo('/account');
  await elder.press('recover');
  await elder.press('send-code', { contact: fresh });
  await elder.press('verify', { code: '000000' });
  expect(await elder.problem()).toContain('验证码');
  await elder.press('verify', { code: await gateway.codeFor(`+86${fresh}`) });
  expect(await elder.heading()).toContain('没有找到');
  await elder.press('by-face');
  await elder.press('face', named('何长者'));
  expect(await elder.problem()).toContain('同意');
  await elder.press('face', { ...named('何长者'), consent: true });
  await elder.press('same-person');
  await elder.press('begin-wait');
  expect(await elder.screen()).toBe('recover-waiting');
  city.clock.advance(DAY + 60);
  const link = () => linkIn(gateway, `+86${fresh}`, '/recover/continue') ?? '';
  await expect.poll(link).not.toBe('');
  await elder.goTo(link());
  await elder.press('confirm');
  const password = { 'new-password': RECOVERED_PASSWORD };
  await elder.press('save-password', { ...password, 'repeat-password': 'another 57' });
  expect(await elder.problem()).toContain('不一样');
  await elder.press('save-password', { ...password, 'repeat-password': RECOVERED_PASSWORD });
  expect(await elder.screen()).toBe('recovered');
  city.clock.advance(-DAY - 60);
  const later = await withScript();
  await later.goTo('/account');
  await later.press('sign-in', { login: fresh, password: RECOVERED_PASSWORD });
  expect(await later.screen()).toBe('account-overview');
  await Promise.all([elder.putAway(), later.putAway()]);
});
