// Devices that are signed in with a code (RFC 8628): what they are given, who decides, what ends
// them. Races and guesses stand in device-races.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVICE_CODE_GRANT } from '../../src/clients/client-schema.ts';
import { POLL_SECONDS } from '../../src/oidc/storage/device-code-store.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { deviceClient, Devices, endOf } from '../support/devices.ts';
import { openProtocolStores } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
let city: CityNode;
let other: ProtocolStores;
let tokens: TokenClient;
let devices: Devices;

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    clients: [
      deviceClient('kiosk'),
      deviceClient('asking', { consent: 'ask' }),
      deviceClient('strict', { minimum_level: 4 }),
      deviceClient('offline', { scope: 'openid profile offline_access' }),
      { client_id: 'portal' },
    ],
    accounts: [{ login: 'zhang' }, { login: 'liming' }, { login: 'locked' }],
  });
  other = await openProtocolStores(uri, city.clock);
  tokens = new TokenClient(city.issuer);
  devices = new Devices(city);
});
afterAll(async () => {
  await other.database.close();
  await city.stop();
});

describe('a code', () => {
  test('is given with an address that people can type, and an interval', async () => {
    const { body } = await devices.ask();
    expect(body).toMatchObject({
      verification_uri: `${city.issuer}/device`,
      verification_uri_complete: `${city.issuer}/device?user_code=${String(body['user_code'])}`,
      expires_in: 600,
      interval: POLL_SECONDS,
    });
    expect(body['user_code']).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/u);
    const discovery = await fetch(`${city.issuer}/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({
      device_authorization_endpoint: `${city.issuer}/oauth2/device`,
      grant_types_supported: expect.arrayContaining([DEVICE_CODE_GRANT]),
    });
  });

  test('is refused to clients that are not registered for it', async () => {
    const refused = await tokens.post('/oauth2/device', city.client('portal'), { scope: 'openid' });
    expect(refused.status).toBe(400);
    expect(String(refused.body['error_description'])).toContain('not allowed for this client');
  });

  test('is read as people type it', async () => {
    const { userCode } = await devices.ask();
    const letters = userCode.replace('-', '');
    const wide = Array.from(letters, (each) => String.fromCodePoint(each.charCodeAt(0) + 0xfee0));
    const typed = [
      letters.toLowerCase(),
      ` ${userCode.replace('-', ' ')} `,
      wide.join(''),
      userCode.replace('-', '—'),
      wide.join('　').toLowerCase(),
    ];
    for (const each of typed) {
      expect([each, pageName(await devices.type(new CityBrowser(city.issuer), each))]).toEqual([
        each,
        'device-confirm',
      ]);
    }
  });

  test('in an address fills the form in and does nothing else', async () => {
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    const page = await browser.open(String(asked.body['verification_uri_complete']));
    expect(pageName(page)).toBe('device-code');
    expect(page.body).toContain(`value="${asked.userCode}"`);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(await devices.poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
  });

  test('that nobody has is told apart from one that has ended', async () => {
    const browser = new CityBrowser(city.issuer);
    const unknown = await devices.type(browser, 'BBBB-BBBB');
    expect([unknown.status, pageName(unknown)]).toEqual([422, 'device-code']);
    expect(unknown.body).toContain('BBBB-BBBB');
    const short = await devices.type(browser, 'BBB');
    expect(short.status).toBe(422);
    const ended = await devices.ask();
    await devices.approve(browser, ended.userCode);
    const used = await devices.type(browser, ended.userCode);
    expect(used.status).toBe(422);
    expect(used.body).toContain('已经用过');
  });
});

describe('a device', () => {
  test('waits, is approved, and has tokens of its own', async () => {
    const asked = await devices.ask();
    expect(await devices.poll(asked)).toMatchObject({
      status: 400,
      body: { error: 'authorization_pending' },
    });
    const browser = new CityBrowser(city.issuer);
    const end = await devices.approve(browser, asked.userCode);
    expect([pageName(end), endOf(end)]).toEqual(['device-end', 'approved']);
    const { status, body } = await devices.poll(asked);
    expect(status).toBe(200);
    expect(body.refresh_token).toBeDefined();
    const { payload } = await tokens.verify(String(body.id_token), 'kiosk');
    expect(payload.sub).toBe(city.account('zhang').id);
    expect(payload['acr']).toBe('urn:hutong:level:2');
    expect(payload['sid']).toBeUndefined();
    expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 200 });
  });

  test('stays signed in when the phone that approved it signs out', async () => {
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const end = await devices.approve(browser, asked.userCode);
    expect(endOf(end)).toBe('approved');
    const { body } = await devices.poll(asked);
    await browser.signOut();
    expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 200 });
    const refreshed = await tokens.refresh(city.client('kiosk'), String(body.refresh_token));
    expect(refreshed.status).toBe(200);
  });

  test('ends with the account: signed out everywhere, locked', async () => {
    for (const reason of ['ended_by_person', 'account_unavailable'] as const) {
      const asked = await devices.ask();
      await devices.approve(new CityBrowser(city.issuer), asked.userCode, 'liming');
      const { body } = await devices.poll(asked);
      await other.ending.endAllOfAccount(city.account('liming').id, { reason });
      expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 401 });
      const refreshed = await tokens.refresh(city.client('kiosk'), String(body.refresh_token));
      expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
  });

  test('is not signed in when the account was locked before it came for its tokens', async () => {
    const asked = await devices.ask();
    await devices.approve(new CityBrowser(city.issuer), asked.userCode, 'locked');
    const { id } = city.account('locked');
    await city.storage.database
      .collection<{ _id: string }>('accounts')
      .updateOne({ _id: id }, { $set: { state: 'locked' } });
    expect(await devices.poll(asked)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('does not share its grant with another device', async () => {
    const browser = new CityBrowser(city.issuer);
    const [first, second] = [await devices.ask(), await devices.ask()];
    await devices.approve(browser, first.userCode);
    await devices.approve(browser, second.userCode);
    const tokensOfFirst = await devices.poll(first);
    const tokensOfSecond = await devices.poll(second);
    city.clock.advance(10);
    await devices.poll(first);
    const left = await tokens.userinfo(String(tokensOfSecond.body.access_token));
    const ended = await tokens.userinfo(String(tokensOfFirst.body.access_token));
    expect([ended.status, left.status]).toEqual([401, 200]);
  });

  test('needs no offline access for a day, and gets no more without it', async () => {
    const remaining = async (clientId: string, scope: string) => {
      const asked = await devices.ask(clientId, { scope });
      await devices.approve(new CityBrowser(city.issuer), asked.userCode);
      const { body } = await devices.poll(asked);
      const found = await tokens.introspect(city.client(clientId), String(body.refresh_token));
      return Number(found.body['exp']) - Number(found.body['iat']);
    };
    expect(await remaining('kiosk', 'openid')).toBe(12 * 3600);
    expect(await remaining('offline', 'openid offline_access')).toBe(30 * 86_400);
  });
});

describe('a person', () => {
  test('who refuses ends it, and the device is told', async () => {
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    const end = await browser.press(await devices.type(browser, asked.userCode), 'device-refuse');
    expect(endOf(end)).toBe('refused');
    expect(await devices.poll(asked)).toMatchObject({
      status: 400,
      body: { error: 'access_denied' },
    });
    expect((await devices.type(browser, asked.userCode)).status).toBe(422);
  });

  test('who turns back at the sign-in refuses as well', async () => {
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    const signIn = await browser.press(
      await devices.type(browser, asked.userCode),
      'device-approve',
    );
    expect(pageName(signIn)).toBe('sign-in');
    const end = await browser.press(signIn, 'cancel');
    expect(endOf(end)).toBe('refused');
    expect(await devices.poll(asked)).toMatchObject({ body: { error: 'access_denied' } });
  });

  test('is asked for consent where the client needs it', async () => {
    const asked = await devices.ask('asking');
    const browser = new CityBrowser(city.issuer);
    const confirmation = await devices.type(browser, asked.userCode);
    const signIn = await browser.press(confirmation, 'device-approve');
    const consent = await browser.walkTo('consent', signIn, city.account('zhang'));
    const end = await browser.press(consent, 'consent-accept');
    expect(endOf(end)).toBe('approved');
    expect(await devices.poll(asked)).toMatchObject({ status: 200 });
  });

  test('whose level is too low is told so, and so is the device', async () => {
    const asked = await devices.ask('strict');
    const end = await devices.approve(new CityBrowser(city.issuer), asked.userCode);
    expect(pageName(end)).toBe('level-unmet');
    const browser = new CityBrowser(city.issuer);
    const again = await devices.approve(browser, asked.userCode);
    const told = await browser.press(again, 'back');
    expect(endOf(told)).toBe('failed');
    expect(await devices.poll(asked)).toMatchObject({
      body: { error: 'unmet_authentication_requirements' },
    });
  });

  test('sees every page in the language of the browser, with no word missing', async () => {
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    const page = await browser.open('/device?lang=en');
    const confirmation = await browser.press(page, 'device-continue', {
      user_code: asked.userCode,
    });
    expect(confirmation.body).toContain('Let a device sign in to kiosk?');
  });

  test('cannot be made to approve by another site', async () => {
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const form = readForm(await devices.type(browser, asked.userCode), 'device-approve');
    const forged = await browser.visitor.submit(form.action, form.fields, 'https://evil.example');
    expect(forged.status).toBe(403);
    expect(await devices.poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
  });
});

describe('a device that asks', () => {
  test('too often is told to slow down, and the interval grows', async () => {
    const asked = await devices.ask();
    expect(await devices.poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
    expect(await devices.poll(asked)).toMatchObject({ body: { error: 'slow_down' } });
    city.clock.advance(POLL_SECONDS);
    expect(await devices.poll(asked)).toMatchObject({ body: { error: 'slow_down' } });
    city.clock.advance(3 * POLL_SECONDS);
    expect(await devices.poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
  });

  test('ten times at once is answered once as pending', async () => {
    const asked = await devices.ask();
    const answers = await Promise.all(Array.from({ length: 10 }, () => devices.poll(asked)));
    const errors = answers.map(({ body }) => body.error);
    expect(errors.filter((error) => error === 'authorization_pending')).toHaveLength(1);
    expect(errors.filter((error) => error === 'slow_down')).toHaveLength(9);
  });

  test('is not slowed down once it is approved', async () => {
    const asked = await devices.ask();
    await devices.poll(asked);
    await devices.approve(new CityBrowser(city.issuer), asked.userCode);
    expect(await devices.poll(asked)).toMatchObject({ status: 200 });
  });

  test('with a code of another client learns nothing', async () => {
    const asked = await devices.ask();
    const stolen = await devices.poll({ ...asked, clientId: 'asking' });
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
