// What a registration refuses, in words that lead on: fields that are wrong, codes that are guessed
// or meant for something else, pages that belong to another browser or to the past.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageName } from '../support/city-browser.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { HttpVisitor } from '../support/http-visitor.ts';
import type { Visit } from '../support/http-visitor.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { Newcomer, NEW_PASSWORD, agreed, freshPhone } from '../support/newcomer.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let gateway: MessageGateway;

beforeAll(async () => {
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [{ client_id: 'portal' }],
    accounts: [{ login: 'holder' }],
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

async function detailsPage(phone = freshPhone()) {
  const person = newcomer();
  return { person, phone, page: await person.proveContact(phone) };
}

/** A code that lets an account of the same browser bind an authenticator. */
async function codeOfAccountCentre(): Promise<string> {
  const phone = freshPhone();
  const person = newcomer();
  await person.register(phone);
  const signIn = await person.browser.open('/account/security/totp');
  const account = { login: phone.typed, password: NEW_PASSWORD } as CityAccount;
  const page = await person.browser.walk(signIn, account);
  await person.browser.press(page, 'send-code', { channel: 'sms' });
  return gateway.codeFor(phone.e164, 1);
}

describe('refused, with words beside the field:', () => {
  it.each([
    ['', '请填写'],
    ['12345', '手机号码不正确'],
    ['62345678', '+852'],
  ])('the phone %j', async (typed, words) => {
    const page = await newcomer().askForCode(typed);
    expect([page.status, errorOn(page, 'contact')]).toEqual([422, expect.stringContaining(words)]);
    expect(page.body).toContain(`value="${typed}"`);
  });

  it('a code guessed six times, the right one after it, and a second message within the minute', async () => {
    const phone = freshPhone();
    const person = newcomer();
    let page = await person.askForCode(phone.typed);
    const code = await gateway.codeFor(phone.e164);
    const wrong = code === '000000' ? '000001' : '000000';
    const first = page;
    for (let guess = 0; guess < 5; guess += 1) {
      page = await person.browser.press(first, 'verify', { code: wrong });
      expect(page.status).toBe(422);
    }
    const right = await person.browser.press(first, 'verify', { code });
    expect([right.status, pageName(right)]).toEqual([422, 'sign-up-code']);
    expect(errorOn(right, 'send-code')).toContain('作废');
    const again = await person.browser.press(right, 'send-code');
    expect(again.status).toBe(429);
    city.clock.advance(61);
    expect((await person.browser.press(again, 'send-code')).status).toBe(200);
  });

  it.each([
    ['a box that is not ticked', { agree: '', field: 'agree', words: '打勾' }],
    [
      'a password that is too short',
      { new_password: 'a1', repeat_password: 'a1', field: 'new-password', words: '8' },
    ],
    [
      'two different passwords',
      { repeat_password: 'seven quiet herons 42', field: 'repeat-password', words: '不一样' },
    ],
    ['a name like a number', { login: '13812345678', field: 'login', words: '不能像' }],
    ['a name too short', { login: 'a', field: 'login', words: '3' }],
    ['a name that is taken', { login: 'Holder', field: 'login', words: '已经有人用' }],
    ['an agreement of another version', { agreement_version: '7', field: 'agree', words: '更新' }],
  ])('%s', async (_name, { field, words, ...fields }) => {
    const { person, page, phone } = await detailsPage();
    const refused = await person.browser.press(page, 'register', {
      ...agreed,
      login: 'kept.name',
      ...fields,
    });
    expect([refused.status, errorOn(refused, field)]).toEqual([
      422,
      expect.stringContaining(words),
    ]);
    expect(refused.body).not.toContain(NEW_PASSWORD);
    expect(refused.body).toContain(
      `value="${(fields as { login?: string }).login ?? 'kept.name'}"`,
    );
    expect(await accountOf(phone.typed)).toBeUndefined();
  });

  it(
    'the search for names that are taken, after twenty in a day',
    { timeout: 60_000 },
    async () => {
      const { person, page } = await detailsPage();
      const ask = (login: string) => person.browser.press(page, 'register', { ...agreed, login });
      for (let count = 0; count < 20; count += 1) {
        expect(errorOn(await ask('holder'), 'login')).toContain('已经有人用');
      }
      expect(errorOn(await ask('holder'), 'login')).toContain('明天再试');
      expect(pageName(await ask(''))).toBe('registered');
    },
  );

  it('the phone inside the password', async () => {
    const { person, page, phone } = await detailsPage();
    const password = `river ${phone.typed}`;
    const fields = { ...agreed, new_password: password, repeat_password: password };
    const refused = await person.browser.press(page, 'register', fields);
    expect(errorOn(refused, 'new-password')).toContain('手机号');
  });
});

describe('nothing is done', () => {
  it('with the cookie of another browser, or without one', async () => {
    const { page } = await detailsPage();
    const other = newcomer();
    await other.browser.open('/sign-up');
    const token = /name="_csrf" value="([^"]+)"/u.exec(
      (await other.browser.open('/sign-up')).body,
    )?.[1];
    const answer = await other.browser.visitor.submit(new URL('/sign-up/details', city.issuer), {
      ...agreed,
      agreement_version: '1',
      _csrf: token ?? '',
    });
    expect([answer.status, pageName(answer)]).toEqual([400, 'sign-up-ended']);
    const stranger = newcomer(new HttpVisitor());
    expect((await stranger.browser.press(page, 'register', agreed)).status).toBeGreaterThanOrEqual(
      400,
    );
  });

  it('by somebody who had used the browser before and kept its cookies', async () => {
    const person = newcomer();
    await person.browser.open('/sign-up');
    const thief = newcomer(person.browser.visitor.copy());
    const phone = freshPhone();
    const details = await person.proveContact(phone);
    const seized = await thief.browser.open('/sign-up/details');
    expect([seized.status, pageName(seized)]).toEqual([400, 'sign-up-ended']);
    expect(pageName(await thief.browser.press(details, 'register', agreed))).toBe('sign-up-ended');
    expect(await accountOf(phone.typed)).toBeUndefined();

    await person.browser.press(details, 'register', agreed);
    expect((await thief.browser.open('/account')).body).not.toContain('id="use-registered"');
    expect(pageName(await thief.browser.open('/sign-up/registered'))).toBe('sign-up-ended');
    const own = await person.browser.open('/account');
    expect(pageName(await person.browser.press(own, 'use-registered'))).toBe('account-overview');
  });

  it('a second time by the form of a code that was sent twice', async () => {
    const phone = freshPhone();
    const person = newcomer();
    const asked = await person.askForCode(phone.typed);
    const code = await gateway.codeFor(phone.e164);
    const both = await Promise.all([
      person.browser.press(asked, 'verify', { code }),
      person.browser.press(asked, 'verify', { code }),
    ]);
    expect(both.map(pageName)).toContain('sign-up-details');
    expect(pageName(await person.browser.press(asked, 'verify', { code }))).toBe('sign-up-details');
  });

  it('with a code that was sent for another purpose', async () => {
    const phone = freshPhone();
    const person = newcomer();
    const asked = await person.askForCode(phone.typed);
    const own = await gateway.codeFor(phone.e164);
    const code = await codeOfAccountCentre();
    expect(code).not.toBe(own);
    const refused = await person.browser.press(asked, 'verify', { code });
    expect([refused.status, pageName(refused)]).toEqual([422, 'sign-up-code']);
  });

  it('for an interaction of another browser, which keeps its own sign-in', async () => {
    const attacker = newcomer();
    const { visit } = await attacker.browser.request(city.client('portal'));
    const victim = newcomer();
    const link = /href="([^"]+)" id="sign-up"/u.exec(visit.body)?.[1] ?? '';
    const details = await victim.proveContact(freshPhone(), link);
    const done = await victim.browser.press(details, 'register', agreed);
    const stopped = await victim.browser.press(done, 'onward');
    expect(pageName(stopped)).toBe('interaction-expired');
    const own = await victim.browser.open('/account');
    expect(own.body).toContain('id="use-registered"');
  });

  it('by somebody who sits down at the same screen later', async () => {
    const person = newcomer();
    await person.register(freshPhone());
    city.clock.advance(11 * 60);
    expect((await person.browser.open('/account')).body).not.toContain('id="use-registered"');
  });

  it('half an hour after the beginning', async () => {
    const { person, page, phone } = await detailsPage();
    city.clock.advance(31 * 60);
    const late = await person.browser.press(page, 'register', agreed);
    expect([late.status, pageName(late)]).toEqual([400, 'sign-up-ended']);
    expect(await accountOf(phone.typed)).toBeUndefined();
  });
});
