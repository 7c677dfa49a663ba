// The first five minutes, on the whole demonstration city in a real browser: one sign-in, three
// systems, one sign-out; and somebody without an account, from the sign-up to the strictest system.
import { access, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'otplib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { launchBrowser } from '../support/browser.ts';
import { readLiving, readPids, startDemoCity, stopDemoCity } from '../support/demo-city.ts';
import type { DemoCityPlace, DemoCityRun } from '../support/demo-city.ts';
import {
  fillOneTimeCode,
  fillPassword,
  pageName,
  readDemoAccount,
  sitesOf,
} from '../support/demo-visit.ts';
import {
  codeInInbox,
  firstPasswordInInbox,
  look,
  register,
  verify,
} from '../support/demo-newcomer.ts';
import { findFreePortBlock } from '../support/free-ports.ts';
import { quickestFolder } from '../support/quickest-folder.ts';

const patience = { timeout: 60_000 };
const newcomerPatience = { timeout: 120_000 };

let place: DemoCityPlace;
let city: DemoCityRun;
let browser: Browser;

beforeAll(async () => {
  const dataFolder = await mkdtemp(join(await quickestFolder(), 'hutong-journey-'));
  place = { dataFolder, firstPort: await findFreePortBlock() };
  [city, browser] = await Promise.all([startDemoCity(place), launchBrowser()]);
}, 90_000);

afterAll(async () => {
  await browser.close();
  await stopDemoCity(city);
  await rm(place.dataFolder, { recursive: true, force: true });
}, 30_000);

async function visit(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return page;
}

/** Signs in at the portal and opens the two other systems from there. */
async function openAllSystems(page: Page, login: string): Promise<void> {
  const person = await readDemoAccount(place, login);
  const { portal } = sitesOf(place);
  await page.goto(portal);
  await page.click('#sign-in');
  await fillPassword(page, person);
  expect(page.url()).toBe(portal);
  await page.click('#open-department');
  expect(await pageName(page)).toBe('second-factor');
  await fillOneTimeCode(page, person);
  expect(await pageName(page)).toBe('home');
  await page.goto(portal);
  await page.click('#open-service-hall');
  if ((await pageName(page)) === 'consent') await page.click('#consent-accept');
  expect(await pageName(page)).toBe('home');
}

async function isSignedIn(page: Page, address: string): Promise<boolean> {
  await page.goto(address);
  return (await page.$('#sign-out')) !== null;
}

describe.each([
  { title: 'with script', javaScriptEnabled: true, login: 'wangyanshi' },
  // Another person: a one-time code opens once, also in another browser.
  { title: 'without script', javaScriptEnabled: false, login: 'sunmoni' },
])('a citizen $title', ({ javaScriptEnabled, login }) => {
  it('signs in once, opens three systems, and signs out of all of them', patience, async () => {
    const context = await browser.newContext({ javaScriptEnabled, locale: 'zh-CN' });
    const page = await visit(context);
    const { portal, department, serviceHall } = sitesOf(place);
    await openAllSystems(page, login);
    for (const site of [portal, department, serviceHall]) {
      expect(await isSignedIn(page, site)).toBe(true);
    }
    await page.click('#sign-out');
    expect(await pageName(page)).toBe('sign-out-confirm');
    await page.click('#sign-out-confirm');
    // The two others are told by back channel; the one that asked, a few seconds later.
    for (const site of [portal, department, serviceHall]) {
      await expect.poll(() => isSignedIn(page, site), { timeout: 10_000 }).toBe(false);
    }
    await page.goto(portal);
    await page.click('#sign-in');
    expect(await pageName(page)).toBe('sign-in');
    await context.close();
  });
});

it('the portal in English leads to an English sign-in', patience, async () => {
  const context = await browser.newContext({ locale: 'en' });
  const page = await visit(context);
  await page.goto(sitesOf(place).portal);
  await page.click('#sign-in');
  expect(await page.getAttribute('html', 'lang')).toBe('en');
  expect(await page.textContent('h1')).toBe('Sign in');
  await context.close();
});

// Somebody who has never seen the city, on a phone, with only the inbox.
describe('a newcomer', () => {
  it(
    'registers, is verified twice, makes a passkey and reaches the department system',
    newcomerPatience,
    async () => {
      const [, newcomer] = samplePeople;
      if (!newcomer) throw new Error('the register knows nobody');
      const phone = '17655550001';
      const { department, city: issuer } = sitesOf(place);
      const page = await register(
        { browser, place },
        { phone, site: department, options: { locale: 'zh-CN' } },
      );
      expect(await pageName(page)).toBe('level-unmet');
      await verify(page, newcomer);
      await page.click('#onward');
      expect(await pageName(page)).toBe('contact-code');
      await page.click('#send-code');
      await page.fill('#code', await codeInInbox(place, page, phone));
      await page.click('#verify');
      expect(await pageName(page)).toBe('totp-enrol');
      await look(page);
      await page.click('#passkey-enrol');
      await page.waitForURL(department);
      expect(await page.textContent('#level')).toContain('3');
      await page.goto(`${issuer}account/agreements`);
      expect(await page.locator('h2', { hasText: '实名注册协议' }).count()).toBe(1);
      await page.context().close();
    },
  );

  it(
    'registers in English without script, and is at once signed in at the portal',
    patience,
    async () => {
      const { portal: site } = sitesOf(place);
      const page = await register(
        { browser, place },
        { phone: '17655550002', site, options: { locale: 'en', javaScriptEnabled: false } },
      );
      expect(new URL(page.url()).origin).toBe(new URL(sitesOf(place).portal).origin);
      await page.context().close();
    },
  );
});

// The whole way of a department's administrator: two factors, a joiner who signs in, a mover, a leaver.
describe('an administrator of a department', () => {
  it(
    'adds somebody, moves her, and lets her leave: she is out at once',
    newcomerPatience,
    async () => {
      const { city: issuer, department } = sitesOf(place);
      const administrator = await readDemoAccount(place, 'sunguanli');
      const page = await visit(await browser.newContext({ locale: 'zh-CN' }));
      await page.goto(`${issuer}departments`);
      await fillPassword(page, administrator);
      await fillOneTimeCode(page, administrator);
      expect(await pageName(page)).toBe('departments-people');
      expect(await page.textContent('main')).toContain('钱预算');
      expect(await page.textContent('main')).not.toContain('吴审核');
      await page.click('#join');
      await page.fill('#user_name', 'zhao.xinlai');
      await page.fill('#name', '赵新来');
      await page.click('#save');
      expect(await page.textContent('.error-summary')).toContain('部门');
      expect(await page.inputValue('#name')).toBe('赵新来');
      await page.selectOption('#department', { label: '示例市财政局 / 预算科 (CZJ-YS)' });
      await page.fill('#phone', '17655550003');
      await page.click('#save');
      expect(await pageName(page)).toBe('departments-person');
      const address = page.url().replace(/\?.*$/u, '');
      const member = await visit(await browser.newContext({ locale: 'zh-CN' }));
      await firstSignIn(member, { login: 'zhao.xinlai', phone: '17655550003' });
      const row = '[data-claim="civil_servant"]';
      expect(await member.textContent(row)).toContain('预算科');
      await page.goto(`${address}/change`);
      await page.selectOption('#department', { label: '示例市财政局 / 国库科 (CZJ-GK)' });
      await page.click('#save');
      expect(await page.textContent('main')).toContain('国库科');
      await page.goto(`${address}/end`);
      await page.click('#do-step');
      expect(await pageName(page)).toBe('departments-people');
      expect(await page.textContent('main')).not.toContain('赵新来');
      await expect.poll(() => isSignedIn(member, department), { timeout: 10_000 }).toBe(false);
      await member.click('#sign-in');
      expect(await pageName(member)).toBe('sign-in');
      await Promise.all([page.context().close(), member.context().close()]);
    },
  );
});

// The last one, for nothing is left of the city then.
it('ends in order when it is asked to', patience, async () => {
  const pids = await readPids(place);
  expect(await stopDemoCity(city)).toBe(0);
  expect(await readLiving(pids)).toEqual([]);
  await expect(access(join(place.dataFolder, 'demo.json'))).rejects.toMatchObject({
    code: 'ENOENT',
  });
});

/** At the department system, with the password from the message, and everything that asks for. */
async function firstSignIn(page: Page, { login, phone }: { login: string; phone: string }) {
  const { department } = sitesOf(place);
  const password = await firstPasswordInInbox(place, page, phone);
  await page.goto(department);
  await page.click('#sign-in');
  await fillPassword(page, { login, password });
  expect(await pageName(page)).toBe('contact-code');
  await page.click('#send-code');
  await page.fill('#code', await codeInInbox(place, page, phone));
  await page.click('#verify');
  expect(await pageName(page)).toBe('totp-enrol');
  const secret = (await page.textContent('#totp-secret'))?.replaceAll(' ', '') ?? '';
  await page.fill('#otp', await generate({ secret }));
  await page.click('#enrol');
  expect(await pageName(page)).toBe('new-password');
  await page.fill('#new-password', 'Grey-bricks+7-lanterns');
  await page.fill('#repeat-password', 'Grey-bricks+7-lanterns');
  await page.click('#save-password');
  await page.waitForURL(department);
}
