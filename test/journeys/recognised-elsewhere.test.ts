// A citizen of the neighbouring city in the systems of this one, recognised through the province, in each of
// the three construction modes: three platforms, a department's system, and a telephone with a real browser.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RegistrationMode } from '../../src/platform/registration-mode-config.ts';
import { launchBrowser } from '../support/browser.ts';
import { changeMode } from '../support/change-mode.ts';
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

/** Each has an account of level 2 in this city, and one of level 4 in the neighbouring city. */
const people: Record<RegistrationMode, { login: string; name: string; number: string }> = {
  independent: { login: 'zhaofenjian', name: '赵分建', number: '440000198001010015' },
  embedded: { login: 'qiantongfen', name: '钱统分', number: '440000198001010031' },
  centralized: { login: 'suntongjian', name: '孙统建', number: '44000019781123004X' },
};
const known = (level: 2 | 4) =>
  Object.values(people).map(({ login, name, number }) => {
    const fields = { certificate_type: '111', certificate_number: number };
    return { login, name, level, totpSecret: TOTP_SECRET, fields };
  });
const stranger = {
  login: 'chenlinshi',
  name: '陈邻市',
  level: 4,
  totpSecret: TOTP_SECRET,
} as const;

let at: ThreePlatforms;
let browser: Browser;

beforeAll(async () => {
  [at, browser] = await Promise.all([
    startThreePlatforms(databases, { city: known(2), neighbour: [...known(4), stranger] }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await at.stop();
});

/** Presses a button or link, and waits for this page of that platform, however many lie between. */
async function go(
  person: Telephone,
  id: string,
  { to, screen }: { to: string; screen: string },
): Promise<void> {
  await person.page.click(`[id="${id}"]`);
  await person.arriveAt(to, screen);
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

/** From the department's system to the neighbouring city, and over the province to this one. */
async function comeFromNeighbour(person: Telephone, account: CityAccount): Promise<void> {
  await comeToSignIn(person);
  const { login, password } = account;
  await person.press('sign-in', { login, password });
  await person.fill({ otp: await otpOf(account) });
  await go(person, 'verify', { to: at.province.issuer, screen: 'federation-arrival' });
  expect(await person.text()).toContain('四级');
  await go(person, 'create', { to: at.city.issuer, screen: 'federation-arrival' });
  expect(await person.text()).toContain('三级');
  expect(await person.text()).toContain('最多认可到这一级');
}

/** At the department's system; each platform on the way asks for itself, and leads back to the one before. */
async function signOutEverywhere(person: Telephone): Promise<void> {
  await person.goTo(at.department);
  await person.press('sign-out');
  await go(person, 'sign-out-everywhere', { to: at.province.issuer, screen: 'sign-out-confirm' });
  await go(person, 'sign-out-everywhere', { to: at.neighbour.issuer, screen: 'sign-out-confirm' });
  await go(person, 'sign-out-confirm', { to: at.department, screen: 'signed-out' });
}

/** What the sign-in page of the city offers a person. */
async function waysIn(person: Telephone): Promise<{ ways: string[]; hasPassword: boolean }> {
  await person.goTo(`${at.department}/sign-in`);
  const links = await person.page.locator('main a.button').all();
  const ways = await Promise.all(links.map(async (link) => String(await link.getAttribute('id'))));
  const hasPassword = (await person.page.locator('#password').count()) === 1;
  return { ways, hasPassword };
}

it.each([
  ['independent', { ways: ['by-code', 'by-province'], hasPassword: true }],
  ['embedded', { ways: ['by-province', 'by-code'], hasPassword: true }],
  ['centralized', { ways: ['by-province', 'local'], hasPassword: false }],
] as const)(
  'who has an account here (%s) proves it, finds the link in it, and is signed out on every side',
  async (mode, offered) => {
    await changeMode(at.city, mode, 'province');
    const { login } = people[mode];
    const person = await Telephone.take(browser, at.city, { hasScript: true });
    expect(await waysIn(person)).toEqual(offered);
    await comeFromNeighbour(person, at.neighbour.account(login));
    expect(await person.text()).toContain('在本市已有账户');
    await person.press('prove');
    await person.signIn(at.city.account(login));
    expect(await person.screen()).toBe('federation-bind');
    await go(person, 'bind', { to: at.department, screen: 'home' });
    expect(await person.text()).toContain('3 级 · 实人核验');
    await person.goTo('/account/links');
    expect(await person.heading()).toBe('关联的身份');
    expect(await person.text()).toContain('省统一身份认证');
    expect(await person.text()).toContain('三级');
    await signOutEverywhere(person);
    await person.goTo('/account/links');
    expect(await person.screen()).toBe('sign-in');
    await comeToSignIn(person);
    await person.putAway();
  },
);

it('in 统建 whoever is linked signs in at the province alone, and a stranger becomes a shadow', async () => {
  await changeMode(at.city, 'centralized', 'province');
  const sun = await Telephone.take(browser, at.city, { hasScript: false });
  await sun.goTo(`${at.department}/sign-in`);
  await sun.press('local');
  await sun.signIn(at.city.account(people.centralized.login));
  expect(await sun.screen()).toBe('at-province');
  await sun.putAway();
  const chen = await Telephone.take(browser, at.city, { hasScript: true });
  await comeFromNeighbour(chen, at.neighbour.account(stranger.login));
  await go(chen, 'create', { to: at.department, screen: 'home' });
  expect(await chen.text()).toContain('3 级 · 实人核验');
  await chen.goTo('/account');
  expect(await chen.text()).toContain('由“省统一身份认证”核验和保存');
  await chen.putAway();
});
