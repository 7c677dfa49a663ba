// The people of a company in a real browser of 360 px, with nothing but the pages, the inbox and what they
// hold in hand: who owns it, who administers it, who handles things for it, and the company itself.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { OWNER_PHONE, startCompanyCity } from '../support/company-city.ts';
import type { CompanyCity } from '../support/company-city.ts';
import { entityOf, named } from '../support/entity-city.ts';
import { photo } from '../support/evidence-samples.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Telephone } from '../support/telephone.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const { uri } = migratedDatabase();
const company = entityOf('赵样本');
const PASSWORD = 'meadow-lantern-41';
let at: CompanyCity;
let zhao: Telephone;
let lin: Telephone;
let chen: Telephone;

beforeAll(async () => {
  at = await startCompanyCity(uri);
});
afterAll(() => at.stop());

/** A telephone on which this person is in the list of organisations. */
async function among(login: string): Promise<Telephone> {
  const telephone = await at.telephone();
  await telephone.goTo('/account/entities');
  await telephone.signIn(at.city.account(login));
  return telephone;
}

/** Out of everything; the page that tells the systems goes on by itself. */
async function leaveHall({ page }: Telephone): Promise<void> {
  await page.click('#sign-out');
  await Promise.all([page.waitForURL(`${at.hall}/signed-out`), page.click('#sign-out-confirm')]);
}

const actingAs = async (telephone: Telephone) =>
  (await telephone.text()).includes(company.name)
    ? telephone.page.locator('#acts-as').allInnerTexts()
    : 'nobody else';

it('the owner registers the company and appoints an administrator', async () => {
  const { name, uscc } = company;
  zhao = await among('zhao');
  await zhao.press('register');
  await zhao.confirm(at.city.account('zhao'));
  await zhao.press('check', { name, uscc });
  await zhao.press('confirm', { agree: true });
  expect(await zhao.heading()).toBe(name);
  await zhao.press('space-people');
  await zhao.press('invite');
  await zhao.press('send-invitation', named('林新办'));
  expect(await zhao.text()).toContain('林*');
});

it('the administrator accepts, makes a department, and invites a handler for named services', async () => {
  lin = await among('lin');
  await lin.press('accept-0');
  await lin.confirm(at.city.account('lin'));
  await lin.press('accept-0');
  await lin.press('entity-0');
  await lin.press('space-sub-accounts');
  await lin.press('make-sub-account');
  await lin.press('make', { name: '财务部' });
  expect(await lin.text()).toContain('请先邀请它的管理员或经办人');
  await lin.press('space-parent');
  await lin.press('space-people');
  await lin.press('invite-handler');
  await lin.press('send-invitation', named('陈体验'));
  expect(await lin.problem()).toContain('请勾选可办的事项');
  await lin.press('send-invitation', { 'services-0': true, 'services-1': true });
  expect(await lin.text()).toContain('企业年度报告、企业变更登记');
});

it('the handler accepts, is at the hall for the company, for himself, and for the company again', async () => {
  chen = await among('chen');
  await chen.press('offer-0');
  await chen.press('accept');
  await chen.confirm(at.city.account('chen'));
  await chen.press('accept');
  await chen.goTo(at.hall);
  await chen.press('sign-in');
  await chen.press('choose', { 'identity-1': true });
  await chen.press('consent-accept', { 'item-0': true });
  expect(await actingAs(chen)).toEqual(['经办人']);
  await chen.goTo('/account/services');
  expect(await chen.text()).toContain(company.name);
  await chen.press('sign-out-of-0');
  await chen.follow(`main a[href^="${at.hall}"]`);
  await chen.press('choose', { identity: true });
  expect(await actingAs(chen)).toBe('nobody else');
  await chen.press('switch-identity');
  await chen.press('choose', { 'identity-1': true });
  expect(await actingAs(chen)).toEqual(['经办人']);
});

it('the administrator sees what is used, ends the mandate, and the handler reads why', async () => {
  await lin.press('space-services');
  expect(await lin.text()).toContain('企业服务专区 · 陈*');
  await lin.press('space-history');
  expect(await lin.text()).toContain('以它的身份办事 · 企业服务专区');
  await lin.press('space-people');
  await lin.press('end-2');
  await lin.press('end-mandate', { note: 'left' });
  expect(await lin.text()).toContain('授权已结束');
  await chen.goTo('/account/entities/mandates');
  expect(await chen.text()).toContain('由授权人结束（已离职或不再负责）');
  await chen.goTo(`${at.hall}/sign-in`);
  expect(await chen.page.innerText('#ended')).toContain('单位收回了授权（已离职或不再负责）');
});

it('another is let in by a code that the owner passes on', async () => {
  const wang = await among('wang');
  await wang.press('ask-to-handle');
  await wang.confirm(at.city.account('wang'));
  const { name, uscc: number } = company;
  await wang.press('send-request', { name, number, 'services-0': true });
  expect(await wang.problem()).toContain('请选择单位怎样同意');
  await wang.press('send-request', { 'way-representative': true });
  expect(await wang.text()).toContain('从单位同意时起');
  await wang.press('prove', { code: '000000' });
  expect(await wang.problem()).toContain('验证码不正确');
  await wang.press('prove', { code: await at.gateway.codeFor(`+86${OWNER_PHONE}`) });
  expect(await wang.text()).toContain('法定代表人收到的验证码');
});

it('one more sends a letter of authority, and reads that it waits', async () => {
  const picture = await photo({ width: 320, height: 200 });
  const letter = { name: 'letter.jpg', mimeType: 'image/jpeg', buffer: picture };
  const ayinuer = await among('ayinuer');
  await ayinuer.press('ask-to-handle');
  await ayinuer.confirm(at.city.account('ayinuer'));
  const asked = { name: company.name, number: company.uscc, 'services-0': true } as const;
  await ayinuer.press('send-request', { ...asked, 'way-letter': true });
  await ayinuer.press('paper');
  expect(await ayinuer.text()).not.toContain('请用浏览器菜单');
  await ayinuer.press('to-upload');
  await ayinuer.press('send', { consent: true });
  expect(await ayinuer.problem()).toContain('还缺少：单位授权书');
  await ayinuer.upload('mandate_letter', letter);
  await ayinuer.press('send', { consent: true });
  expect(await ayinuer.text()).toContain('由两名工作人员分别审核');
});

it('the company signs in by itself: with its password, its licence and its certificate', async () => {
  const { name, uscc } = company;
  await zhao.press('space-profile');
  await zhao.press('to-password');
  await zhao.press('save-password', { 'new-password': `${uscc}-2026` });
  expect(await zhao.problem()).toContain('不要包含单位名称');
  await zhao.press('save-password', { 'new-password': PASSWORD });
  const desk = await at.telephone();
  const begin = async () => {
    await desk.goTo(`${at.hall}/sign-in`);
    await desk.follow('a[href*="kind=legalEntity"]');
  };
  await begin();
  await desk.press('sign-in', { login: uscc, password: PASSWORD });
  await desk.press('consent-accept', { 'item-0': true });
  expect(await actingAs(desk)).toEqual([]);
  await leaveHall(desk);

  await begin();
  await desk.press('by-licence');
  await desk.press('begin-licence');
  const [app] = await Promise.all([desk.page.waitForEvent('popup'), desk.page.click('#present')]);
  expect(await app.innerText('#match-number')).toBe(await desk.page.innerText('#match-number'));
  await app.selectOption('#presenter', { label: '赵样本' });
  await app.selectOption('#uscc', uscc);
  await Promise.all([app.waitForEvent('load'), app.click('#present')]);
  await app.close();
  await desk.press('check-licence');
  expect(await desk.text()).toContain(name);
  await leaveHall(desk);

  await begin();
  await desk.press('by-certificate');
  const text = await desk.page.inputValue('#text');
  const signature = await at.credentials.signByTool(text, { uscc, kind: 'valid' });
  await desk.press('send-signature', { signature });
  expect(await desk.text()).toContain(name);
});
