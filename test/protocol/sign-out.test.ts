// Sign-out, by everyone who may end something: what ends, what stays, who is told and when.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import type { Answer, RequestParameters } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { nextAddress } from '../support/http-visitor.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { openProtocolStores } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
const forbidden = new LogoutReceiver();
let city: CityNode;
let other: ProtocolStores;
let tokens: TokenClient;

beforeAll(async () => {
  await Promise.all([receiver.start(), forbidden.start()]);
  const port = new URL(receiver.uriOf('')).port;
  const told = (name: string) => ({
    client_id: name,
    scope: 'openid profile offline_access',
    backchannel_logout_uri: receiver.uriOf(name),
  });
  city = await startCityNode({
    mongodbUri: uri,
    environment: { HUTONG_OUTBOUND_ALLOW: `127.0.0.1/32:${port}` },
    clients: [
      told('portal'),
      told('hall'),
      told('department'),
      { client_id: 'silent' },
      { client_id: 'inside', backchannel_logout_uri: forbidden.uriOf('inside') },
    ],
    accounts: [{ login: 'zhang' }, { login: 'liming' }],
  });
  receiver.trust(city.issuer);
  other = await openProtocolStores(uri, city.clock);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await other.database.close();
  await city.stop();
  await Promise.all([receiver.stop(), forbidden.stop()]);
});
beforeEach(() => {
  receiver.received.length = 0;
});

async function enter(
  browser: CityBrowser,
  clientId: string,
  { login = 'zhang', ...parameters }: RequestParameters = {},
) {
  const answer = await browser.authorize(city.client(clientId), city.account(login), parameters);
  const { body } = await tokens.redeem(answer);
  const claims = await tokens.verifyIdToken(answer, String(body.id_token));
  return {
    answer,
    sid: String(claims['sid']),
    sub: claims.sub,
    idToken: String(body.id_token),
    accessToken: String(body.access_token),
    refreshToken: String(body.refresh_token),
  };
}

async function expectOver(held: { answer: Answer; accessToken: string; refreshToken: string }) {
  expect(await tokens.userinfo(held.accessToken)).toMatchObject({ status: 401 });
  const refreshed = await tokens.refresh(held.answer.client, held.refreshToken);
  expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
}

describe('a person who signs out', () => {
  test('of everything, at a client: the others are told at once, that one three seconds later', async () => {
    const browser = new CityBrowser(city.issuer);
    const portal = await enter(browser, 'portal');
    const hall = await enter(browser, 'hall');
    const silent = await enter(browser, 'silent');
    const url = new URL('/oauth2/logout', city.issuer);
    url.searchParams.set('id_token_hint', portal.idToken);
    url.searchParams.set('post_logout_redirect_uri', 'https://portal.example.com/signed-out');
    url.searchParams.set('state', 'back again');
    const page = await browser.open(url);
    const end = await browser.press(page, 'sign-out-confirm');
    const home = 'https://portal.example.com/signed-out?state=back%20again';
    expect(nextAddress(end)?.href.replace('+', '%20')).toBe(home);
    await receiver.until(() => receiver.of('hall').length > 0);
    expect(receiver.of('hall')).toMatchObject([{ sid: hall.sid, sub: hall.sub }]);
    expect(receiver.of('portal')).toEqual([]);
    city.clock.advance(3);
    await receiver.until(() => receiver.of('portal').length > 0);
    expect(receiver.of('portal')).toMatchObject([{ sid: portal.sid }]);
    for (const held of [portal, hall, silent]) await expectOver(held);
    const { visit } = await browser.request(city.client('hall'));
    expect(pageName(visit)).toBe('sign-in');
  });

  test('of one client: only that one is told, the rest goes on, the next sid is another', async () => {
    const browser = new CityBrowser(city.issuer);
    const portal = await enter(browser, 'portal');
    const hall = await enter(browser, 'hall');
    const url = `${city.issuer}/oauth2/logout?id_token_hint=${portal.idToken}`;
    const end = await browser.press(await browser.open(url), 'sign-out-client');
    expect(pageName(end)).toBe('signed-out');
    await expectOver(portal);
    expect(await tokens.userinfo(hall.accessToken)).toMatchObject({ status: 200 });
    city.clock.advance(3);
    await receiver.until(() => receiver.of('portal').length > 0);
    const again = await enter(browser, 'portal');
    expect(again.sid).not.toBe(portal.sid);
    expect(receiver.of('hall')).toEqual([]);
  });

  test('keeps what was allowed for offline use, until it is ended on purpose', async () => {
    const browser = new CityBrowser(city.issuer);
    const offline = { scope: 'openid offline_access', prompt: 'consent' };
    const portal = await enter(browser, 'portal', { ...offline, login: 'liming' });
    await enter(browser, 'hall', { login: 'liming' });
    await browser.signOut();
    const refreshed = await tokens.refresh(portal.answer.client, portal.refreshToken);
    expect(refreshed).toMatchObject({ status: 200 });
    await other.revocation.revokeOfAccount(city.account('liming').id, 'ended_by_person');
    const refreshToken = String(refreshed.body.refresh_token);
    await expectOver({ ...portal, refreshToken });
  });

  test('twice, or with a page that is no longer true, meets no error of ours', async () => {
    const browser = new CityBrowser(city.issuer);
    await enter(browser, 'hall');
    const page = await browser.open('/oauth2/logout');
    const first = await browser.press(page, 'sign-out-confirm');
    expect(pageName(first)).toBe('signed-out');
    const second = await browser.press(page, 'sign-out-confirm');
    expect(second.status).toBeLessThan(500);
    const anew = await browser.open('/oauth2/logout');
    expect(anew.status).toBe(200);
  });

  test('cannot be signed out by another site', async () => {
    const browser = new CityBrowser(city.issuer);
    const hall = await enter(browser, 'hall');
    const page = await browser.open('/oauth2/logout');
    const form = readForm(page, 'sign-out-confirm');
    const forged = await browser.visitor.submit(
      form.action,
      { ...form.fields, xsrf: 'guessed' },
      'https://elsewhere.example.com',
    );
    expect(forged.status).toBeGreaterThanOrEqual(400);
    expect(forged.status).toBeLessThan(500);
    expect(await tokens.userinfo(hall.accessToken)).toMatchObject({ status: 200 });
  });
});

describe('a session that ends otherwise', () => {
  test('by a kick from another process: at once, with all its clients', async () => {
    const browser = new CityBrowser(city.issuer);
    const portal = await enter(browser, 'portal', { login: 'liming' });
    const hall = await enter(browser, 'hall', { login: 'liming' });
    await other.ending.endAllOfAccount(city.account('liming').id, {
      reason: 'ended_by_administrator',
      actor: 'operator',
    });
    await Promise.all([expectOver(portal), expectOver(hall)]);
    await receiver.until(() => receiver.received.length >= 2);
    const silent = await browser.request(city.client('hall'), { prompt: 'none' });
    expect(nextAddress(silent.visit)?.searchParams.get('error')).toBe('login_required');
  });

  test('because another person signs in at the same browser', async () => {
    const browser = new CityBrowser(city.issuer);
    const hall = await enter(browser, 'hall');
    const { pending, visit } = await browser.request(city.client('portal'), { prompt: 'login' });
    const { login, password } = city.account('liming');
    const switching = await browser.press(visit, 'sign-in', { login, password });
    expect(pageName(switching)).toBe('form-post');
    const end = await browser.press(switching, 'continue');
    const answer = browser.finish(pending, await browser.walk(end, city.account('liming')));
    await expectOver(hall);
    const redeemed = await tokens.redeem(answer);
    expect(redeemed).toMatchObject({ status: 200 });
    await receiver.until(() => receiver.of('hall').some(({ sid }) => sid === hall.sid));
  });
});

describe('a receiver', () => {
  test('that is down for a minute is told later, with a valid token', async () => {
    const browser = new CityBrowser(city.issuer);
    const department = await enter(browser, 'department');
    receiver.isDown = true;
    await browser.signOut();
    await receiver.until(() => receiver.refusals >= 1);
    city.clock.advance(60);
    await receiver.until(() => receiver.refusals >= 2);
    receiver.isDown = false;
    city.clock.advance(60);
    await receiver.until(() => receiver.of('department').length > 0);
    expect(receiver.of('department')).toMatchObject([{ sid: department.sid }]);
    expect(receiver.problems).toEqual([]);
  });

  test('on an address that is not allowed is never contacted, and the record says so', async () => {
    const browser = new CityBrowser(city.issuer);
    await enter(browser, 'inside');
    await enter(browser, 'hall');
    await browser.signOut();
    await receiver.until(() => receiver.of('hall').length > 0);
    const delivery = async () => (await other.outbox.listDeliveries({ clientId: 'inside' }))[0];
    await expect
      .poll(delivery)
      .toMatchObject({ state: 'refused', lastResult: 'address_not_allowed' });
    expect([...forbidden.received, ...forbidden.problems]).toEqual([]);
  });
});
