// Somebody with a password only meets a system that wants two factors: a code to a confirmed
// contact comes before the secret, so that a stolen password is not enough to bind an authenticator.
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CityBrowser, pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let gateway: MessageGateway;

const phoneOf = (last: number) => `+861380000${String(last).padStart(4, '0')}`;
const people = [
  { login: 'by-phone', fields: { phone: phoneOf(1) } },
  { login: 'by-mail', fields: { phone: phoneOf(2), email: 'by-mail@example.com' } },
  { login: 'mail-only', fields: { phone: '' } },
  { login: 'no-contact', fields: { phone: '', email: '' } },
  { login: 'guessed', fields: { phone: phoneOf(5) } },
  { login: 'two-tabs', fields: { phone: phoneOf(6) } },
  { login: 'stepping-up', fields: { phone: phoneOf(7) } },
  { login: 'impatient', fields: { phone: phoneOf(8) } },
  { login: 'elsewhere', fields: { phone: phoneOf(9) } },
  {
    login: 'staff',
    kind: 'civilServant',
    fields: { phone: phoneOf(10), must_change_password: 'false' },
  },
] as const;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [{ client_id: 'portal' }, { client_id: 'department', minimum_level: 3 }],
    accounts: people,
  });
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

/** At the page that follows the password, on the way to a client. */
async function afterPassword(login: string, client = 'department') {
  const browser = new CityBrowser(city.issuer);
  const account = city.account(login);
  const { pending, visit } = await browser.request(city.client(client));
  const page = await browser.press(visit, 'sign-in', { login, password: account.password });
  return { browser, pending, page, account };
}

const secretOn = (page: Visit) =>
  /id="totp-secret">([^<]+)</u.exec(page.body)?.[1]?.replaceAll(' ', '') ?? '';
const codeAt = (secret: string) =>
  generate({ secret, epoch: Math.floor(city.clock.now().getTime() / 1000) });

describe('setting up a first authenticator inside a sign-in', () => {
  it('asks for a code to the phone, then shows the secret, tells the person and goes on', async () => {
    const { browser, pending, page } = await afterPassword('by-phone');
    expect(pageName(page)).toBe('contact-code');
    expect(page.body).toContain('138****0001');
    expect(page.body).not.toContain('8000001');
    const sent = await browser.press(page, 'send-code', { channel: 'sms' });
    expect([sent.status, pageName(sent)]).toEqual([200, 'contact-code']);
    expect(sent.body).toContain('id="sent-to"');
    const code = await gateway.codeFor(phoneOf(1));
    const enrol = await browser.press(sent, 'verify', {
      code: `${code.slice(0, 3)} ${code.slice(3)}`,
    });
    expect(pageName(enrol)).toBe('totp-enrol');
    const otp = await codeAt(secretOn(enrol));
    const done = await browser.press(enrol, 'enrol', { otp });
    expect(browser.finish(pending, done).code).not.toBe('');
    await expect.poll(() => gateway.countOf(phoneOf(1), '启用了验证器')).toBe(1);
  });

  it('lets the person choose mail, and writes in the language of the page', async () => {
    const { browser, page } = await afterPassword('by-mail');
    const english = await browser.open(`${page.url}?lang=en`);
    const sent = await browser.press(english, 'send-code', { channel: 'mail' });
    expect(sent.body).toContain('b***@example.com');
    const code = await gateway.codeFor('by-mail@example.com');
    expect(gateway.countOf('by-mail@example.com', 'to set up a second way')).toBe(1);
    expect(gateway.countOf(phoneOf(2), code)).toBe(0);
    expect(pageName(await browser.press(sent, 'verify', { code }))).toBe('totp-enrol');
  });

  it('asks nothing where there is one contact only', async () => {
    const { browser, page } = await afterPassword('mail-only');
    expect(page.body).not.toContain('type="radio"');
    await browser.press(page, 'send-code');
    expect(await gateway.codeFor('mail-only@example.com')).toMatch(/^\d{6}$/u);
  });

  it('sends somebody without contact to a window, and back to the system with the right error', async () => {
    const { browser, pending, page } = await afterPassword('no-contact');
    expect([page.status, pageName(page)]).toEqual([200, 'contact-missing']);
    expect(page.body).toContain('政务服务大厅');
    const { parameters } = browser.finish(pending, await browser.press(page, 'back'));
    expect(parameters.get('error')).toBe('unmet_authentication_requirements');
    expect(parameters.get('state')).toBe(pending.state);
  });

  it('holds for staff too, whatever the system asks', async () => {
    const { page } = await afterPassword('staff', 'portal');
    expect(pageName(page)).toBe('contact-code');
  });

  it('asks a living session that steps up for the password again, unless it began minutes ago', async () => {
    const browser = new CityBrowser(city.issuer);
    const account = city.account('stepping-up');
    await browser.signIn(city.client('portal'), account);
    const early = await browser.request(city.client('department'));
    expect(pageName(early.visit)).toBe('contact-code');
    city.clock.advance(901);
    const { pending, visit } = await browser.request(city.client('department'));
    expect(pageName(visit)).toBe('sign-in');
    for (const [path, fields] of [
      ['contact-code/send', { channel: 'sms' }],
      ['contact-code', { code: '123456' }],
      ['enrol', { otp: '123456' }],
    ] as const) {
      const skipped = await browser.visitor.submit(`${visit.url}/${path}`, {
        ...fields,
        _csrf: tokenOn(visit),
      });
      expect([skipped.status, skipped.headers.get('location')]).toEqual([
        303,
        new URL(visit.url).pathname,
      ]);
    }
    const { login, password } = account;
    const asked = await browser.press(visit, 'sign-in', { login, password });
    expect(pageName(asked)).toBe('contact-code');
    const sent = await browser.press(asked, 'send-code', { channel: 'sms' });
    const enrol = await browser.press(sent, 'verify', { code: await gateway.codeFor(phoneOf(7)) });
    const otp = await codeAt(secretOn(enrol));
    const done = await browser.press(enrol, 'enrol', { otp });
    expect(browser.finish(pending, done).code).not.toBe('');
  });
});

describe('the code to a contact', () => {
  it('is refused in place, five times, and then for good until the next one', async () => {
    const { browser, page } = await afterPassword('guessed');
    let shown = await browser.press(page, 'send-code', { channel: 'sms' });
    const code = await gateway.codeFor(phoneOf(5));
    const wrong = code === '000000' ? '111111' : '000000';
    shown = await browser.press(shown, 'verify', { code: '' });
    expect([shown.status, pageName(shown)]).toEqual([422, 'contact-code']);
    for (const left of [
      '还可以试 4 次',
      '还可以试 3 次',
      '还可以试 2 次',
      '还可以试 1 次',
      '已作废',
    ]) {
      shown = await browser.press(shown, 'verify', { code: wrong });
      expect(shown.status).toBe(422);
      expect(shown.body).toContain(left);
      expect(shown.body).toContain('aria-describedby');
    }
    const refused = await browser.press(shown, 'verify', { code });
    expect([refused.status, pageName(refused)]).toEqual([422, 'contact-code']);
    expect(refused.body).toContain('已作废');
  });

  it('is sent again after a minute, which the page says', async () => {
    const { browser, page } = await afterPassword('impatient');
    const sent = await browser.press(page, 'send-code', { channel: 'sms' });
    await gateway.codeFor(phoneOf(8));
    const soon = await browser.press(sent, 'send-code', { channel: 'sms' });
    expect([soon.status, pageName(soon)]).toEqual([429, 'contact-code']);
    expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(soon.body).toContain('id="verify"');
    city.clock.advance(61);
    const again = await browser.press(soon, 'send-code', { channel: 'sms' });
    expect(again.status).toBe(200);
    const code = await gateway.codeFor(phoneOf(8), 1);
    city.clock.advance(301);
    const late = await browser.press(again, 'verify', { code });
    expect(late.body).toContain('验证码已过期');
    expect(late.body).not.toContain('id="sent-to"');
  });

  it('opens nothing in another interaction, and no form skips it', async () => {
    const mine = await afterPassword('elsewhere');
    const sent = await mine.browser.press(mine.page, 'send-code', { channel: 'sms' });
    const code = await gateway.codeFor(phoneOf(9));
    const thief = await afterPassword('elsewhere');
    const tried = await thief.browser.visitor.submit(`${thief.page.url}/contact-code`, {
      code,
      _csrf: tokenOn(thief.page),
    });
    expect(tried.status).toBe(422);
    const skipped = await thief.browser.visitor.submit(`${thief.page.url}/enrol`, {
      otp: '123456',
      _csrf: tokenOn(thief.page),
    });
    expect([skipped.status, skipped.headers.get('location')]).toEqual([
      303,
      new URL(thief.page.url).pathname,
    ]);
    expect(pageName(await mine.browser.press(sent, 'verify', { code }))).toBe('totp-enrol');
  });

  it('leads on in a second tab of the same interaction', async () => {
    const { browser, page } = await afterPassword('two-tabs');
    const sent = await browser.press(page, 'send-code', { channel: 'sms' });
    const code = await gateway.codeFor(phoneOf(6));
    const other = await browser.open(page.url);
    expect(other.body).toContain('id="sent-to"');
    expect(pageName(await browser.press(other, 'verify', { code }))).toBe('totp-enrol');
    expect(pageName(await browser.press(sent, 'verify', { code }))).toBe('totp-enrol');
  });
});

function tokenOn(page: Visit): string {
  return /name="_csrf" value="([^"]+)"/u.exec(page.body)?.[1] ?? '';
}
