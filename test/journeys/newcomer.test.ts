// Somebody who has never seen the city, on a phone in a real browser, with only the inbox: registers,
// is verified, makes a passkey and gets into the system that demands all of it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { samplePeople } from '../../src/demo/registers/people.ts';
import { violations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { startDemoCity, stopDemoCity } from '../support/demo-city.ts';
import type { DemoCityPlace, DemoCityRun } from '../support/demo-city.ts';
import { pageName, sitesOf } from '../support/demo-visit.ts';
import { findFreePortBlock } from '../support/free-ports.ts';
import { NEW_PASSWORD } from '../support/newcomer.ts';
import { openPasskeyPerson } from '../support/passkey-person.ts';
import { measure } from '../support/page-measures.ts';

const patience = { timeout: 120_000 };

let place: DemoCityPlace;
let city: DemoCityRun;
let browser: Browser;

beforeAll(async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-newcomer-'));
  place = { dataFolder, firstPort: await findFreePortBlock() };
  [city, browser] = await Promise.all([startDemoCity(place), launchBrowser()]);
}, 90_000);

afterAll(async () => {
  await browser.close();
  await stopDemoCity(city);
  await rm(place.dataFolder, { recursive: true, force: true });
}, 30_000);

async function codeInInbox(page: Page, digits: string): Promise<string> {
  const inbox = await page.context().newPage();
  const codes: string[] = [];
  await expect
    .poll(
      async () => {
        await inbox.goto(sitesOf(place).inbox);
        const message = inbox.locator('article, li', { hasText: digits }).first();
        const text = (await message.count()) > 0 ? await message.innerText() : '';
        codes.push(
          ...(/验证码\s*(\d{6})|code is (\d{6})/u.exec(text) ?? []).slice(1).filter(Boolean),
        );
        return codes.length;
      },
      { timeout: 15_000 },
    )
    .toBeGreaterThan(0);
  await inbox.close();
  return codes.at(-1) ?? '';
}

/** Nothing axe objects to, nothing cut off. */
async function look(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([]);
  expect(await measure(page, { leastType: 14, leastTarget: 44 })).toEqual([]);
}

async function register(
  options: BrowserContextOptions,
  { phone, site }: { phone: string; site: string },
): Promise<Page> {
  const viewport = { width: 360, height: 740 };
  const { page } = await openPasskeyPerson(browser, { viewport, ...options });
  page.setDefaultTimeout(15_000);
  await page.goto(site);
  await page.click('#sign-in');
  await page.click('#sign-up');
  expect(await pageName(page)).toBe('sign-up-contact');
  if (options.javaScriptEnabled !== false) await look(page);
  await page.fill('#contact', phone);
  await page.click('#send-code');
  expect(await pageName(page)).toBe('sign-up-code');
  if (options.javaScriptEnabled !== false) await look(page);
  await page.fill('#code', await codeInInbox(page, phone));
  await page.click('#verify');
  expect(await pageName(page)).toBe('sign-up-details');
  await page.fill('#new-password', NEW_PASSWORD);
  await page.fill('#repeat-password', NEW_PASSWORD);
  await page.check('#agree');
  if (options.javaScriptEnabled !== false) await look(page);
  await page.click('#register');
  expect(await pageName(page)).toBe('registered');
  if (options.javaScriptEnabled !== false) await look(page);
  await page.click('#onward');
  return page;
}

async function verify(page: Page, { name, number }: { name: string; number: string }) {
  await page.click('#verify-now');
  expect(await pageName(page)).toBe('verification-overview');
  await page.click('#way-match');
  await page.fill('#name', name);
  await page.fill('#number', number);
  await page.click('#match');
  expect(await page.textContent('main')).toContain('二级');
  await page.click('#way-face');
  await page.check('#consent');
  await page.click('#face');
  expect(await pageName(page)).toBe('face-start');
  await page.click('#same-person');
  expect(await page.textContent('main')).toContain('三级');
}

it(
  'registers, is verified twice, makes a passkey and reaches the department system',
  patience,
  async () => {
    const [, newcomer] = samplePeople;
    if (!newcomer) throw new Error('the register knows nobody');
    const phone = '17655550001';
    const { department, city: issuer } = sitesOf(place);
    const page = await register({ locale: 'zh-CN' }, { phone, site: department });
    expect(await pageName(page)).toBe('level-unmet');
    await verify(page, newcomer);
    await page.click('#onward');
    expect(await pageName(page)).toBe('contact-code');
    await page.click('#send-code');
    await page.fill('#code', await codeInInbox(page, phone));
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
      { locale: 'en', javaScriptEnabled: false },
      { phone: '17655550002', site },
    );
    expect(new URL(page.url()).origin).toBe(new URL(sitesOf(place).portal).origin);
    await page.context().close();
  },
);
