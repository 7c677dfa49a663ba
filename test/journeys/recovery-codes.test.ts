// Recovery codes as a person meets them: made in the account centre, typed in where the authenticator
// is asked for, up to level 3 and no further.
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const PHONE = '+8613800000001';
const PAGE = '/account/security/recovery-codes';
let city: CityNode;
let gateway: MessageGateway;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [
      { client_id: 'department', minimum_level: 3 },
      { client_id: 'vault', minimum_level: 4 },
    ],
    accounts: [
      { login: 'careful', level: 4, totpSecret: TOTP_SECRET, fields: { phone: PHONE } },
      { login: 'without' },
    ],
  });
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

let made: string[] = [];
const codesOn = ({ body }: Visit) =>
  [...body.matchAll(/<code>([^<]+)<\/code>/gu)].map(([, code]) => code ?? '');

async function afterPassword(client: string) {
  const browser = new CityBrowser(city.issuer);
  const { login, password } = city.account('careful');
  const { pending, visit } = await browser.request(city.client(client));
  return { browser, pending, page: await browser.press(visit, 'sign-in', { login, password }) };
}

describe('recovery codes', () => {
  it('are nothing for who has no second factor', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'without', '/account/security');
    expect(visit.body).not.toContain('recovery-codes-open');
    expect(pageName(await browser.open(PAGE))).toBe('account-security');
  });

  it('are shown once, after the second factor, and open level 3 once each', async () => {
    const { browser } = await visitAccountCentre(city, 'careful', '/account/security');
    const asked = await browser.open(PAGE);
    expect(pageName(asked)).toBe('second-factor');
    const form = await browser.press(asked, 'verify', {
      otp: await otpOf(city.account('careful')),
    });
    expect(pageName(form)).toBe('account-recovery-codes');
    const page = await browser.press(form, 'recovery-codes-make');
    made = codesOn(page);
    const [code = '', ...others] = made;
    expect(others).toHaveLength(9);
    expect(page.headers.get('cache-control')).toContain('no-store');
    expect(codesOn(await browser.open(PAGE))).toEqual([]);
    await expect.poll(() => gateway.countOf(PHONE, '生成了新的恢复码')).toBe(1);

    const first = await afterPassword('department');
    const wrong = await first.browser.press(first.page, 'recover', { otp: '00000-00000' });
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'second-factor']);
    expect(wrong.body).toContain('id="recovery-code-error"');
    const done = await first.browser.press(wrong, 'recover', { otp: code.toUpperCase() });
    const answer = first.browser.finish(first.pending, done);
    const tokens = await new TokenClient(city.issuer).redeem(answer);
    const claims = decodeJwt(String(tokens.body['id_token']));
    expect(claims).toMatchObject({
      acr: 'urn:hutong:level:3',
      login_strength: 2,
      amr: ['pwd', 'recovery_code', 'mfa'],
    });
    await expect.poll(() => gateway.countOf(PHONE, '还剩9个')).toBe(1);

    const second = await afterPassword('department');
    const again = await second.browser.press(second.page, 'recover', { otp: code });
    expect(again.status).toBe(422);
    const security = await browser.open('/account/security');
    expect(security.body).toContain('还剩 9 个恢复码');
  });

  it('are no basis for a new factor or contact: a code to a contact comes on top', async () => {
    const [, , code = '', next = ''] = made;
    for (const page of ['/account/security/passkeys', '/account/security/contacts/mail']) {
      const { browser } = await visitAccountCentre(city, 'careful');
      const asked = await browser.open(page);
      expect(pageName(asked)).toBe('second-factor');
      const proven = await browser.press(asked, 'recover', {
        otp: page.includes('mail') ? next : code,
      });
      expect([proven.status, pageName(proven)]).toEqual([200, 'contact-code']);
      // Nor is it once another page has taken the code.
      expect(pageName(await browser.open('/account/security/recovery-codes'))).toBe(
        'account-recovery-codes',
      );
      expect(pageName(await browser.open('/account/security/passkeys'))).toBe('contact-code');
      const url = new URL('/account/security/passkeys/options', city.issuer);
      const options = await browser.visitor.request(url, {
        method: 'POST',
        body: '{}',
        headers: {
          'content-type': 'application/json',
          origin: url.origin,
          'sec-fetch-site': 'same-origin',
        },
      });
      expect(options.status).toBe(409);
    }
  });

  it('bring nobody to level 4, and are not offered there', async () => {
    const { page, browser } = await afterPassword('vault');
    expect(pageName(page)).toBe('second-factor');
    expect(page.body).not.toContain('id="recover"');
    expect(page.body).toContain('id="verify"');
    expect(pageName(await browser.open(page.url))).toBe('second-factor');
  });
});
