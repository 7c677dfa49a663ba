// A stranger who has the password guesses codes: the owner's device stays open, and the owner is
// told.
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';

const { uri } = migratedDatabase();
const phone = '+8613800000001';
let city: CityNode;
let gateway: MessageGateway;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    limits: {},
    clients: [{ client_id: 'portal' }, { client_id: 'department', minimum_level: 3 }],
    accounts: [
      { login: 'owner', totpSecret: TOTP_SECRET, fields: { phone } },
      { login: 'stepping-up', totpSecret: TOTP_SECRET },
    ],
  });
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

const codeNow = () =>
  generate({ secret: TOTP_SECRET, epoch: Math.floor(city.clock.now().getTime() / 1000) });

/** On the way to the department, at the page that asks for the code. */
async function atTheCode(browser: CityBrowser, login: string) {
  const { pending, visit } = await browser.request(city.client('department'));
  const { password } = city.account(login);
  const page =
    pageName(visit) === 'sign-in'
      ? await browser.press(visit, 'sign-in', { login, password })
      : visit;
  expect(pageName(page)).toBe('second-factor');
  return { pending, page };
}

/** The answer to the department; signed out of again. */
async function proveCode(browser: CityBrowser, login: string): Promise<string> {
  const { pending, page } = await atTheCode(browser, login);
  const done = await browser.press(page, 'verify', { otp: await codeNow() });
  const { code } = browser.finish(pending, done);
  await browser.signOut();
  city.clock.advance(30);
  return code;
}

/** The stranger is at the same address: behind the same router, say. */
async function guessCodes(browser: CityBrowser, login: string) {
  let { page } = await atTheCode(browser, login);
  for (let i = 0; i < 6; i += 1) {
    const otp = (await codeNow()) === '000000' ? '111111' : '000000';
    page = await browser.press(page, 'verify', { otp });
    expect([page.status, pageName(page)]).toEqual([422, 'second-factor']);
  }
  expect(page.body).toContain('错误次数太多');
  return page;
}

describe('guesses of a stranger with the password', () => {
  it('close no device that has proven a code before, and are told to the owner once', async () => {
    const own = new CityBrowser(city.issuer);
    expect(await proveCode(own, 'owner')).not.toBe('');
    const stranger = new CityBrowser(city.issuer);
    // A sign-in with the password only does not make it the owner's device.
    await stranger.signIn(city.client('portal'), city.account('owner'));
    const page = await guessCodes(stranger, 'owner');
    const late = await stranger.press(page, 'verify', { otp: await codeNow() });
    expect([late.status, pageName(late)]).toEqual([422, 'second-factor']);
    expect(await proveCode(own, 'owner')).not.toBe('');
    await expect.poll(() => gateway.countOf(phone, '多次输错了动态验证码')).toBe(1);
  });

  it('close no device whose living session proved one on the way up', async () => {
    const own = new CityBrowser(city.issuer);
    await own.signIn(city.client('portal'), city.account('stepping-up'));
    expect(await proveCode(own, 'stepping-up')).not.toBe('');
    await guessCodes(new CityBrowser(city.issuer), 'stepping-up');
    expect(await proveCode(own, 'stepping-up')).not.toBe('');
  });
});
