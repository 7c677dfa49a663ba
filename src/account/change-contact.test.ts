// Phone and mail in the account centre: what a password alone, a re-issued number, an old session and
// fifty forms at once are worth, and what the owner can do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventTypes, visitAccountCentre } from '../../test/support/account-visitor.ts';
import { CITY_PASSWORD, TOTP_SECRET } from '../../test/support/city-accounts.ts';
import { CityBrowser, otpOf, pageName, readForm } from '../../test/support/city-browser.ts';
import { startCityNode } from '../../test/support/city-node.ts';
import type { CityNode } from '../../test/support/city-node.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { linkIn } from '../../test/support/forgetful.ts';
import type { Visit } from '../../test/support/http-visitor.ts';
import { startMessageGateway } from '../../test/support/message-gateway.ts';
import type { MessageGateway } from '../../test/support/message-gateway.ts';

const { uri } = migratedDatabase();
const PHONE = '/account/security/contacts/phone';
const MAIL = '/account/security/contacts/mail';
let city: CityNode;
let gateway: MessageGateway;

const phone = (serial: number) => `176${String(serial).padStart(8, '0')}`;
const e164 = (serial: number) => `+86${phone(serial)}`;
const codesTo = (to: string) =>
  gateway.received.filter((each) => each.to === to && /(?<!\d)\d{6}(?!\d)/u.test(each.text)).length;
const idOf = (login: string) => city.account(login).id;
const stored = (login: string) => city.accountStore.findById(idOf(login));

beforeAll(async () => {
  gateway = await startMessageGateway();
  const level1 = (login: string, serial: number) =>
    ({ login, level: 1, fields: { phone: phone(serial) } }) as const;
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [{ client_id: 'portal' }],
    accounts: [
      level1('mover', 1),
      level1('racer', 2),
      level1('stranger', 3),
      { ...level1('no-mail', 4), fields: { phone: phone(4), email: '' } },
      { login: 'no-contact', level: 1, fields: { phone: '', email: '' } },
      { login: 'verified', fields: { phone: phone(11) } },
      { login: 'guarded', totpSecret: TOTP_SECRET, fields: { phone: phone(12) } },
    ],
  });
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

/** Answers the code to a contact that the account has; stands on the page behind it. */
async function proven(login: string, page: string, to: string) {
  const { browser } = await visitAccountCentre(city, login, '/account/security');
  const ask = await browser.open(page);
  return { browser, visit: await proveHere(browser, ask, to) };
}

async function proveHere(browser: CityBrowser, ask: Visit, to: string) {
  const channel = to.includes('@') ? 'mail' : 'sms';
  city.clock.advance(61);
  const before = codesTo(to);
  const sent = await browser.press(ask, 'send-code', { channel });
  return browser.press(sent, 'verify', { code: await gateway.codeFor(to, before) });
}

async function enter(browser: CityBrowser, page: Visit, contact: string) {
  const to = contact.includes('@') ? contact.toLowerCase() : `+86${contact}`;
  const before = codesTo(to);
  const sent = await browser.press(page, 'contact-send', { contact });
  return { sent, code: await gateway.codeFor(to, before) };
}

/** A form of the centre without the page that has it. */
async function force(browser: CityBrowser, from: Visit, [path, fields = {}]: [string, object?]) {
  const { fields: own } = readForm(from, 'sign-out');
  const csrf = { _csrf: own['_csrf'] ?? '' };
  return browser.visitor.submit(`${city.issuer}${path}`, { ...csrf, ...fields });
}

describe('without the proof that is due', () => {
  it('a fresh password changes nothing by any form', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'verified', '/account/security');
    const forms = { new: { contact: phone(90) }, save: { code: '123456' }, remove: {} };
    for (const [form, fields] of Object.entries({ ...forms, 'send-again': {} })) {
      const answer = await force(browser, visit, [`${PHONE}/${form}`, fields]);
      expect(answer.headers.get('location')).toBe(PHONE);
    }
    expect(codesTo(e164(90))).toBe(0);
    expect((await stored('verified'))?.phone).toBe(e164(11));
  });

  it('the number of a verified account is asked for itself; mail is not enough, and the lost are led on', async () => {
    const { browser } = await visitAccountCentre(city, 'verified', '/account/security');
    const ask = await browser.open(PHONE);
    expect(pageName(ask)).toBe('contact-code');
    expect(ask.body).not.toContain('value="mail"');
    expect(ask.body).toContain('id="lost" href="/recover"');
    // Proven by mail for the other page, it is asked for again on this one.
    const mail = await proveHere(browser, await browser.open(MAIL), 'verified@example.com');
    expect(pageName(mail)).toBe('account-change-contact');
    expect(pageName(await browser.open(PHONE))).toBe('contact-code');
    const forced = await force(browser, mail, [`${PHONE}/new`, { contact: phone(90) }]);
    expect(forced.headers.get('location')).toBe(PHONE);
  });

  it('an account with a second factor is asked for it, and then for the number it gives up', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'guarded', '/account/security');
    expect(pageName(await browser.open(PHONE))).toBe('second-factor');
    const forced = await force(browser, visit, [`${PHONE}/send-code`, { channel: 'sms' }]);
    expect(forced.headers.get('location')).toBe(PHONE);
    const account = city.account('guarded');
    city.clock.advance(31);
    const otp = await otpOf(account, city.clock.now());
    const page = await browser.press(await browser.open(PHONE), 'verify', { otp });
    expect(pageName(page)).toBe('contact-code');
    expect((await force(browser, visit, [`${PHONE}/remove`])).headers.get('location')).toBe(PHONE);
    expect((await stored('guarded'))?.phone).toBe(e164(12));
  });

  it('who has nothing to be asked for is told the way on', async () => {
    const { browser, visit } = await visitAccountCentre(city, 'no-contact', '/account/security');
    expect(visit.body).toContain('找回账号');
    expect(visit.body).not.toContain('id="change-sms"');
    const forced = await force(browser, visit, [`${PHONE}/new`, { contact: phone(90) }]);
    expect(forced.headers.get('location')).toBe(PHONE);
    expect(pageName(await browser.open(PHONE))).toBe('account-security');
  });
});

describe('the new contact', () => {
  it('is refused when it is nothing, no number, or the present one', async () => {
    const { browser, visit } = await proven('racer', PHONE, e164(2));
    for (const contact of ['', '12345', phone(2)]) {
      const answer = await browser.press(visit, 'contact-send', { contact });
      expect([answer.status, pageName(answer)]).toEqual([422, 'account-change-contact']);
      expect(answer.body).toContain('id="contact-error"');
    }
  });

  it('is the account’s once its code came back; both are told, the other devices end', async () => {
    const other = await visitAccountCentre(city, 'mover');
    const { browser, visit } = await proven('mover', PHONE, e164(1));
    const { sent, code } = await enter(browser, visit, phone(21));
    const wrong = await browser.press(sent, 'contact-save', {
      code: code === '000000' ? '1' : '000000',
    });
    expect([wrong.status, pageName(wrong)]).toEqual([422, 'account-change-contact']);
    expect((await stored('mover'))?.phone).toBe(e164(1));
    const done = await browser.press(wrong, 'contact-save', { code, end_others: 'yes' });
    expect([pageName(done), done.body.includes('手机号码已确认')]).toEqual([
      'account-security',
      true,
    ]);
    const account = await stored('mover');
    expect([account?.phone, account?.attribute('phone')?.verifiedAt === undefined]).toEqual([
      e164(21),
      false,
    ]);
    for (const to of [e164(1), e164(21), 'mover@example.com']) {
      await expect.poll(() => gateway.countOf(to, '0021')).toBeGreaterThan(0);
      const told = gateway.received.find((each) => each.to === to && each.text.includes('0021'));
      expect(told?.text).toContain('/not-me');
    }
    expect(pageName(await other.browser.open('/account'))).toBe('sign-in');
    expect(await eventTypes(city, idOf('mover'))).toContain('accounts.phone_confirmed');
    // The old number opens nothing any more, the new one does.
    expect(await city.accountStore.findByLogin(phone(1))).toBeUndefined();
    expect((await city.accountStore.findByLogin(phone(21)))?.id).toBe(idOf('mover'));
    // And the link in the message to the old one is the way to stop a thief.
    const ask = await new CityBrowser(city.issuer).open(linkIn(gateway, e164(1), '/not-me') ?? '');
    expect(pageName(ask)).toBe('recover-link');
  });

  it('takes fifty forms with one code as one', async () => {
    const { browser, visit } = await proven('racer', MAIL, e164(2));
    const { sent, code } = await enter(browser, visit, 'Racer.New@example.com');
    const form = readForm(sent, 'contact-save');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        browser.visitor.submit(form.action, { ...form.fields, code }),
      ),
    );
    expect(answers.filter(({ status }) => status === 500)).toEqual([]);
    const types = await eventTypes(city, idOf('racer'));
    expect(types.filter((type) => type === 'accounts.email_confirmed')).toHaveLength(1);
    expect((await stored('racer'))?.email).toBe('racer.new@example.com');
  });

  it('is one of at most five guesses', async () => {
    const { browser, visit } = await proven('racer', PHONE, e164(2));
    const { sent, code } = await enter(browser, visit, phone(22));
    const form = readForm(sent, 'contact-save');
    const guess = (given: string) =>
      browser.visitor.submit(form.action, { ...form.fields, code: given });
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    await Promise.all(Array.from({ length: 20 }, () => guess(wrong)));
    expect((await guess(code)).status).toBe(422);
    expect((await stored('racer'))?.phone).toBe(e164(2));
  });
});

describe('a removal', () => {
  it('leaves at least one contact', async () => {
    const { browser, visit } = await proven('no-mail', PHONE, e164(4));
    expect(visit.body).toContain('id="keep"');
    const answer = await force(browser, visit, [`${PHONE}/remove`]);
    expect(answer.status).toBe(409);
    expect((await stored('no-mail'))?.phone).toBe(e164(4));
  });

  it('is told to the one that went', async () => {
    const { browser, visit } = await proven('verified', MAIL, e164(11));
    const done = await browser.press(visit, 'contact-remove');
    expect(done.body).toContain('电子邮箱已移除');
    expect((await stored('verified'))?.email).toBeUndefined();
    await expect.poll(() => gateway.countOf('verified@example.com', '/not-me')).toBeGreaterThan(0);
    expect(await eventTypes(city, idOf('verified'))).toContain('accounts.email_removed');
  });
});

it('a re-issued number that a stranger confirms opens nothing of its former account, which is told', async () => {
  const victim = await visitAccountCentre(city, 'guarded');
  const { browser, visit } = await proven('stranger', PHONE, e164(3));
  const free = await browser.press(visit, 'contact-send', { contact: phone(99) });
  const again = await browser.press(free, 'contact-other');
  const { sent, code } = await enter(browser, again, phone(12));
  const plain = (page: Visit) =>
    page.body.replaceAll(/\d{3}\*{4}\d{4}|(?:nonce|value)="[^"]*"/gu, '');
  expect([plain(sent), sent.status]).toEqual([plain(free), free.status]);
  const done = await browser.press(sent, 'contact-save', { code });
  expect(pageName(done)).toBe('account-security');
  expect((await city.accountStore.findByLogin(phone(12)))?.id).toBe(idOf('stranger'));
  const former = await stored('guarded');
  expect([former?.phone, former?.realNameLevel, former?.isActive]).toEqual([undefined, 3, true]);
  await expect.poll(() => gateway.countOf('guarded@example.com', '另一位使用人')).toBe(1);
  expect(gateway.countOf(e164(12), '另一位使用人')).toBe(0);
  // Its owner is where they were; the number signs in to the stranger's own account alone.
  expect(pageName(await victim.browser.open('/account'))).toBe('account-overview');
  const opened = new CityBrowser(city.issuer);
  const { visit: page } = await opened.request(city.client('portal'));
  const tried = await opened.press(page, 'sign-in', { login: phone(12), password: CITY_PASSWORD });
  expect(tried.headers.get('location')).toContain('code=');
  expect(await eventTypes(city, idOf('guarded'))).toContain('accounts.phone_left');
});

it('an old session that has proven the number before is asked for the new one', async () => {
  const old = await proven('verified', PHONE, e164(11));
  expect(pageName(old.visit)).toBe('account-change-contact');
  const { browser, visit } = await proven('verified', PHONE, e164(11));
  const { sent, code } = await enter(browser, visit, phone(31));
  await browser.press(sent, 'contact-save', { code });
  const late = await old.browser.press(old.visit, 'contact-send', { contact: phone(91) });
  expect(pageName(late)).toBe('contact-code');
  expect(late.body).toContain('176****0031');
  expect((await stored('verified'))?.phone).toBe(e164(31));
});
