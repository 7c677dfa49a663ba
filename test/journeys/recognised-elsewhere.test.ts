// A citizen of the neighbouring city in the systems of this one, recognised through the province: three
// platforms, a department's system, and a telephone with a real browser.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { otpOf } from '../support/city-browser.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { Telephone } from '../support/telephone.ts';
import { startThreePlatforms } from '../support/three-platforms.ts';
import type { ThreePlatforms } from '../support/three-platforms.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const databases = {
  city: migratedDatabase().uri,
  province: migratedDatabase().uri,
  neighbour: migratedDatabase().uri,
};
const zhao = { certificate_type: '111', certificate_number: '44000019781123004X' };

let at: ThreePlatforms;
let browser: Browser;

beforeAll(async () => {
  [at, browser] = await Promise.all([
    startThreePlatforms(databases, {
      city: [{ login: 'zhaoyangben', name: '赵样本', totpSecret: TOTP_SECRET, fields: zhao }],
      neighbour: [
        { login: 'chenlinshi', name: '陈邻市', level: 4, totpSecret: TOTP_SECRET },
        { login: 'zhaolinshi', name: '赵样本', totpSecret: TOTP_SECRET, fields: zhao },
      ],
    }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await at.stop();
});

/** Presses a button or link, and waits for this page of that platform, however many lie between. */
async function go(
  { page }: Telephone,
  id: string,
  { to, screen }: { to: string; screen: string },
): Promise<void> {
  await page.click(`[id="${id}"]`);
  await page.waitForURL((url) => url.href.startsWith(to));
  await page.waitForSelector(`body[data-page="${screen}"]`);
  await page.waitForLoadState();
}

/** Nobody on the way knows the person any more. */
async function comeToSignIn(person: Telephone): Promise<void> {
  await person.goTo(`${at.department}/sign-in`);
  await person.press('by-province');
  expect(await person.page.innerText('.brand')).toBe('省统一身份认证平台');
  await person.press('by-neighbour');
  expect(await person.page.innerText('.brand')).toBe('邻市统一身份认证平台');
  expect(await person.screen()).toBe('sign-in');
}

/** From the department's system to the neighbouring city, and back to the province for the first time. */
async function comeFromNeighbour(person: Telephone, account: CityAccount): Promise<void> {
  await comeToSignIn(person);
  const { login, password } = account;
  await person.press('sign-in', { login, password });
  await person.fill({ otp: await otpOf(account) });
  await go(person, 'verify', { to: at.province.issuer, screen: 'federation-arrival' });
}

it('a stranger reads what is told, agrees, is signed in at the level of the cap, and out on both sides', async () => {
  const chen = await Telephone.take(browser, at.city, { hasScript: true });
  await comeFromNeighbour(chen, at.neighbour.account('chenlinshi'));
  expect(await chen.text()).toContain('四级');
  await go(chen, 'create', { to: at.city.issuer, screen: 'federation-arrival' });
  expect(await chen.text()).toContain('三级');
  expect(await chen.text()).toContain('最多认可到这一级');
  await go(chen, 'create', { to: at.department, screen: 'home' });
  expect(await chen.text()).toContain('3 级 · 实人核验');
  await chen.press('sign-out');
  await go(chen, 'sign-out-everywhere', { to: at.province.issuer, screen: 'sign-out-confirm' });
  // Each asks for itself, and leads back to the one before.
  await go(chen, 'sign-out-everywhere', { to: at.neighbour.issuer, screen: 'sign-out-confirm' });
  await go(chen, 'sign-out-confirm', { to: at.department, screen: 'signed-out' });
  await comeToSignIn(chen);
  await chen.putAway();
});

it('who has an account proves it, and finds the link there', async () => {
  const zhao = await Telephone.take(browser, at.city, { hasScript: false });
  await comeFromNeighbour(zhao, at.neighbour.account('zhaolinshi'));
  await go(zhao, 'create', { to: at.city.issuer, screen: 'federation-arrival' });
  expect(await zhao.text()).toContain('在本市已有账户');
  await zhao.press('prove');
  await zhao.signIn(at.city.account('zhaoyangben'));
  expect(await zhao.screen()).toBe('federation-bind');
  await go(zhao, 'bind', { to: at.department, screen: 'home' });
  await zhao.goTo('/account/links');
  expect(await zhao.text()).toContain('省统一身份认证');
  await zhao.putAway();
});
