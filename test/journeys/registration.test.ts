// Somebody without an account makes one: by phone, by mail, on the way into a system; and what is
// refused on the way, in words that lead on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageName } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import type { HttpVisitor } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { Newcomer, NEW_PASSWORD, agreed, freshPhone } from '../support/newcomer.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let gateway: MessageGateway;

const held = { typed: '13900007001', e164: '+8613900007001' };
const heldByStaff = { typed: '13900007002', e164: '+8613900007002' };

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [{ client_id: 'portal' }, { client_id: 'staff-only', subjects: ['civilServant'] }],
    accounts: [
      { login: 'holder', fields: { phone: held.e164, email: 'holder@example.com' } },
      { login: 'officer', kind: 'civilServant', fields: { phone: heldByStaff.e164 } },
    ],
  });
});
afterAll(async () => {
  await city.stop();
  await gateway.stop();
});

const newcomer = (visitor?: HttpVisitor) => new Newcomer(city.issuer, gateway, visitor);
const accountOf = (login: string) =>
  city.accountStore.findByLogin(login, { kind: 'naturalPerson' });
const errorOn = (page: Visit, field: string) =>
  new RegExp(`id="${field}-error">([^<]+)<`, 'u').exec(page.body)?.[1];
const records = (collection: string, filter: object) =>
  city.storage.database.collection(collection).countDocuments(filter);

async function detailsPage(phone = freshPhone()) {
  const person = newcomer();
  return { person, phone, page: await person.proveContact(phone) };
}

describe('a registration', () => {
  it('by phone makes an account at level 1 with what was agreed to, and leads into it once', async () => {
    const phone = freshPhone();
    const person = newcomer();
    const done = await person.register(phone);
    expect([done.status, pageName(done)]).toEqual([200, 'registered']);
    const account = await accountOf(phone.typed);
    expect(account).toMatchObject({ realNameLevel: 1, state: 'active', phone: phone.e164 });
    expect(account?.attribute('phone')?.verifiedAt).toBeInstanceOf(Date);
    const accountId = account?.id ?? '';
    expect(await records('agreementAcceptances', { accountId, version: 1 })).toBe(1);
    const events = await city.storage.database
      .collection<{ type: string }>('auditRecords')
      .find({ actor: accountId })
      .toArray();
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['registration.completed', 'agreements.accepted']),
    );

    const signIn = await person.browser.open('/account');
    const overview = await person.browser.press(signIn, 'use-registered');
    expect(pageName(overview)).toBe('account-overview');
    expect(overview.body).toContain('176****');
    const agreements = await person.browser.open('/account/agreements');
    expect(agreements.body).toContain('/agreements/real-name-registration/1');
    expect(gateway.countOf(phone.e164, '新设备')).toBe(0);

    const { visit } = await newcomer(person.browser.visitor).browser.request(
      city.client('portal'),
      {
        prompt: 'login',
      },
    );
    expect(visit.body).not.toContain('id="use-registered"');
    expect(pageName(await newcomer().register(freshPhone()))).toBe('registered');
  });

  it('on the way into a system ends there, without typing the password again', async () => {
    const phone = freshPhone();
    const person = newcomer();
    const { pending, visit } = await person.browser.request(city.client('portal'));
    const link = /href="([^"]+)" id="sign-up"/u.exec(visit.body)?.[1] ?? '';
    const details = await person.proveContact(phone, link);
    const done = await person.browser.press(details, 'register', { ...agreed, login: 'wen.qing' });
    const answer = person.browser.finish(pending, await person.browser.press(done, 'onward'));
    expect(answer.code).not.toBe('');

    const elsewhere = newcomer().browser;
    const again = await elsewhere.request(city.client('portal'));
    const account = { login: 'WEN.QING', password: NEW_PASSWORD } as CityAccount;
    expect(
      elsewhere.finish(again.pending, await elsewhere.walk(again.visit, account)).code,
    ).not.toBe('');
  });

  it('by mail asks for a user name, because a mail address signs nobody in', async () => {
    const person = newcomer();
    const asked = await person.askForCode('Lin.Mei@Example.com', '/sign-up?by=mail');
    const code = await gateway.codeFor('lin.mei@example.com');
    const details = await person.browser.press(asked, 'verify', { code });
    const refused = await person.browser.press(details, 'register', agreed);
    expect([refused.status, errorOn(refused, 'login')]).toEqual([
      422,
      expect.stringContaining('用户名'),
    ]);
    const done = await person.browser.press(refused, 'register', { ...agreed, login: 'linmei' });
    expect(pageName(done)).toBe('registered');
    expect(await accountOf('linmei')).toMatchObject({
      email: 'lin.mei@example.com',
      phone: undefined,
    });
    expect(await accountOf('lin.mei@example.com')).toBeUndefined();
  });

  it('bears reload, the back button, a second tab and the same form twice', async () => {
    const { person, phone, page } = await detailsPage();
    expect(pageName(await person.browser.open('/sign-up/code'))).toBe('sign-up-details');
    const tab = newcomer(person.browser.visitor).browser;
    expect((await tab.open('/sign-up')).body).toContain(`value="${phone.typed}"`);
    expect(pageName(await tab.open('/sign-up/details'))).toBe('sign-up-details');
    const [one, two] = await Promise.all([
      person.browser.press(page, 'register', agreed),
      tab.press(page, 'register', agreed),
    ]);
    expect([pageName(one), pageName(two)]).toEqual(['registered', 'registered']);
    expect(pageName(await tab.press(page, 'register', agreed))).toBe('registered');
  });

  it('gives the contact up when another one is typed, and its code with it', async () => {
    const first = freshPhone();
    const second = freshPhone();
    const person = newcomer();
    const page = await person.askForCode(first.typed);
    const code = await gateway.codeFor(first.e164);
    await person.askForCode(second.typed);
    await gateway.codeFor(second.e164);
    const refused = await person.browser.press(page, 'verify', { code });
    expect([refused.status, pageName(refused)]).toEqual([422, 'sign-up-code']);
    expect(refused.body).not.toContain(first.typed.slice(-4));
  });

  it('says who registers otherwise, and is not offered where no persons are served', async () => {
    const page = await newcomer().browser.open('/sign-up?kind=legalEntity');
    expect([page.status, pageName(page)]).toEqual([200, 'sign-up-entity']);
    const { visit } = await newcomer().browser.request(city.client('staff-only'));
    expect(visit.body).not.toContain('id="sign-up"');
  });
});

describe('a number that opens an account', () => {
  it('is answered like any other until the code came, then offers both ways', async () => {
    const person = newcomer();
    const known = await person.askForCode(held.typed);
    const unknown = await newcomer().askForCode(freshPhone().typed);
    const plain = (page: Visit) =>
      page.body.replaceAll(/(?:nonce|value)="[^"]*"|\d{3}\*{4}\d{4}/gu, '').replace(/…/u, '');
    expect(plain(known)).toBe(plain(unknown));
    expect(known.status).toBe(unknown.status);

    const code = await gateway.codeFor(held.e164);
    const told = await person.browser.press(known, 'verify', { code });
    expect(pageName(told)).toBe('sign-up-known');
    expect(told.body).not.toContain('holder');
    // Nothing else is reached without the person's word.
    expect(pageName(await person.browser.open('/sign-up/details'))).toBe('sign-up-known');
    expect((await accountOf('holder'))?.phone).toBe(held.e164);

    const details = await person.browser.press(told, 'go-on');
    const done = await person.browser.press(details, 'register', agreed);
    expect(pageName(done)).toBe('registered');
    const fresh = await accountOf(held.typed);
    const former = await accountOf('holder');
    expect(fresh?.id).not.toBe(former?.id);
    expect(former).toMatchObject({ phone: undefined, realNameLevel: 3, state: 'active' });
    await expect.poll(() => gateway.countOf('holder@example.com', '139****7001')).toBe(1);
    expect(gateway.countOf(held.e164, '移除')).toBe(0);
    expect(
      await records('auditRecords', { type: 'accounts.phone_left', subject: former?.id }),
    ).toBe(1);
  });

  it('of a staff account is free for a person', async () => {
    expect(pageName(await newcomer().proveContact(heldByStaff))).toBe('sign-up-details');
  });
});
