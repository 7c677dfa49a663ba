// Who signs in and how the page meets them: what the system hinted, the language, citizens,
// companies and staff, each by every name they may use.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CITY_PASSWORD, TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName } from '../support/city-browser.ts';
import type { Answer } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Visit } from '../support/http-visitor.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const PHONE = '13900001234';
const NUMBER = '440000199003070024';
const USCC = '91440000MA0DEMA09C';
let city: CityNode;
let tokens: TokenClient;

beforeAll(async () => {
  const scope = 'openid profile legal_entity civil_servant';
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal', scope },
      { client_id: 'company-hall', scope, subjects: ['legalEntity'] },
      { client_id: 'both', scope, subjects: ['civilServant', 'legalEntity'] },
    ],
    accounts: [
      { login: 'citizen', level: 2, fields: { phone: PHONE, certificate_number: NUMBER } },
      {
        login: 'typed-only',
        level: 1,
        fields: { certificate_type: '111', certificate_number: '44000019850615003X' },
      },
      { login: 'company', kind: 'legalEntity', fields: { uscc: USCC, phone: PHONE } },
      {
        login: 'clerk',
        kind: 'civilServant',
        totpSecret: TOTP_SECRET,
        fields: { must_change_password: 'false' },
      },
    ],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(() => city.stop());

async function atSignIn(client = 'portal', parameters: Record<string, string> = {}) {
  const browser = new CityBrowser(city.issuer);
  const { pending, visit } = await browser.request(city.client(client), {
    scope: 'openid profile legal_entity civil_servant',
    ...parameters,
  });
  expect(pageName(visit)).toBe('sign-in');
  return { browser, pending, page: visit };
}

async function claimsOf(answer: Answer) {
  const { body } = await tokens.redeem(answer);
  const idToken = await tokens.verifyIdToken(answer, String(body.id_token));
  const userinfo = await tokens.userinfo(String(body.access_token));
  return { ...userinfo.body, ...idToken };
}

const currentTab = (page: Visit) => /kind=(\w+)" aria-current="page"/u.exec(page.body)?.[1];
const tabs = (page: Visit) => [...page.body.matchAll(/\?kind=(\w+)"/gu)].map(([, kind]) => kind);
const hiddenKind = (page: Visit) => /name="kind" value="(\w+)"/u.exec(page.body)?.[1];

describe('the sign-in page', () => {
  it('is filled in with what the system hinted, and shows it as text only', async () => {
    const { page } = await atSignIn('portal', { login_hint: 'citizen"><b>x' });
    expect(page.body).toContain('value="citizen&quot;&gt;&lt;b&gt;x"');
    const long = await atSignIn('portal', { login_hint: 'a'.repeat(500) });
    expect(/id="login"[^>]*value="(a+)"/u.exec(long.page.body)?.[1]).toHaveLength(100);
  });

  it('speaks the language that is asked for, unless the reader chose another', async () => {
    const { browser, page } = await atSignIn('portal', { ui_locales: 'fr en zh-CN' });
    expect(page.body).toContain('<html lang="en">');
    const chosen = await browser.open(`${page.url}?lang=zh-CN`);
    expect(chosen.body).toContain('<html lang="zh-CN">');
    const refused = await browser.press(chosen, 'sign-in', { login: 'citizen', password: 'x' });
    expect(refused.body).toContain('<html lang="zh-CN">');
    const unknown = await atSignIn('portal', { ui_locales: 'fr de' });
    expect(unknown.page.body).toContain('<html lang="zh-CN">');
  });

  it('offers the kinds of accounts the system is made for', async () => {
    const all = await atSignIn();
    expect([tabs(all.page), currentTab(all.page)]).toEqual([
      ['naturalPerson', 'legalEntity', 'civilServant'],
      'naturalPerson',
    ]);
    const both = await atSignIn('both');
    expect([tabs(both.page), currentTab(both.page)]).toEqual([
      ['naturalPerson', 'legalEntity', 'civilServant'],
      'naturalPerson',
    ]);
    // Whoever acts for an organisation signs in as himself.
    const one = await atSignIn('company-hall');
    expect([tabs(one.page), hiddenKind(one.page)]).toEqual([
      ['naturalPerson', 'legalEntity'],
      'naturalPerson',
    ]);
    const itself = await one.browser.open(`${one.page.url}?kind=legalEntity`);
    expect(itself.body).toContain('统一社会信用代码');
    const other = await one.browser.open(`${one.page.url}?kind=civilServant`);
    expect(hiddenKind(other)).toBe('naturalPerson');
  });

  it('changes kind by a link, and keeps it after an error', async () => {
    const { browser, page } = await atSignIn();
    const company = await browser.open(`${page.url}?kind=legalEntity`);
    expect(currentTab(company)).toBe('legalEntity');
    const refused = await browser.press(company, 'sign-in', { login: 'company', password: 'x' });
    expect([currentTab(refused), hiddenKind(refused)]).toEqual(['legalEntity', 'legalEntity']);
    expect(currentTab(await browser.open(`${page.url}?kind=nonsense`))).toBe('naturalPerson');
  });
});

describe('a citizen', () => {
  it.each([
    ['user name', 'citizen'],
    ['user name in capitals', 'CITIZEN'],
    ['phone', PHONE],
    ['phone with country code and spaces', '+86 139 0000 1234'],
    ['verified number', NUMBER],
  ])('signs in by %s', async (_name, login) => {
    const { browser, pending, page } = await atSignIn();
    const done = await browser.press(page, 'sign-in', { login, password: CITY_PASSWORD });
    const claims = await claimsOf(browser.finish(pending, done));
    expect(claims).toMatchObject({ subject_type: 'natural_person', acr: 'urn:hutong:level:2' });
  });

  it('does not sign in by a number that was only typed', async () => {
    const { browser, page } = await atSignIn();
    const typed = { login: '44000019850615003X', password: CITY_PASSWORD };
    expect((await browser.press(page, 'sign-in', typed)).status).toBe(422);
  });
});

describe('a company', () => {
  it.each([
    ['its code', USCC],
    ['its code in small letters', USCC.toLowerCase()],
    ['the phone it shares with a citizen', PHONE],
  ])('signs in by %s', async (_name, login) => {
    const { browser, pending, page } = await atSignIn();
    const company = await browser.open(`${page.url}?kind=legalEntity`);
    const done = await browser.press(company, 'sign-in', { login, password: CITY_PASSWORD });
    const claims = await claimsOf(browser.finish(pending, done));
    expect(claims).toMatchObject({ subject_type: 'legal_entity', amr: ['pwd'] });
  });
});

describe('staff', () => {
  it('always need the second factor, whatever the system asks', async () => {
    const { browser, pending, page } = await atSignIn();
    const staff = await browser.open(`${page.url}?kind=civilServant`);
    const otp = await browser.press(staff, 'sign-in', { login: 'clerk', password: CITY_PASSWORD });
    expect(pageName(otp)).toBe('second-factor');
    const wrong = await browser.press(otp, 'verify', { otp: '000000' });
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'second-factor']);
    const code = await otpOf(city.account('clerk'));
    const claims = await claimsOf(
      browser.finish(pending, await browser.press(wrong, 'verify', { otp: code })),
    );
    expect(claims).toMatchObject({
      subject_type: 'civil_servant',
      amr: ['pwd', 'otp', 'mfa'],
      login_strength: 2,
    });
  });

  it('give up there, and the system is told', async () => {
    const { browser, pending, page } = await atSignIn();
    const otp = await browser.press(page, 'sign-in', { login: 'clerk', password: CITY_PASSWORD });
    const { parameters } = browser.finish(pending, await browser.press(otp, 'cancel'));
    expect(parameters.get('error')).toBe('access_denied');
    expect(parameters.get('state')).toBe(pending.state);
  });
});
