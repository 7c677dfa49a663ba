// A passkey from its first use to its last, in a real browser with a simulated authenticator: added in
// the account centre, signing in without a login, as second factor, up to a system that demands level 4.
import { decodeJwt } from 'jose';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import { authorizationRequest } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import {
  credentialsOf,
  openPasskeyPerson,
  pressAndWait,
  shownPage,
  typePassword,
} from '../support/passkey-person.ts';
import type { PasskeyPerson } from '../support/passkey-person.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let browser: Browser;
let city: CityNode;
let gateway: MessageGateway;

const phoneOf = (last: number) => `+861380000${String(last).padStart(4, '0')}`;
const PASSKEYS = '/account/security/passkeys';

beforeAll(async () => {
  [browser, gateway] = await Promise.all([launchBrowser(), startMessageGateway()]);
  city = await startCityNode({
    mongodbUri: uri,
    environment: gateway.environment,
    clients: [{ client_id: 'portal' }, { client_id: 'vault', minimum_level: 4 }],
    accounts: [
      { login: 'adding', level: 4, fields: { phone: phoneOf(1) } },
      { login: 'stepping', level: 4, totpSecret: TOTP_SECRET, fields: { phone: phoneOf(2) } },
      { login: 'officer', kind: 'civilServant', totpSecret: TOTP_SECRET },
      { login: 'copied', totpSecret: TOTP_SECRET, fields: { phone: phoneOf(4) } },
      { login: 'gone', totpSecret: TOTP_SECRET },
      { login: 'locked', totpSecret: TOTP_SECRET },
    ],
  });
}, 60_000);
afterAll(async () => {
  await browser.close();
  await city.stop();
  await gateway.stop();
});

/** Signed in with all the account has, at the page of its passkeys. */
async function atPasskeys(login: string): Promise<PasskeyPerson> {
  const person = await openPasskeyPerson(browser);
  await person.page.goto(`${city.issuer}${PASSKEYS}`);
  await typePassword(person.page, city.account(login));
  return person;
}

async function withPasskey(login: string): Promise<PasskeyPerson> {
  const person = await atPasskeys(login);
  if ((await shownPage(person.page)) === 'second-factor') {
    throw new Error('asked for a factor that was just proven');
  }
  await addPasskey(person);
  return person;
}

async function addPasskey({ page }: PasskeyPerson, name = '我的手机'): Promise<void> {
  await page.fill('#name', name);
  await pressAndWait(page, 'passkey-add');
  expect(await page.textContent('main')).toContain('通行密钥已添加');
}

/** Goes to a client in a browser that is signed in nowhere; the answer is what the client got. */
async function toClient({ context, page }: PasskeyPerson, clientId: string) {
  await context.clearCookies();
  const pending = authorizationRequest(city.issuer, city.client(clientId));
  await page.goto(pending.url.href);
  return pending;
}

/** What the client is told when `button` completes the sign-in. */
async function claimsAfter(
  { page }: PasskeyPerson,
  pending: Awaited<ReturnType<typeof toClient>>,
  button: string,
): Promise<Record<string, unknown>> {
  const { redirectUri } = pending.client;
  const isAnswer = (request: { url(): string }) => request.url().startsWith(redirectUri);
  const [request] = await Promise.all([page.waitForRequest(isAnswer), page.click(`#${button}`)]);
  const parameters = new URL(request.url()).searchParams;
  const code = parameters.get('code') ?? '';
  const tokens = await new TokenClient(city.issuer).redeem({ ...pending, parameters, code });
  return decodeJwt(String(tokens.body['id_token']));
}

describe('a passkey', { timeout: 60_000 }, () => {
  it('is added after a code to the phone, told, and opens a level 4 system without a login', async () => {
    const person = await atPasskeys('adding');
    const { page } = person;
    expect(await shownPage(page)).toBe('contact-code');
    await pressAndWait(page, 'send-code');
    await page.fill('#code', await gateway.codeFor(phoneOf(1)));
    await pressAndWait(page, 'verify');
    expect(await shownPage(page)).toBe('account-passkeys');
    await addPasskey(person);
    await expect.poll(() => gateway.countOf(phoneOf(1), '添加了通行密钥')).toBe(1);
    const [stored] = await credentialsOf(person);
    expect(stored?.isResidentCredential).toBe(true);
    const pending = await toClient(person, 'vault');
    const claims = await claimsAfter(person, pending, 'passkey-sign-in');
    expect(claims).toMatchObject({
      acr: 'urn:hutong:level:4',
      login_strength: 3,
      amr: ['hwk', 'user', 'mfa'],
    });
    expect(claims['sub']).not.toBe('');
  });

  it('stands in for the code of an authenticator after a password', async () => {
    const person = await withPasskey('stepping');
    const pending = await toClient(person, 'vault');
    const { login, password } = city.account('stepping');
    await person.page.fill('#login', login);
    await person.page.fill('#password', password);
    await pressAndWait(person.page, 'sign-in');
    expect(await shownPage(person.page)).toBe('second-factor');
    const claims = await claimsAfter(person, pending, 'passkey-confirm');
    const { amr, login_strength: strength } = claims;
    expect([amr, strength]).toEqual([['pwd', 'hwk', 'user', 'mfa'], 3]);
  });

  it('lets staff in without an authenticator app', async () => {
    const person = await withPasskey('officer');
    const pending = await toClient(person, 'portal');
    const claims = await claimsAfter(person, pending, 'passkey-sign-in');
    expect(claims['login_strength']).toBe(3);
  });

  it('whose counter goes back is refused, and its owner is told', async () => {
    const person = await withPasskey('copied');
    await toClient(person, 'portal');
    const [stored] = await credentialsOf(person);
    if (!stored) throw new Error('nothing was stored');
    const { authenticatorId } = person;
    const { credentialId } = stored;
    await person.cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
    await city.storage.database
      .collection('passkeyCredentials')
      .updateOne(
        { _id: city.account('copied').id as never },
        { $set: { 'passkeys.0.counter': 99 } },
      );
    await person.cdp.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: { ...stored, signCount: 5 },
    });
    await pressAndWait(person.page, 'passkey-sign-in');
    expect(await shownPage(person.page)).toBe('sign-in');
    expect(await person.page.textContent('.error-summary')).toContain('没有通过');
    await expect.poll(() => gateway.countOf(phoneOf(4), '可能被复制')).toBe(1);
  });

  it('gives one and the same answer once removed, and of a locked account', async () => {
    const answers: string[] = [];
    const removed = await withPasskey('gone');
    await removed.page.click('summary:has-text("删除")');
    await pressAndWait(removed.page, 'passkey-remove-0');
    expect(await removed.page.textContent('main')).toContain('通行密钥已删除');
    const locked = await withPasskey('locked');
    await city.accountStore.lock(city.account('locked').id, { actor: 'operator' });
    for (const person of [removed, locked]) {
      await toClient(person, 'portal');
      const [answer] = await Promise.all([
        person.page.waitForResponse((response) => response.url().endsWith('/passkey')),
        pressAndWait(person.page, 'passkey-sign-in'),
      ]);
      answers.push(`${answer.status()} ${await person.page.textContent('.error-summary')}`);
    }
    expect(answers[0]).toContain('422');
    expect(answers[0]).toContain('没有通过');
    expect(answers[1]).toBe(answers[0]);
  });
});
