// A newcomer at the demonstration city in a real browser: registers and is verified with nothing but
// the inbox and what the registers tell of their people.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { violations } from './axe.ts';
import type { DemoCityPlace } from './demo-city.ts';
import { pageName, sitesOf } from './demo-visit.ts';
import { NEW_PASSWORD } from './newcomer.ts';
import { measure } from './page-measures.ts';
import { openPasskeyPerson } from './passkey-person.ts';

export function codeInInbox(place: DemoCityPlace, page: Page, digits: string): Promise<string> {
  return textInInbox({ place, page, digits }, /验证码\s*(\d{6})|code is (\d{6})/u);
}

/** Of somebody whom the staff directory has just entered. */
export function firstPasswordInInbox(
  place: DemoCityPlace,
  page: Page,
  digits: string,
): Promise<string> {
  return textInInbox({ place, page, digits }, /一次性密码：([\w-]+)/u);
}

async function textInInbox(
  { place, page, digits }: { place: DemoCityPlace; page: Page; digits: string },
  pattern: RegExp,
): Promise<string> {
  const inbox = await page.context().newPage();
  const found: string[] = [];
  await expect
    .poll(
      async () => {
        await inbox.goto(sitesOf(place).inbox);
        const messages = inbox
          .locator('article, li', { hasText: digits })
          .filter({ hasText: pattern });
        const text = (await messages.count()) > 0 ? await messages.first().innerText() : '';
        found.push(...(pattern.exec(text) ?? []).slice(1).filter(Boolean));
        return found.length;
      },
      { timeout: 15_000 },
    )
    .toBeGreaterThan(0);
  await inbox.close();
  return found.at(-1) ?? '';
}

/** Nothing axe objects to, nothing cut off. */
export async function look(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([]);
  expect(await measure(page, { leastType: 14, leastTarget: 44 })).toEqual([]);
}

/** At `site`, after everything that a sign-up asks for. */
export async function register(
  { browser, place }: { browser: Browser; place: DemoCityPlace },
  { phone, site, options }: { phone: string; site: string; options: BrowserContextOptions },
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
  await page.fill('#code', await codeInInbox(place, page, phone));
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

/** From the page that says what is missing, by name and number and by face. */
export async function verify(page: Page, { name, number }: { name: string; number: string }) {
  await page.click('#verify-now');
  expect(await pageName(page)).toBe('verification-overview');
  await page.click('#way-population');
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
