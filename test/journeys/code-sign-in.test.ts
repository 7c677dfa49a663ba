// Signing in with a code in place of the password: what it opens by itself, what it does not, how
// often it can be guessed, and that nobody learns from it who has an account.
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CITY_PASSWORD, TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { TokenClient } from '../support/token-client.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const { uri } = migratedDatabase();
let city: CityNode;
let gateway: MessageGateway;

const PHONES = {
  simple: '18000000001',
  verified: '18000000002',
  guessed: '18000000003',
  company: '18000000004',
};
const to = (login: keyof typeof PHONES) => `+86${PHONES[login]}`;

beforeAll(async () => {
  gateway = await startMessageGateway();
  const blank = { certificate_type: '', certificate_number: '' };
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [{ client_id: 'portal' }, { client_id: 'department', minimum_level: 3 }],
    accounts: [
      { login: 'simple', level: 1, fields: { phone: PHONES.simple, ...blank } },
      { login: 'guessed', level: 1, fields: { phone: PHONES.guessed, ...blank } },
      { login: 'verified', totpSecret: TOTP_SECRET, fields: { phone: PHONES.verified } },
      {
        login: 'company',
        kind: 'legalEntity',
        name: '长者互助社会服务中心（演示）',
        fields: { uscc: '52440000MA0DEMG079', phone: PHONES.company },
      },
      { login: 'clerk', kind: 'civilServant', fields: { phone: '18000000009' } },
    ],
  });
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

const h1 = (page: Visit) => /<h1[^>]*>([^<]+)</u.exec(page.body)?.[1];
const codes = (address: string) => gateway.countOf(address, '验证码');

async function ask(login: string, client = 'portal', own = new CityBrowser(city.issuer)) {
  const { pending, visit } = await own.request(city.client(client));
  const link = /href="([^"]+)" id="by-code"/u.exec(visit.body)?.[1] ?? '';
  const page = await own.open(link);
  return {
    browser: own,
    pending,
    page: await own.press(page, 'send-code', { login, channel: 'sms' }),
  };
}

/** To the page after the code. */
async function byCode(login: keyof typeof PHONES, client?: string, browser?: CityBrowser) {
  city.clock.advance(61);
  const before = codes(to(login));
  const asked = await ask(login, client, browser);
  const code = await gateway.codeFor(to(login), before);
  return { ...asked, page: await asked.browser.press(asked.page, 'verify', { code }) };
}

async function claimsOf(
  browser: CityBrowser,
  pending: Parameters<CityBrowser['finish']>[0],
  page: Visit,
) {
  const answer = browser.finish(pending, page);
  const tokens = await new TokenClient(city.issuer).redeem(answer);
  return decodeJwt(String(tokens.body['id_token']));
}

describe('a code', () => {
  it('opens an account of level 1, as one factor, and tells the owner of the device', async () => {
    const { browser, pending, page } = await byCode('simple');
    expect(await claimsOf(browser, pending, page)).toMatchObject({
      amr: ['sms'],
      login_strength: 1,
      acr: 'urn:hutong:level:1',
    });
    await expect.poll(() => gateway.countOf(to('simple'), '新设备')).toBe(1);
    const security = await browser.open('/account/security/totp');
    expect(pageName(security)).toBe('sign-in');
    expect(security.body).not.toContain('id="by-code"');
    expect((await browser.open(`${new URL(security.url).pathname}/code`)).url).not.toContain(
      '/code',
    );
  });

  it('does not open a verified one from a strange device without something more', async () => {
    const { browser, pending, page } = await byCode('verified');
    expect(pageName(page)).toBe('confirm-code');
    const wrong = await browser.press(page, 'confirm-password', { password: 'not this one' });
    expect([wrong.status, h1(wrong)]).toEqual([422, '再确认一次是您本人']);
    const missing = await browser.press(page, 'confirm-password', { password: '' });
    expect(missing.status).toBe(422);
    const otp = await otpOf(city.account('verified'), city.clock.now());
    const done = await browser.press(page, 'verify', { otp });
    expect(await claimsOf(browser, pending, done)).toMatchObject({
      amr: ['sms', 'otp'],
      login_strength: 1,
      acr: 'urn:hutong:level:2',
    });
  });

  it('does from a device that has signed it in with the password', async () => {
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('verified'));
    await browser.signOut();
    const { pending, page } = await byCode('verified', 'portal', browser);
    expect(await claimsOf(browser, pending, page)).toMatchObject({ amr: ['sms'] });
  });

  it('never opens an organisation by itself: the people at its devices come and go', async () => {
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('company'));
    await browser.signOut();
    const { page } = await byCode('company', 'portal', browser);
    expect(pageName(page)).toBe('confirm-code');
  });

  it('is never a second factor: level 3 wants the password and the authenticator with it', async () => {
    const { browser, pending, page } = await byCode('verified', 'department');
    const factor = await browser.press(page, 'confirm-password', { password: CITY_PASSWORD });
    expect(pageName(factor)).toBe('second-factor');
    city.clock.advance(31);
    const otp = await otpOf(city.account('verified'), city.clock.now());
    const done = await browser.press(factor, 'verify', { otp });
    expect(await claimsOf(browser, pending, done)).toMatchObject({ login_strength: 2 });
  });

  it('is worth nothing when the number has gone to another account meanwhile', async () => {
    const { browser, page } = await byCode('verified');
    const other = city.account('guessed').id;
    const move = (address: string) =>
      city.accountStore.changeContact(
        city.account('verified').id,
        { channel: 'sms', address },
        { actor: other },
      );
    await move('+8618000000077');
    const again = await browser.open(new URL(page.url).pathname);
    expect(pageName(again)).toBe('sign-in');
    await move(to('verified'));
  });
});

describe('nobody learns who has an account:', () => {
  const plain = ({ status, headers, body }: Visit, login: string) => ({
    status,
    location: headers.get('location'),
    body: body
      .replaceAll(/(name="_csrf" value|nonce)="[^"]+"/gu, '$1')
      .replaceAll(/\/interaction\/[\w-]+/gu, 'interaction')
      .replaceAll(/interaction=[\w-]+/gu, 'interaction')
      .replaceAll(/\d{4}年[^<]*/gu, 'time')
      .replaceAll(login, 'login'),
  });

  it.each(['clerk', 'simple', 'nobody'])('%s gets the page that all get', async (login) => {
    city.clock.advance(61);
    const asked = await ask(login);
    const none = await ask(`not-${login}`);
    expect(plain(asked.page, login)).toEqual(plain(none.page, `not-${login}`));
    const wrong = await asked.browser.press(asked.page, 'verify', { code: '000000' });
    const wrongToo = await none.browser.press(none.page, 'verify', { code: '000000' });
    expect(plain(wrong, login)).toEqual(plain(wrongToo, `not-${login}`));
    const soon = await ask(login);
    expect([soon.page.status, pageName(soon.page)]).toEqual([429, 'sign-in-code']);
    expect((await ask(`not-${login}`)).page.status).toBe(429);
    expect(codes('+8618000000009')).toBe(0);
  });

  it('the pause of one name is not that of the number behind it', async () => {
    city.clock.advance(61);
    expect((await ask('simple')).page.status).toBe(200);
    expect((await ask(PHONES.simple)).page.status).toBe(200);
  });
});

describe('in parallel', () => {
  it('200 guesses are at most 5 verified, and the code then opens nothing', async () => {
    city.clock.advance(61);
    const { browser, page } = await ask('guessed');
    const code = await gateway.codeFor(to('guessed'));
    const wrong = code === '000000' ? '000001' : '000000';
    const form = readForm(page, 'verify');
    const answers = await Promise.all(
      Array.from({ length: 200 }, () =>
        browser.visitor.submit(form.action, { ...form.fields, code: wrong }),
      ),
    );
    const verified = answers.filter(({ body }) => body.includes('id="code-error"'));
    expect(verified.length).toBeLessThanOrEqual(5);
    const right = await browser.press(page, 'verify', { code });
    expect(right.body).toContain('id="send-code-error"');
  });

  it('50 uses of one code are one success', async () => {
    city.clock.advance(61);
    const before = codes(to('guessed'));
    const { browser, page } = await ask('guessed');
    const code = await gateway.codeFor(to('guessed'), before);
    const form = readForm(page, 'verify');
    const verified = () =>
      city.storage.database
        .collection<{ _id: string }>('auditRecords')
        .countDocuments({ type: 'credentials.contact_code_verified', result: 'done' });
    const earlier = await verified();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        browser.visitor.submit(form.action, { ...form.fields, code }),
      ),
    );
    expect(await verified()).toBe(earlier + 1);
    const again = await browser.open(new URL(page.url).pathname.replace('/code', ''));
    expect(again.headers.get('location')).toContain('code=');
  });
});
