// Password and second factor in the account centre: what a borrowed screen must not be able to do,
// and what the owner can.
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes, visitAccountCentre } from '../../test/support/account-visitor.ts';
import { CITY_PASSWORD, TOTP_SECRET } from '../../test/support/city-accounts.ts';
import { CityBrowser, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import type { Visit } from '../../test/support/http-visitor.ts';
import { startMessageGateway } from '../../test/support/message-gateway.ts';
import type { MessageGateway } from '../../test/support/message-gateway.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let gateway: MessageGateway;

const phoneOf = (last: number) => `+861380000${String(last).padStart(4, '0')}`;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    accounts: [
      { login: 'changing', fields: { phone: phoneOf(1) } },
      { login: 'guessed' },
      { login: 'enrolling', level: 2, fields: { phone: phoneOf(2) } },
      { login: 'no-contact', fields: { phone: '', email: '' } },
      { login: 'removing', totpSecret: TOTP_SECRET, level: 2, fields: { phone: phoneOf(3) } },
      { login: 'kept-form', totpSecret: TOTP_SECRET },
      { login: 'strong', totpSecret: TOTP_SECRET },
    ],
    clients: [{ client_id: 'department', minimum_level: 3 }],
    limits: { signIn: { proofOfWorkAfterFailures: 2 } },
  });
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

const NEW_PASSWORD = 'copper kettle window 51';

describe('the password', () => {
  it.each([
    ['without the present one', { new_password: NEW_PASSWORD }, 'current-password-error'],
    [
      'with a wrong one',
      { current_password: 'wrong', new_password: NEW_PASSWORD },
      'current-password-error',
    ],
    ['without a new one', { current_password: CITY_PASSWORD }, 'new-password-error'],
    [
      'to the same',
      { current_password: CITY_PASSWORD, new_password: CITY_PASSWORD },
      'new-password-error',
    ],
    [
      'to a weak one',
      { current_password: CITY_PASSWORD, new_password: 'abc' },
      'new-password-error',
    ],
  ])('is not changed %s, and nothing typed comes back', async (_what, fields, error) => {
    const { browser, visit } = await visitAccountCentre(city, 'changing', '/account/security');
    const sent = await browser.press(visit, 'password-change', fields);
    expect(sent.status).toBe(422);
    expect(sent.body).toContain(`id="${error}"`);
    expect(sent.body).not.toContain(NEW_PASSWORD);
    expect(sent.body).not.toContain(CITY_PASSWORD);
    const { id } = city.account('changing');
    expect(await eventTypes(city, id)).not.toContain('credentials.password_changed');
  });

  it('is changed once, told, and ends the other devices when that is wished', async () => {
    const other = await visitAccountCentre(city, 'changing');
    const { browser, visit } = await visitAccountCentre(city, 'changing', '/account/security');
    const fields = {
      current_password: CITY_PASSWORD,
      new_password: NEW_PASSWORD,
      end_others: 'yes',
    };
    const sent = await browser.press(visit, 'password-change', fields);
    expect([sent.status, pageName(sent)]).toEqual([200, 'account-security']);
    expect(sent.body).toContain('密码已修改');
    expect((await browser.open('/account/security')).body).not.toContain('密码已修改');
    expect(pageName(await other.browser.open('/account'))).toBe('sign-in');
    const account = { ...city.account('changing'), password: NEW_PASSWORD };
    const fresh = new CityBrowser(city.issuer);
    expect(pageName(await fresh.walk(await fresh.open('/account'), account))).toBe(
      'account-overview',
    );
    await expect.poll(() => gateway.countOf(phoneOf(1), '密码于')).toBe(1);
  });
});

describe('the second factor', () => {
  const securityPage = '/account/security';
  const secretOn = (page: Visit) =>
    /id="totp-secret">([^<]+)</u.exec(page.body)?.[1]?.replaceAll(' ', '') ?? '';
  const codeNow = (secret: string) =>
    generate({ secret, epoch: Math.floor(city.clock.now().getTime() / 1000) });

  it('is not set up without a contact that could be asked first', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'no-contact', securityPage);
    expect(visit.body).not.toContain('id="totp-begin"');
    const page = await browser.open('/account/security/totp');
    expect(pageName(page)).toBe('account-security');
  });

  it('is set up after a code to a contact only, and the person is told', async () => {
    const { browser } = await visitAccountCentre(city, 'enrolling', securityPage);
    const ask = await browser.open('/account/security/totp');
    expect(pageName(ask)).toBe('contact-code');
    expect(ask.body).toContain('138****0002');
    const { fields } = readForm(ask, 'send-code');
    const early = await browser.visitor.submit(`${city.issuer}/account/security/totp`, {
      _csrf: fields['_csrf'] ?? '',
      otp: '123456',
    });
    expect(early.headers.get('location')).toBe('/account/security/totp');
    const sent = await browser.press(ask, 'send-code', { channel: 'sms' });
    const wrong = await browser.press(sent, 'verify', { code: '0000' });
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'contact-code']);
    const enrol = await browser.press(wrong, 'verify', {
      code: await gateway.codeFor(phoneOf(2)),
    });
    expect(pageName(enrol)).toBe('totp-enrol');
    const refused = await browser.press(enrol, 'enrol', { otp: '12' });
    expect([refused.status, secretOn(refused)]).toEqual([422, secretOn(enrol)]);
    const done = await browser.press(refused, 'enrol', { otp: await codeNow(secretOn(enrol)) });
    expect(pageName(done)).toBe('account-security');
    expect(done.body).toContain('身份验证器已绑定');
    await expect.poll(() => gateway.countOf(phoneOf(2), '启用了验证器')).toBe(1);
    expect(pageName(await browser.open('/account/security/totp'))).toBe('account-security');
  });

  it('is removed with a code of its own, once, and the person is told', async () => {
    const { browser } = await visitAccountCentre(city, 'removing', securityPage);
    const page = await browser.open('/account/security/totp/remove');
    const wrong = await browser.press(page, 'totp-remove', { otp: '000000' });
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'account-totp-remove']);
    const done = await browser.press(wrong, 'totp-remove', { otp: await codeNow(TOTP_SECRET) });
    expect(done.body).toContain('身份验证器已解除绑定');
    await expect.poll(() => gateway.countOf(phoneOf(3), '停用了验证器')).toBe(1);
    const types = await eventTypes(city, city.account('removing').id);
    expect(types.filter((type) => type === 'credentials.totp_removed')).toHaveLength(1);
    const again = await browser.press(page, 'totp-remove', { otp: '000000' });
    expect(pageName(again)).toBe('account-security');
  });

  it('is not removed by a form that was kept until the sign-in was no longer fresh', async () => {
    const { browser } = await visitAccountCentre(city, 'kept-form', securityPage);
    const kept = await browser.open('/account/security/totp/remove');
    expect(pageName(kept)).toBe('account-totp-remove');
    city.clock.advance(20 * 60);
    const asked = await browser.press(kept, 'totp-remove', { otp: await codeNow(TOTP_SECRET) });
    expect(pageName(asked)).toBe('sign-in');
    const declined = await browser.press(asked, 'cancel');
    expect([declined.status, pageName(declined)]).toEqual([200, 'account-security']);
    expect(declined.body).toContain('已绑定身份验证器');
    const renewed = await browser.walk(
      await browser.open('/account/security/totp/remove'),
      city.account('kept-form'),
    );
    expect(pageName(renewed)).toBe('account-totp-remove');
  });

  it('is asked for again where the session had it, and then needs no code in the form', async () => {
    const browser = new CityBrowser(city.issuer);
    const account = city.account('strong');
    const { login, password } = account;
    const { visit } = await browser.request(city.client('department'));
    const asked = await browser.press(visit, 'sign-in', { login, password });
    await browser.press(asked, 'verify', { otp: await codeNow(TOTP_SECRET) });
    city.clock.advance(6 * 60);
    const first = await browser.open('/account/security/totp/remove');
    const second = await browser.press(first, 'sign-in', { login, password });
    expect(pageName(second)).toBe('second-factor');
    const page = await browser.press(second, 'verify', { otp: await codeNow(TOTP_SECRET) });
    expect(pageName(page)).toBe('account-totp-remove');
    expect(page.body).not.toContain('id="otp"');
    expect((await browser.press(page, 'totp-remove')).body).toContain('已解除绑定');
  });
});

// Last: its failures count for the one address that all of these tests come from.
describe('the present password', () => {
  it('cannot be guessed at an unattended screen', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'guessed', '/account/security');
    const guess = (password: string) =>
      browser.press(visit, 'password-change', {
        current_password: password,
        new_password: NEW_PASSWORD,
      });
    for (let tries = 0; tries < 8; tries += 1) await guess(`wrong ${tries}`);
    // The device has lost its own budget; from now on even the right one needs a proof of work.
    const right = await guess(CITY_PASSWORD);
    expect(right.status).toBe(422);
    expect(right.body).toContain('data-proof-of-work');
  });
});
