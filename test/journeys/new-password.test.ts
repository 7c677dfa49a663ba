// A password that somebody else chose, or that is too old, is replaced before a sign-in finishes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CITY_PASSWORD, TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';

const { uri } = migratedDatabase();
const PHONE = '+8613800009001';
const NEW_PASSWORD = 'Grey-bricks+7-lanterns';
const must = { must_change_password: 'true' };
let city: CityNode;
let gateway: MessageGateway;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [{ client_id: 'portal' }, { client_id: 'hall' }],
    accounts: [
      {
        login: 'given',
        kind: 'civilServant',
        totpSecret: TOTP_SECRET,
        fields: { ...must, phone: PHONE },
      },
      {
        login: 'aged',
        kind: 'civilServant',
        totpSecret: TOTP_SECRET,
        fields: { must_change_password: 'false' },
      },
      { login: 'citizen', fields: must },
      { login: 'two-tabs', fields: must },
      { login: 'old-citizen' },
    ],
  });
  await age('aged', 91);
  await age('old-citizen', 4000);
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

async function age(login: string, days: number): Promise<void> {
  const changedAt = new Date(Date.now() - days * 86_400_000);
  const passwords = city.storage.database.collection<{ _id: string }>('passwordCredentials');
  const { id } = city.account(login);
  const { matchedCount } = await passwords.updateOne({ _id: id }, { $set: { changedAt } });
  expect(matchedCount).toBe(1);
}

async function afterFactors(login: string) {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client('portal'));
  const page = await browser.walk(visit, city.account(login));
  return { browser, pending, page };
}

const choose = (browser: CityBrowser, page: Visit, typed: string | readonly [string, string]) => {
  const [password, repeat] = typeof typed === 'string' ? [typed, typed] : typed;
  return browser.press(page, 'save-password', { new_password: password, repeat_password: repeat });
};

describe('a password that somebody else chose', () => {
  it('is replaced after the second factor, by one that keeps the rules for staff', async () => {
    const { browser, pending, page } = await afterFactors('given');
    expect([page.status, pageName(page)]).toEqual([200, 'new-password']);
    expect(page.body).toContain('别人为您设置');
    expect(page.body.match(/autocomplete="new-password"/gu)).toHaveLength(2);
    let shown = page;
    for (const [password, repeat, words] of [
      ['', '', '请填写新密码'],
      [NEW_PASSWORD, 'Grey-bricks+7-lantern', '两次填写的新密码不一样'],
      ['short', 'short', '新密码至少 8 位'],
      ['grey bricks seven lanterns', undefined, '大写字母'],
      ['Given-8000-lanterns', undefined, '不要包含姓名'],
      ['Passw0rd!', undefined, '太常见'],
    ] as const) {
      shown = await choose(browser, shown, [password, repeat ?? password]);
      expect([shown.status, pageName(shown)]).toEqual([422, 'new-password']);
      expect(shown.body).toContain(words);
      expect(shown.body).toContain('aria-invalid="true"');
      expect(shown.body).not.toContain(NEW_PASSWORD);
    }
    const done = await choose(browser, shown, NEW_PASSWORD);
    expect(browser.finish(pending, done).code).not.toBe('');
    await expect.poll(() => gateway.countOf(PHONE, '密码于')).toBe(1);
  });

  it('stays due for a citizen whatever page is opened, and ends no sign-in before', async () => {
    const { browser, page } = await afterFactors('citizen');
    expect(pageName(page)).toBe('new-password');
    expect(page.body).not.toContain('大写字母');
    const other = await browser.request(city.client('hall'));
    expect(pageName(other.visit)).toBe('sign-in');
    expect(pageName(await browser.open(page.url))).toBe('new-password');
    const same = await choose(browser, page, CITY_PASSWORD);
    expect(same.body).toContain('和现在的相同');
    const { parameters } = browser.finish(
      other.pending,
      await browser.press(other.visit, 'cancel'),
    );
    expect(parameters.get('error')).toBe('access_denied');
  });

  it('sends a second tab back to the password once the first has changed it', async () => {
    const first = await afterFactors('two-tabs');
    const second = await afterFactors('two-tabs');
    const done = await choose(first.browser, first.page, NEW_PASSWORD);
    expect(first.browser.finish(first.pending, done).code).not.toBe('');
    const late = await choose(second.browser, second.page, 'Another+9-lanterns');
    expect(pageName(late)).toBe('sign-in');
    const signedIn = await second.browser.press(late, 'sign-in', {
      login: 'two-tabs',
      password: NEW_PASSWORD,
    });
    expect(second.browser.finish(second.pending, signedIn).code).not.toBe('');
  });
});

describe('a password that is old', () => {
  it('is replaced by staff after 90 days', async () => {
    const { browser, pending, page } = await afterFactors('aged');
    expect(pageName(page)).toBe('new-password');
    expect(page.body).toContain('90 天');
    const done = await choose(browser, page, NEW_PASSWORD);
    expect(browser.finish(pending, done).code).not.toBe('');
  });

  it('stays as it is for citizens', async () => {
    const { browser, pending, page } = await afterFactors('old-citizen');
    expect(browser.finish(pending, page).code).not.toBe('');
  });
});

describe('a password that was replaced', () => {
  it('no longer opens the account; the new one does, and is not asked to change again', async () => {
    const old = await afterFactors('given');
    expect([old.page.status, pageName(old.page)]).toEqual([422, 'sign-in']);
    const browser = new CityBrowser(city.issuer);
    const { pending, visit } = await browser.request(city.client('portal'));
    const account = { ...city.account('given'), password: NEW_PASSWORD };
    city.clock.advance(60);
    const otpPage = await browser.press(visit, 'sign-in', {
      login: 'given',
      password: NEW_PASSWORD,
    });
    const otp = await otpOf(account, city.clock.now());
    expect(browser.finish(pending, await browser.press(otpPage, 'verify', { otp })).code).not.toBe(
      '',
    );
  });
});
