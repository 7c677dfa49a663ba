// An account that is locked, closed, deleted or loses its level between any two requests: a clean
// refusal everywhere, never a 5xx, and nothing that was issued before works on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, RequestParameters } from '../support/city-browser.ts';
import { CityBrowser, otpOf, pageName } from '../support/city-browser.ts';
import { importCityAccounts, TOTP_SECRET } from '../support/city-accounts.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const OPERATOR = { actor: 'operator' };
let city: CityNode;
let tokens: TokenClient;
let serial = 0;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      { client_id: 'portal', scope: 'openid profile offline_access' },
      { client_id: 'hall', consent: 'ask' },
      { client_id: 'department', minimum_level: 3 },
    ],
  });
  tokens = new TokenClient(city.issuer);
});
afterAll(() => city.stop());

async function person(options: { totpSecret?: string } = {}): Promise<CityAccount> {
  serial += 1;
  const people = [{ login: `person-${serial}`, ...options }];
  const [account] = await importCityAccounts(city.storage, city.accountStore, people);
  if (!account) throw new Error('nobody was imported');
  return account;
}

const vanishing = {
  locked: (id: string) => city.accountStore.lock(id, OPERATOR),
  closed: (id: string) => city.accountStore.close(id, OPERATOR),
  deleted: (id: string) => city.accountStore.delete(id, OPERATOR),
};

async function signedIn(account: CityAccount, parameters: RequestParameters = {}) {
  const browser = new CityBrowser(city.issuer);
  const answer = await browser.authorize(city.client('portal'), account, parameters);
  return { browser, answer };
}

async function redeemed(answer: Answer) {
  const { body } = await tokens.redeem(answer);
  return {
    accessToken: String(body.access_token),
    refreshToken: String(body.refresh_token),
    idToken: String(body.id_token),
  };
}

describe.each(Object.entries(vanishing))('an account that is %s', (_how, vanish) => {
  test('before the password is sent: as if the password were wrong', async () => {
    const account = await person();
    const browser = new CityBrowser(city.issuer);
    const { visit } = await browser.request(city.client('portal'));
    await vanish(account.id);
    const { login, password } = account;
    const refused = await browser.press(visit, 'sign-in', { login, password });
    expect([refused.status, pageName(refused)]).toEqual([422, 'sign-in']);
  });

  test('before the second factor: back to the password', async () => {
    const account = await person({ totpSecret: TOTP_SECRET });
    const browser = new CityBrowser(city.issuer);
    const { visit } = await browser.request(city.client('department'));
    const { login, password } = account;
    const second = await browser.press(visit, 'sign-in', { login, password });
    expect(pageName(second)).toBe('second-factor');
    await vanish(account.id);
    const refused = await browser.press(second, 'verify', { otp: await otpOf(account) });
    expect(pageName(refused)).toBe('sign-in');
    expect(refused.status).toBeLessThan(500);
  });

  test('before the consent: asked to sign in again, nothing is given', async () => {
    const account = await person();
    const { browser } = await signedIn(account);
    const { visit } = await browser.request(city.client('hall'));
    expect(pageName(visit)).toBe('consent');
    await vanish(account.id);
    const refused = await browser.press(visit, 'consent-accept');
    expect(refused.status).toBeLessThan(500);
    expect(pageName(refused)).toBe('sign-in');
  });

  test('before the code is redeemed: invalid_grant', async () => {
    const account = await person();
    const { answer } = await signedIn(account);
    await vanish(account.id);
    expect(await tokens.redeem(answer)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test.each(['', 'offline_access'])('after tokens (%s): none of them works', async (scope) => {
    const account = await person();
    const parameters = scope ? { scope: `openid ${scope}`, prompt: 'consent' } : {};
    const { answer } = await signedIn(account, parameters);
    const { accessToken, refreshToken } = await redeemed(answer);
    await vanish(account.id);
    expect(await tokens.userinfo(accessToken)).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    });
    const { body } = await tokens.introspect(answer.client, accessToken);
    expect(body).toEqual({ active: false });
    const introspected = await tokens.introspect(answer.client, refreshToken);
    expect(introspected.body).toEqual({ active: false });
    expect(await tokens.refresh(answer.client, refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(await tokens.revoke(answer.client, accessToken)).toMatchObject({ status: 200 });
  });

  test('under a living session: the next client asks to sign in, prompt=none is told', async () => {
    const account = await person();
    const { browser } = await signedIn(account);
    await vanish(account.id);
    const silent = await browser.request(city.client('portal'), { prompt: 'none' });
    expect(nextAddress(silent.visit)?.searchParams.get('error')).toBe('login_required');
    const { visit } = await browser.request(city.client('portal'));
    expect(pageName(visit)).toBe('sign-in');
    const other = await person();
    const { pending, visit: page } = await browser.request(city.client('portal'));
    const answer = browser.finish(pending, await browser.walk(page, other));
    expect(await tokens.redeem(answer)).toMatchObject({ status: 200 });
  });

  test('with an ID token as hint or at sign-out: no error page', async () => {
    const account = await person();
    const { browser, answer } = await signedIn(account);
    const { idToken } = await redeemed(answer);
    await vanish(account.id);
    const hinted = await browser.request(city.client('portal'), { id_token_hint: idToken });
    expect(pageName(hinted.visit)).toBe('sign-in');
    const url = `${city.issuer}/oauth2/logout?id_token_hint=${idToken}`;
    expect((await browser.open(url)).status).toBe(200);
  });
});

describe('a level that falls', () => {
  async function setLevel(account: CityAccount, level: 1 | 2 | 3): Promise<void> {
    const origin = { source: 'test', grade: 'A' as const };
    const outcome = await city.accountStore.setRealNameLevel(
      account.id,
      { level, origin },
      OPERATOR,
    );
    expect(outcome).toMatchObject({ ok: true });
  }

  async function atLevelThree() {
    const account = await person({ totpSecret: TOTP_SECRET });
    const browser = new CityBrowser(city.issuer);
    const answer = await browser.authorize(city.client('department'), account);
    const issued = await redeemed(answer);
    const claims = await tokens.verifyIdToken(answer, issued.idToken);
    expect(claims['acr']).toBe('urn:hutong:level:3');
    return { account, browser, answer, ...issued };
  }

  test('ends the session at the next request, which is not re-labelled', async () => {
    const { account, browser, accessToken, refreshToken } = await atLevelThree();
    await setLevel(account, 2);
    const silent = await browser.request(city.client('portal'), { prompt: 'none' });
    expect(nextAddress(silent.visit)?.searchParams.get('error')).toBe('login_required');
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
    expect(await tokens.refresh(city.client('department'), refreshToken)).toMatchObject({
      status: 400,
    });
    const sessions = await city.storage.database
      .collection('sessions')
      .find({ accountId: account.id, endedAt: { $ne: null } })
      .toArray();
    expect(sessions).toMatchObject([{ endReason: 'level_fell' }]);
  });

  test('ends the grant when the client refreshes first', async () => {
    const { account, refreshToken, accessToken } = await atLevelThree();
    await setLevel(account, 2);
    const refused = await tokens.refresh(city.client('department'), refreshToken);
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
  });

  test('refuses a code that was made before', async () => {
    const account = await person({ totpSecret: TOTP_SECRET });
    const answer = await new CityBrowser(city.issuer).authorize(city.client('department'), account);
    await setLevel(account, 2);
    expect(await tokens.redeem(answer)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('that rises shows at the next request', async () => {
    const account = await person();
    await setLevel(account, 1);
    const { browser, answer } = await signedIn(account);
    const low = await tokens.verifyIdToken(answer, (await redeemed(answer)).idToken);
    expect(low['acr']).toBe('urn:hutong:level:1');
    await setLevel(account, 3);
    const next = await browser.authorize(city.client('portal'));
    const high = await tokens.verifyIdToken(next, (await redeemed(next)).idToken);
    expect(high['acr']).toBe('urn:hutong:level:2');
  });
});
