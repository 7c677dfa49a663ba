// A device is signed in with a phone, in a real browser: with and without script, in both languages,
// on the smallest screen, and from the address of a QR code.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { deviceClient, Devices } from '../support/devices.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let browser: Browser;
let devices: Devices;

beforeAll(async () => {
  [browser, city] = await Promise.all([
    launchBrowser(),
    startCityNode({
      mongodbUri: uri,
      clients: [deviceClient('kiosk', { client_name: '自助终端', consent: 'ask' })],
      accounts: [{ login: 'zhang' }, { login: 'smith' }],
    }),
  ]);
  devices = new Devices(city);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await city.stop();
});

async function signIn(page: Page, { login, password }: CityAccount): Promise<void> {
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('#sign-in');
}

it.each([
  { locale: 'zh-CN', javaScriptEnabled: true, login: 'zhang' },
  { locale: 'en', javaScriptEnabled: false, login: 'smith' },
])(
  'typed on a small phone in full-width letters, allowed, and told to go back: %o',
  async ({ login, ...options }) => {
    const asked = await devices.ask();
    const context = await browser.newContext({ ...options, viewport: { width: 320, height: 640 } });
    const page = await context.newPage();
    await page.goto(`${city.issuer}/device`);
    const letters = asked.userCode.replace('-', '').toLowerCase();
    const wide = Array.from(letters, (each) => String.fromCodePoint(each.charCodeAt(0) + 0xfee0));
    await page.fill('#user-code', wide.join(''));
    await page.click('#device-continue');
    expect(await page.textContent('#shown-code')).toBe(asked.userCode);
    expect(await page.textContent('h1')).toContain('自助终端');
    expect(options.javaScriptEnabled ? await violations(page) : []).toEqual([]);
    await page.click('#device-approve');
    await signIn(page, city.account(login));
    await page.click('#consent-accept');
    await page.waitForURL('**/device/end?*');
    await page.reload();
    expect(await page.getAttribute('body', 'data-page')).toBe('device-end');
    expect(await devices.poll(asked)).toMatchObject({ status: 200 });
    await context.close();
  },
  30_000,
);

it('a second tab and the back button break nothing', async () => {
  const asked = await devices.ask();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(String(asked.body['verification_uri_complete']));
  const second = await context.newPage();
  await second.goto(`${city.issuer}/device`);
  expect(await page.inputValue('#user-code')).toBe(asked.userCode);
  await page.click('#device-continue');
  await page.goBack();
  await page.click('#device-continue');
  await page.click('#device-refuse');
  await page.waitForURL('**/device/end?end=refused*');
  await page.goBack();
  expect(await page.getAttribute('body', 'data-page')).toBe('device-code');
  expect(await devices.poll(asked)).toMatchObject({ body: { error: 'access_denied' } });
  await context.close();
}, 30_000);
