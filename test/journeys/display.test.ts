// The elder-friendly version on the whole way of a sign-in, without script: chosen on any page, kept
// to the end, never at the cost of what was typed, and never a dead end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [{ client_id: 'shop', consent: 'ask', minimum_level: 3 }, { client_id: 'portal' }],
    accounts: [
      { login: 'granny', totpSecret: TOTP_SECRET },
      { login: 'granddad', totpSecret: TOTP_SECRET },
    ],
  });
});
afterAll(() => city.stop());

const isElder = (visit: Visit) => visit.body.includes('data-mode="elder"');

async function atSignIn(client = 'shop', parameters: Record<string, string> = {}) {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client(client), parameters);
  expect(pageName(visit)).toBe('sign-in');
  return { browser, pending, page: visit };
}

const person = (login: string) => ({ login, password: city.account(login).password });

/** Follows a switch that is a link. */
async function choose(browser: CityBrowser, page: Visit, parameter: string): Promise<Visit> {
  const href = new RegExp(`id="choose-${parameter}"[^>]*href="([^"]*)"`, 'u').exec(page.body)?.[1];
  if (href === undefined) throw new Error(`no link for ${parameter} on ${page.url}`);
  return browser.open(href.replaceAll('&amp;', '&'));
}

describe('the elder-friendly version', () => {
  it('stays from the sign-in to the sign-out, on every page', async () => {
    const { browser, pending, page } = await atSignIn();
    expect(isElder(page)).toBe(false);
    const seen: Visit[] = [await browser.press(page, 'choose-ui_mode')];
    const step = async (button: string, fields = {}) => {
      seen.push(await browser.press(seen.at(-1) ?? page, button, fields));
    };
    await step('sign-in', { login: 'granny', password: 'wrong' });
    await step('sign-in', person('granny'));
    await step('verify', { otp: await otpOf(city.account('granny')) });
    await step('consent-accept');
    const done = seen.pop();
    if (!done) throw new Error('nothing seen');
    expect(browser.finish(pending, done).code).not.toBe('');
    for (const path of ['/account', '/account/security', '/account/services', '/nowhere']) {
      seen.push(await browser.open(path));
    }
    seen.push(await browser.open('/oauth2/authorize?client_id=unknown'));
    seen.push(await browser.open('/oauth2/logout'));
    seen.push(await browser.signOut());
    expect(seen.filter((visit) => !isElder(visit)).map(({ url }) => url)).toEqual([]);
    const journey = 'sign-in second-factor consent error sign-out-confirm signed-out';
    const account = 'account-overview account-security account-services';
    expect(new Set(seen.map(pageName))).toEqual(new Set(`${journey} ${account}`.split(' ')));
  });

  it('comes with a portal’s request, and the reader may leave it', async () => {
    const { browser, page } = await atSignIn('portal', { ui_mode: 'elder', ui_contrast: 'high' });
    expect(page.body).toContain('data-mode="elder" data-contrast="high"');
    const left = await browser.press(page, 'choose-ui_mode');
    expect(isElder(left)).toBe(false);
    expect(isElder(await browser.open(page.url))).toBe(false);
  });

  it('can be left and chosen on the page of a refused code, which then is there again', async () => {
    const { browser, pending, page } = await atSignIn();
    const otp = await browser.press(page, 'sign-in', person('granddad'));
    const refused = await browser.press(otp, 'verify', { otp: '12' });
    expect(refused.status).toBe(422);
    const elder = await choose(browser, refused, 'ui_mode');
    expect([pageName(elder), elder.status, isElder(elder)]).toEqual(['second-factor', 200, true]);
    const consent = await browser.press(elder, 'verify', {
      otp: await otpOf(city.account('granddad')),
    });
    const done = await browser.press(consent, 'consent-accept');
    expect(browser.finish(pending, done).code).not.toBe('');
  });
});

describe('a switch on the half-filled sign-in', () => {
  it.each([
    ['choose-ui_mode', 'data-mode="elder"'],
    ['choose-ui_contrast', 'data-contrast="high"'],
    ['choose-lang', '<html lang="en"'],
  ])('%s keeps the login, never the password, and tries nothing', async (button, expected) => {
    const { browser, pending, page } = await atSignIn('portal', { ui_locales: 'zh-CN' });
    const typed = { login: 'gran"ny<', password: 'a secret of mine' };
    const switched = await browser.press(page, button, typed);
    expect([switched.status, pageName(switched)]).toEqual([200, 'sign-in']);
    expect(switched.body).toContain(expected);
    expect(switched.body).toContain('value="gran&quot;ny&lt;"');
    expect(switched.body).not.toContain('a secret of mine');
    expect(switched.body).not.toContain('error-summary');
    expect(browser.visitor.cookieValues().join()).not.toContain('gran');
    // Another one on the answer, then the sign-in as usual; nothing stands where it led.
    const again = await browser.press(switched, 'choose-ui_contrast', typed);
    expect(again.body).toContain('value="gran&quot;ny&lt;"');
    expect(pageName(await browser.open(switched.url))).toBe('sign-in');
    expect(pageName(await browser.press(again, 'sign-in', person('granny')))).not.toBe('sign-in');
    expect(pending.state).not.toBe('');
  });

  it('cannot be worked from another site', async () => {
    const { browser, page } = await atSignIn('portal');
    const { action, fields } = readForm(page, 'choose-ui_mode');
    const all = { ...fields, login: 'granny' };
    const forged = await browser.visitor.submit(action, all, 'https://evil.example');
    expect(forged.status).toBe(403);
    expect(forged.headers.getSetCookie().join()).not.toContain('hutong_display');
    expect(isElder(await browser.open(page.url))).toBe(false);
  });
});

describe('the address of a form, opened by itself', () => {
  it('leads to the page the form stands on', async () => {
    const { browser, page } = await atSignIn('portal');
    for (const form of ['sign-in', 'sign-in/display', 'second-factor', 'contact-code/send']) {
      expect(pageName(await browser.open(`${page.url}/${form}`))).toBe('sign-in');
    }
    const account = new CityBrowser(city.issuer);
    for (const [form, page] of [
      ['security/password', 'security'],
      ['sessions/end', 'sessions'],
      ['services/withdraw', 'services'],
      ['sign-out', ''],
    ]) {
      const answer = await account.visitor.request(`${city.issuer}/account/${form}`);
      const expected = page === '' ? '/account' : `/account/${page}`;
      expect([answer.status, nextAddress(answer)?.pathname]).toEqual([303, expected]);
    }
  });
});

describe('the question before a sign-out', () => {
  it('can be shown another way without its token in the address', async () => {
    const { browser, pending, page } = await atSignIn('portal');
    const answer = browser.finish(pending, await browser.walk(page, city.account('granny')));
    const { redirectUri } = answer.client;
    const back = redirectUri.replace('/callback', '/signed-out');
    const query = new URLSearchParams({
      client_id: 'portal',
      post_logout_redirect_uri: back,
      state: 's1',
    });
    const question = await browser.open(`/oauth2/logout?${query.toString()}`);
    expect(pageName(question)).toBe('sign-out-confirm');
    const elder = await choose(browser, question, 'ui_mode');
    expect([pageName(elder), isElder(elder)]).toEqual(['sign-out-confirm', true]);
    const left = await browser.press(elder, 'sign-out-confirm');
    expect(nextAddress(left)?.href).toBe(`${back}?state=s1`);
  });
});
