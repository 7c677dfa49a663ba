// Forgotten passwords, lost phones and lost factors, over HTTP: what is refused first, then who gets
// the account back, and what becomes of everything that was open.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PasswordStore } from '../../src/credentials/password-store.ts';
import { TotpStore } from '../../src/credentials/totp-store.ts';
import { registeredPeople, samplePeople } from '../../src/demo/registers/people.ts';
import { eventTypes, visitAccountCentre } from '../support/account-visitor.ts';
import { CITY_PASSWORD, TOTP_SECRET } from '../support/city-accounts.ts';
import type { CityPerson } from '../support/city-accounts.ts';
import { CityBrowser, otpOf, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { chosen, Forgetful, linkIn, RECOVERED_PASSWORD } from '../support/forgetful.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { startRegisters } from '../support/registers.ts';
import type { Registers } from '../support/registers.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const { uri } = migratedDatabase();
const [chen, lin, , , he] = samplePeople as readonly [Person, Person, Person, Person, Person];
interface Person {
  name: string;
  number: string;
}
const DAY = 86_400;

let city: CityNode;
let registers: Registers;
let gateway: MessageGateway;
let serial = 0;

const PHONES = new Map<string, string>();
function phoneFor(login: string): string {
  serial += 1;
  const phone = `177${String(serial).padStart(8, '0')}`;
  PHONES.set(login, phone);
  return phone;
}
const levelOne = (login: string, totpSecret?: string): CityPerson => ({
  login,
  level: 1,
  ...(totpSecret ? { totpSecret } : {}),
  fields: { phone: phoneFor(login), certificate_type: '', certificate_number: '' },
});
const verified = (login: string, { name, number }: Person, totpSecret?: string): CityPerson => ({
  login,
  name,
  ...(totpSecret ? { totpSecret } : {}),
  fields: { phone: phoneFor(login), certificate_type: '111', certificate_number: number },
});

beforeAll(async () => {
  [registers, gateway] = await Promise.all([startRegisters(), startMessageGateway()]);
  city = await startCityNode({
    mongodbUri: uri,
    environment: { ...registers.environment, ...gateway.environment },
    clients: [{ client_id: 'portal' }],
    accounts: [
      levelOne('plain'),
      levelOne('mailer'),
      levelOne('doubled'),
      levelOne('factored', TOTP_SECRET),
      verified('chen', chen, TOTP_SECRET),
      verified('lin', lin),
      verified('elder', he, TOTP_SECRET),
      { login: 'locked', level: 1, fields: { phone: phoneFor('locked') } },
    ],
  });
  registers.returnTo(city.issuer);
});
afterEach(() => registers.setFault('face', 'none'));
afterAll(async () => {
  await city.stop();
  await Promise.all([registers.stop(), gateway.stop()]);
});

const forgetful = () => new Forgetful(city.issuer, gateway);
const contactOf = (login: string) => {
  const contact = PHONES.get(login) ?? '';
  return { contact, to: `+86${contact}` };
};
const idOf = (login: string) => city.account(login).id;
const h1 = (page: Visit) => /<h1[^>]*>([^<]+)</u.exec(page.body)?.[1];
const errorOn = (page: Visit, field: string) =>
  new RegExp(`id="${field}-error">([^<]+)<`, 'u').exec(page.body)?.[1];

async function canSignIn(login: string, password: string): Promise<boolean> {
  const browser = new CityBrowser(city.issuer);
  const { visit } = await browser.request(city.client('portal'));
  const answer = await browser.press(visit, 'sign-in', { login, password });
  return answer.headers.get('location')?.includes('code=') ?? false;
}

describe('a contact alone', () => {
  it('gives an account of level 1 a new password, ends what was open, and the sign-in goes on', async () => {
    const { browser: elsewhere } = await visitAccountCentre(city, 'plain');
    const person = forgetful();
    const { visit } = await person.browser.request(city.client('portal'));
    const link = /href="(\/recover[^"]*)" id="recover"/u.exec(visit.body)?.[1] ?? '';
    const password = await person.proveContact(contactOf('plain'), link);
    expect(pageName(password)).toBe('recover-password');
    const unfit = await person.browser.press(password, 'save-password', {
      new_password: 'short',
      repeat_password: 'short',
    });
    expect([unfit.status, errorOn(unfit, 'new-password')]).toEqual([
      422,
      expect.stringContaining('8 位'),
    ]);
    const done = await person.browser.press(password, 'save-password', chosen);
    expect(pageName(done)).toBe('recovered');
    const answer = await person.browser.press(done, 'onward');
    expect(answer.headers.get('location')).toContain('code=');
    expect(pageName(await elsewhere.open('/account'))).toBe('sign-in');
    expect(await canSignIn('plain', CITY_PASSWORD)).toBe(false);
    expect(await canSignIn('plain', RECOVERED_PASSWORD)).toBe(true);
    expect(await eventTypes(city, idOf('plain'))).toContain('recovery.completed');
    await expect.poll(() => gateway.countOf(contactOf('plain').to, '找回并设置')).toBe(1);
    await expect.poll(() => gateway.countOf('plain@example.com', '找回并设置')).toBe(1);
  });

  it('by mail needs the name with it, and the offer waits on the sign-in page for a while', async () => {
    const person = forgetful();
    const mail = { contact: 'Mailer@Example.com', to: 'mailer@example.com' };
    const nameless = await person.askForCode(mail);
    expect(errorOn(nameless, 'login')).toContain('用户名');
    const password = await person.proveContact({ ...mail, login: 'mailer' });
    await person.browser.press(password, 'save-password', chosen);
    const signIn = await person.browser.open('/account');
    expect(signIn.body).toContain('id="use-recovered"');
    expect(pageName(await person.browser.press(signIn, 'use-recovered'))).toBe('account-overview');
    expect((await forgetful().browser.open('/account')).body).not.toContain('use-recovered');
  });

  it('sets one password, however many forms are sent at once', async () => {
    const person = forgetful();
    const page = await person.proveContact(contactOf('doubled'));
    const form = readForm(page, 'save-password');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        person.browser.visitor.submit(form.action, { ...form.fields, ...chosen }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 303));
    const types = await eventTypes(city, idOf('doubled'));
    expect(types.filter((type) => type === 'recovery.completed')).toHaveLength(1);
  });

  it('opens nothing that an operator has locked', async () => {
    await city.accountStore.lock(idOf('locked'), { actor: 'operator', reason: 'test' });
    const page = await forgetful().proveContact(contactOf('locked'));
    expect([page.status, pageName(page)]).toEqual([200, 'recover-stopped']);
    expect(h1(page)).toContain('没有找到');
  });
});

describe('a verified account', () => {
  it('needs a second factor with the contact', async () => {
    const person = forgetful();
    const proof = await person.proveContact(contactOf('chen'));
    expect(pageName(proof)).toBe('recover-proof');
    const skipped = await person.browser.open('/recover/password');
    expect(pageName(skipped)).toBe('recover-proof');
    const wrong = await person.browser.press(proof, 'verify', { otp: '000000' });
    expect(wrong.status).toBe(422);
    const otp = await otpOf(city.account('chen'), city.clock.now());
    const password = await person.browser.press(proof, 'verify', { otp });
    expect(pageName(password)).toBe('recover-password');
    await person.browser.press(password, 'save-password', chosen);
    expect(await canSignIn('chen', RECOVERED_PASSWORD)).toBe(true);
  });

  it('or the person by the face, which a register that is down or says no does not give', async () => {
    const person = forgetful();
    const proof = await person.proveContact(contactOf('lin'));
    const page = await person.browser.open('/recover/face');
    expect(proof.body).toContain('href="/recover/face"');
    const without = await person.browser.press(page, 'face', { ...lin });
    expect(errorOn(without, 'consent')).toContain('单独同意');
    await registers.setFault('face', 'down');
    expect((await person.proveFace(page, lin)).status).toBe(503);
    await registers.setFault('face', 'none');
    const other = await person.proveFace(page, lin, 'different_person');
    expect([other.status, h1(other)]).toEqual([422, '没有确认是您本人']);
    const password = await person.proveFace(await person.browser.open('/recover/face'), lin);
    expect(pageName(password)).toBe('recover-password');
    const done = await person.browser.press(password, 'save-password', chosen);
    expect(pageName(done)).toBe('recovered');
    expect(await canSignIn('lin', CITY_PASSWORD)).toBe(false);
  });

  it('is not opened by the face of somebody else, nor found for who has none', async () => {
    city.clock.advance(61);
    const person = forgetful();
    await person.proveContact(contactOf('chen'));
    const stranger = registeredPeople.at(-6) ?? chen;
    const answer = await person.proveFace(await person.browser.open('/recover/face'), stranger);
    expect([pageName(answer), h1(answer)]).toEqual(['recover-stopped', '没有找到您的账号']);
  });
});

describe('when everything is lost', () => {
  const fresh = { contact: '17799990001', to: '+8617799990001' };

  it('the face and a day of waiting give the account back, with a new contact and no old factor', async () => {
    const { browser: elsewhere } = await visitAccountCentre(city, 'elder');
    const person = forgetful();
    const nothing = await person.proveContact(fresh);
    expect(h1(nothing)).toContain('没有找到');
    const wait = await person.proveFace(await person.browser.open('/recover/face'), he);
    expect(pageName(wait)).toBe('recover-wait');
    const waiting = await person.browser.press(wait, 'begin-wait');
    expect(pageName(waiting)).toBe('recover-waiting');
    expect(pageName(await elsewhere.open('/account'))).toBe('account-overview');
    await expect.poll(() => linkIn(gateway, 'elder@example.com', '/recover/cancel')).toBeDefined();
    expect(linkIn(gateway, contactOf('elder').to, '/recover/cancel')).toBeDefined();
    expect(linkIn(gateway, fresh.to, '/recover/continue')).toBeUndefined();
    city.clock.advance(DAY + 60);
    await expect
      .poll(() => linkIn(gateway, fresh.to, '/recover/continue'), { timeout: 10_000 })
      .toBeDefined();
    const later = forgetful();
    const link = await later.browser.open(linkIn(gateway, fresh.to, '/recover/continue') ?? '');
    expect(link.url).not.toContain('continue/');
    const password = await later.browser.press(link, 'confirm');
    expect(pageName(await later.browser.press(password, 'save-password', chosen))).toBe(
      'recovered',
    );
    const account = await city.accountStore.findByLogin(fresh.contact);
    expect(account).toMatchObject({ id: idOf('elder'), realNameLevel: 3 });
    expect(pageName(await elsewhere.open('/account'))).toBe('sign-in');
    expect(await new TotpStore(city.storage).findActive(idOf('elder'))).toBeUndefined();
    const again = await later.browser.open(linkIn(gateway, fresh.to, '/recover/continue') ?? '');
    expect(pageName(again)).toBe('recover-link-done');
  });

  it('a second factor of level 1 is replaced after a day, unless a contact objects', async () => {
    const person = forgetful();
    const proof = await person.proveContact(contactOf('factored'));
    const waiting = await person.browser.press(proof, 'begin-wait');
    expect(pageName(waiting)).toBe('recover-waiting');
    await expect
      .poll(() => linkIn(gateway, 'factored@example.com', '/recover/cancel'))
      .toBeDefined();
    const owner = forgetful();
    const cancelLink = linkIn(gateway, 'factored@example.com', '/recover/cancel') ?? '';
    const ask = await owner.browser.open(cancelLink);
    expect(pageName(ask)).toBe('recover-link');
    expect(h1(await owner.browser.press(ask, 'confirm'))).toBe('已经取消');
    expect(h1(await owner.browser.press(ask, 'confirm'))).toBe('已经取消');
    city.clock.advance(DAY + 60);
    await expect
      .poll(() => linkIn(gateway, contactOf('factored').to, '/recover/continue'), {
        timeout: 10_000,
      })
      .toBeDefined();
    const link = linkIn(gateway, contactOf('factored').to, '/recover/continue') ?? '';
    expect(h1(await person.browser.open(link))).toBe('这次找回被取消了');
    const password = await new PasswordStore(city.storage).find(idOf('factored'));
    expect(password?.revision).toBe(1);
  });
});
