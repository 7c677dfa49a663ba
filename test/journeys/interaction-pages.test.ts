// What people and browsers do to the pages of an interaction: back, reload, second tab, too late,
// without cookies, with somebody else's address, with broken forms. Nothing breaks, nothing is
// answered twice, and every page says how to go on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import {
  authorizationRequest,
  CityBrowser,
  otpOf,
  pageName,
  readForm,
} from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { HttpVisitor, nextAddress } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let city: CityNode;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal' },
      { client_id: 'department', minimum_level: 3 },
      { client_id: 'shop', consent: 'ask' },
    ],
    // A code opens once, so each test that needs one has a person of its own.
    accounts: [
      { login: 'zhang' },
      ...['wang', 'liuwei'].map((login) => ({ login, totpSecret: TOTP_SECRET })),
    ],
  });
});
afterAll(() => city.stop());

const person = (login = 'zhang') => {
  const { password } = city.account(login);
  return { login, password };
};
const pathOf = (page: Visit) => new URL(page.url).pathname;
const isInteractionCookie = (name: string) => name.includes('hutong_interaction');

async function atSignIn(client = 'portal', parameters: Record<string, string> = {}) {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client(client), parameters);
  expect(pageName(visit)).toBe('sign-in');
  return { browser, pending, page: visit };
}

/** Every form an interaction knows, as a page from history would send it. */
const forms = [
  ['sign-in', { login: 'zhang', password: 'x' }],
  ['second-factor', { otp: '123456' }],
  ['enrol', { otp: '123456' }],
  ['contact-code', { code: '123456' }],
  ['contact-code/send', { channel: 'sms' }],
  ['new-password', { new_password: 'x', repeat_password: 'x' }],
  ['consent', {}],
  ['cancel', {}],
  ['unmet', {}],
  ['restart', {}],
] as const;

describe('back and reload', () => {
  it('show the step that is due, whichever page they come from', async () => {
    const { browser, page } = await atSignIn('department');
    const otp = await browser.press(page, 'sign-in', person('wang'));
    expect(pageName(otp)).toBe('second-factor');
    expect(pageName(await browser.open(page.url))).toBe('second-factor');
    expect(pageName(await browser.open(`${page.url}?kind=legalEntity`))).toBe('second-factor');
  });

  it('let the password be typed again from history, also for another account', async () => {
    const { browser, pending, page } = await atSignIn('department');
    await browser.press(page, 'sign-in', person('zhang'));
    const otp = await browser.press(page, 'sign-in', person('wang'));
    const done = await browser.press(otp, 'verify', { otp: await otpOf(city.account('wang')) });
    expect(browser.finish(pending, done).code).not.toBe('');
  });

  it('keep what was typed after an error, but not the password', async () => {
    const { browser, page } = await atSignIn();
    const refused = await browser.press(page, 'sign-in', { login: 'zhang', password: 'not this' });
    expect(refused.status).toBe(422);
    expect(refused.body).toContain('value="zhang"');
    expect(refused.body).not.toContain('not this');
    expect(refused.body).toContain('/recover?interaction=');
  });

  it('after the end say so, lead on to the system, and answer nothing a second time', async () => {
    const { browser, pending, page } = await atSignIn();
    browser.finish(pending, await browser.press(page, 'sign-in', person()));
    const back = await browser.open(page.url);
    expect([back.status, pageName(back)]).toEqual([200, 'interaction-expired']);
    expect(back.body).toContain('https://portal.example.com/');
    expect(back.body).not.toContain('id="restart"');
    const { fields } = readForm(page, 'sign-in');
    for (const [name, typed] of forms) {
      const late = await browser.visitor.submit(`${page.url}/${name}`, { ...fields, ...typed });
      const next = nextAddress(late);
      expect([name, next?.pathname ?? pageName(late)]).toEqual([
        name,
        name === 'restart' ? pathOf(page) : 'interaction-expired',
      ]);
      expect(late.body).not.toContain(pending.state);
    }
  });
});

describe('several tabs', () => {
  it('of one interaction: the second finds it finished', async () => {
    const { browser, pending, page } = await atSignIn();
    const second = await browser.open(page.url);
    browser.finish(pending, await browser.press(page, 'sign-in', person()));
    const late = await browser.press(second, 'sign-in', person());
    expect([late.status, pageName(late)]).toEqual([200, 'interaction-expired']);
  });

  it('of several interactions: each is answered with its own state', async () => {
    const { browser, pending, page } = await atSignIn();
    const other = await browser.request(city.client('department'));
    const otp = await browser.press(other.visit, 'sign-in', person('liuwei'));
    const first = browser.finish(pending, await browser.press(page, 'sign-in', person('liuwei')));
    expect(first.parameters.get('state')).toBe(pending.state);
    const done = await browser.press(otp, 'verify', { otp: await otpOf(city.account('liuwei')) });
    const second = browser.finish(other.pending, done);
    expect(second.parameters.get('state')).toBe(other.pending.state);
    const tokens = new TokenClient(city.issuer);
    expect((await tokens.redeem(first)).status).toBe(200);
    expect((await tokens.redeem(second)).status).toBe(200);
  });

  it('at consent: the second finds it finished, and cancelling it is too late', async () => {
    const { browser, pending, page } = await atSignIn('shop');
    const consent = await browser.press(page, 'sign-in', person());
    expect(pageName(consent)).toBe('consent');
    const second = await browser.open(consent.url);
    browser.finish(pending, await browser.press(consent, 'consent-accept'));
    expect(pageName(await browser.press(second, 'consent-cancel'))).toBe('interaction-expired');
    expect(pageName(await browser.press(second, 'consent-accept'))).toBe('interaction-expired');
  });
});

describe('a request that was left open too long', () => {
  it('begins again with all its parameters, once, and its state is answered once', async () => {
    const { browser, pending, page } = await atSignIn('portal', {
      login_hint: 'zhang',
      ui_locales: 'en',
    });
    browser.visitor.forgetCookies(isInteractionCookie);
    const expired = await browser.open(page.url);
    expect([expired.status, pageName(expired)]).toEqual([400, 'interaction-expired']);
    const again = await browser.press(expired, 'restart');
    expect(pageName(again)).toBe('sign-in');
    expect(pathOf(again)).not.toBe(pathOf(page));
    expect(again.body).toContain('value="zhang"');
    expect(again.body).toContain('<html lang="en">');
    const answer = browser.finish(pending, await browser.press(again, 'sign-in', person()));
    expect(answer.parameters.get('state')).toBe(pending.state);
    const redeemed = await new TokenClient(city.issuer).redeem(answer);
    expect(redeemed.status).toBe(200);
    const twice = await browser.press(expired, 'restart');
    expect([twice.status, pageName(twice)]).toEqual([200, 'interaction-expired']);
    expect(twice.body).not.toContain('id="restart"');
  });

  it('is told so when a form of it is sent, and keeps nothing that was typed', async () => {
    const { browser, page } = await atSignIn();
    browser.visitor.forgetCookies(isInteractionCookie);
    const { fields } = readForm(page, 'sign-in');
    for (const [name, typed] of forms.slice(0, -1)) {
      const late = await browser.visitor.submit(`${page.url}/${name}`, { ...fields, ...typed });
      expect([name, late.status, pageName(late)]).toEqual([name, 400, 'interaction-expired']);
    }
    expect(pageName(await browser.press(await browser.open(page.url), 'restart'))).toBe('sign-in');
  });
});

describe('somebody else', () => {
  it('learns nothing of an interaction and changes nothing', async () => {
    const { browser, pending, page } = await atSignIn();
    const stranger = await atSignIn('department');
    const seen = await stranger.browser.open(page.url);
    expect([seen.status, pageName(seen)]).toEqual([400, 'interaction-expired']);
    expect(seen.body).not.toContain('portal');
    const { fields } = readForm(stranger.page, 'sign-in');
    for (const [name, typed] of forms) {
      const all = { ...fields, ...typed, ...(name === 'sign-in' ? person() : {}) };
      const sent = await stranger.browser.visitor.submit(`${page.url}/${name}`, all);
      expect([name, nextAddress(sent)?.pathname ?? sent.status]).toEqual([
        name,
        name === 'restart' ? pathOf(page) : 400,
      ]);
      expect(sent.body).not.toContain('portal');
    }
    const done = await browser.press(page, 'sign-in', person());
    expect(browser.finish(pending, done).code).not.toBe('');
  });

  it('gains nothing by moving the cookie of an own interaction to another address', async () => {
    const { page } = await atSignIn();
    const own = new HttpVisitor();
    const setCookies: string[] = [];
    const request = await own.visit(
      authorizationRequest(city.issuer, city.client('department')).url,
      (next) => next.pathname.startsWith('/interaction/'),
    );
    setCookies.push(...request.headers.getSetCookie().map((line) => line.split(';')[0] ?? ''));
    const moved = await fetch(page.url, { headers: { cookie: setCookies.join('; ') } });
    expect(moved.status).toBe(400);
    expect(await moved.text()).toContain('data-page="interaction-expired"');
  });
});

describe('a browser that keeps no cookies', () => {
  it('is told how to allow them', async () => {
    const { page } = await atSignIn();
    const without = new HttpVisitor();
    const shown = await without.request(page.url);
    expect([shown.status, pageName(shown)]).toEqual([400, 'cookies-required']);
    const sent = await new HttpVisitor().submit(`${page.url}/sign-in`, person());
    expect([sent.status, pageName(sent)]).toEqual([400, 'cookies-required']);
  });

  it('is told so at its very first request', async () => {
    const blind = new HttpVisitor();
    const url = authorizationRequest(city.issuer, city.client('department')).url;
    const first = await blind.request(url);
    blind.forgetCookies(() => true);
    const shown = await blind.request(nextAddress(first) ?? '');
    expect([shown.status, pageName(shown)]).toEqual([400, 'cookies-required']);
  });
});
