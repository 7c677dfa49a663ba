// Devices that are signed in with a code (RFC 8628): one answer per device, one success per code,
// whoever asks, approves, refuses or guesses at the same time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVICE_CODE_GRANT } from '../../src/clients/client-schema.ts';
import { POLL_SECONDS } from '../../src/oidc/storage/device-code-store.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { generousLimits, startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { testDatabase } from '../support/database.ts';
import { openProtocolStores } from '../support/protocol-stores.ts';
import type { ProtocolStores } from '../support/protocol-stores.ts';
import { TokenClient } from '../support/token-client.ts';
import type { Visit } from '../support/http-visitor.ts';

const { uri } = testDatabase();
let city: CityNode;
let other: ProtocolStores;
let tokens: TokenClient;

const device = (client_id: string, more: object = {}) => ({
  client_id,
  grant_types: [DEVICE_CODE_GRANT, 'refresh_token'],
  token_endpoint_auth_method: 'none',
  ...more,
});

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: uri,
    limits: {
      ...generousLimits,
      deviceCode: { withoutSignIn: { attempts: 40, windowSeconds: 60 } },
    },
    clients: [
      device('kiosk'),
      device('asking', { consent: 'ask' }),
      device('strict', { minimum_level: 4 }),
      device('offline', { scope: 'openid profile offline_access' }),
      { client_id: 'portal' },
    ],
    accounts: [{ login: 'zhang' }, { login: 'liming' }, { login: 'locked' }, { login: 'guesser' }],
  });
  other = await openProtocolStores(uri, city.clock);
  tokens = new TokenClient(city.issuer);
});
afterAll(async () => {
  await other.database.close();
  await city.stop();
});

interface Asked {
  clientId: string;
  deviceCode: string;
  userCode: string;
  body: Record<string, unknown>;
}

async function ask(clientId = 'kiosk', fields: Record<string, string> = {}): Promise<Asked> {
  const client = city.client(clientId);
  const { status, body } = await tokens.post('/oauth2/device', client, {
    scope: 'openid profile',
    ...fields,
  });
  expect(status).toBe(200);
  const [deviceCode, userCode] = [String(body['device_code']), String(body['user_code'])];
  return { clientId, deviceCode, userCode, body };
}

function poll({ clientId, deviceCode }: Asked) {
  const fields = { grant_type: DEVICE_CODE_GRANT, device_code: deviceCode };
  return tokens.token(city.client(clientId), fields);
}

async function type(browser: CityBrowser, userCode: string): Promise<Visit> {
  return browser.press(await browser.open('/device'), 'device-continue', { user_code: userCode });
}

async function approve(browser: CityBrowser, userCode: string, login = 'zhang'): Promise<Visit> {
  const confirmation = await type(browser, userCode);
  expect(pageName(confirmation)).toBe('device-confirm');
  const next = await browser.press(confirmation, 'device-approve');
  return browser.walk(next, city.account(login));
}

const endOf = (visit: Visit) => new URL(visit.url).searchParams.get('end');

describe('a code', () => {
  test('is given with an address that people can type, and an interval', async () => {
    const { body } = await ask();
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
    const { userCode } = await ask();
    const letters = userCode.replace('-', '');
    const wide = [...letters].map((each) => String.fromCodePoint(each.charCodeAt(0) + 0xfee0));
    const typed = [
      letters.toLowerCase(),
      ` ${userCode.replace('-', ' ')} `,
      wide.join(''),
      userCode.replace('-', '—'),
      wide.join('　').toLowerCase(),
    ];
    for (const each of typed) {
      expect([each, pageName(await type(new CityBrowser(city.issuer), each))]).toEqual([
        each,
        'device-confirm',
      ]);
    }
  });

  test('in an address fills the form in and does nothing else', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    const page = await browser.open(String(asked.body['verification_uri_complete']));
    expect(pageName(page)).toBe('device-code');
    expect(page.body).toContain(`value="${asked.userCode}"`);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(await poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
  });

  test('that nobody has is told apart from one that has ended', async () => {
    const browser = new CityBrowser(city.issuer);
    const unknown = await type(browser, 'BBBB-BBBB');
    expect([unknown.status, pageName(unknown)]).toEqual([422, 'device-code']);
    expect(unknown.body).toContain('BBBB-BBBB');
    const short = await type(browser, 'BBB');
    expect(short.status).toBe(422);
    const ended = await ask();
    await approve(browser, ended.userCode);
    const used = await type(browser, ended.userCode);
    expect(used.status).toBe(422);
    expect(used.body).toContain('已经用过');
  });
});

describe('a device', () => {
  test('waits, is approved, and has tokens of its own', async () => {
    const asked = await ask();
    expect(await poll(asked)).toMatchObject({
      status: 400,
      body: { error: 'authorization_pending' },
    });
    const browser = new CityBrowser(city.issuer);
    const end = await approve(browser, asked.userCode);
    expect([pageName(end), endOf(end)]).toEqual(['device-end', 'approved']);
    const { status, body } = await poll(asked);
    expect(status).toBe(200);
    expect(body.refresh_token).toBeDefined();
    const { payload } = await tokens.verify(String(body.id_token), 'kiosk');
    expect(payload.sub).toBe(city.account('zhang').id);
    expect(payload['acr']).toBe('urn:hutong:level:2');
    expect(payload['sid']).toBeUndefined();
    expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 200 });
  });

  test('stays signed in when the phone that approved it signs out', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const end = await approve(browser, asked.userCode);
    expect(endOf(end)).toBe('approved');
    const { body } = await poll(asked);
    await browser.signOut();
    expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 200 });
    const refreshed = await tokens.refresh(city.client('kiosk'), String(body.refresh_token));
    expect(refreshed.status).toBe(200);
  });

  test('ends with the account: signed out everywhere, locked', async () => {
    for (const reason of ['ended_by_person', 'account_unavailable'] as const) {
      const asked = await ask();
      await approve(new CityBrowser(city.issuer), asked.userCode, 'liming');
      const { body } = await poll(asked);
      await other.ending.endAllOfAccount(city.account('liming').id, { reason });
      expect(await tokens.userinfo(String(body.access_token))).toMatchObject({ status: 401 });
      const refreshed = await tokens.refresh(city.client('kiosk'), String(body.refresh_token));
      expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
  });

  test('is not signed in when the account was locked before it came for its tokens', async () => {
    const asked = await ask();
    await approve(new CityBrowser(city.issuer), asked.userCode, 'locked');
    const { id } = city.account('locked');
    await city.storage.database
      .collection<{ _id: string }>('accounts')
      .updateOne({ _id: id }, { $set: { state: 'locked' } });
    expect(await poll(asked)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('does not share its grant with another device', async () => {
    const browser = new CityBrowser(city.issuer);
    const [first, second] = [await ask(), await ask()];
    await approve(browser, first.userCode);
    await approve(browser, second.userCode);
    const tokensOfFirst = await poll(first);
    const tokensOfSecond = await poll(second);
    await poll(first);
    const left = await tokens.userinfo(String(tokensOfSecond.body.access_token));
    const ended = await tokens.userinfo(String(tokensOfFirst.body.access_token));
    expect([ended.status, left.status]).toEqual([401, 200]);
  });

  test('needs no offline access for a day, and gets no more without it', async () => {
    const remaining = async (clientId: string, scope: string) => {
      const asked = await ask(clientId, { scope });
      await approve(new CityBrowser(city.issuer), asked.userCode);
      const { body } = await poll(asked);
      const found = await tokens.introspect(city.client(clientId), String(body.refresh_token));
      return Number(found.body['exp']) - Number(found.body['iat']);
    };
    expect(await remaining('kiosk', 'openid')).toBe(12 * 3600);
    expect(await remaining('offline', 'openid offline_access')).toBe(30 * 86_400);
  });
});

describe('a person', () => {
  test('who refuses ends it, and the device is told', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    const end = await browser.press(await type(browser, asked.userCode), 'device-refuse');
    expect(endOf(end)).toBe('refused');
    expect(await poll(asked)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    expect((await type(browser, asked.userCode)).status).toBe(422);
  });

  test('who turns back at the sign-in refuses as well', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    const signIn = await browser.press(await type(browser, asked.userCode), 'device-approve');
    expect(pageName(signIn)).toBe('sign-in');
    const end = await browser.press(signIn, 'cancel');
    expect(endOf(end)).toBe('refused');
    expect(await poll(asked)).toMatchObject({ body: { error: 'access_denied' } });
  });

  test('is asked for consent where the client needs it', async () => {
    const asked = await ask('asking');
    const browser = new CityBrowser(city.issuer);
    const confirmation = await type(browser, asked.userCode);
    const signIn = await browser.press(confirmation, 'device-approve');
    const consent = await browser.walkTo('consent', signIn, city.account('zhang'));
    const end = await browser.press(consent, 'consent-accept');
    expect(endOf(end)).toBe('approved');
    expect(await poll(asked)).toMatchObject({ status: 200 });
  });

  test('whose level is too low is told so, and so is the device', async () => {
    const asked = await ask('strict');
    const end = await approve(new CityBrowser(city.issuer), asked.userCode);
    expect(pageName(end)).toBe('level-unmet');
    const browser = new CityBrowser(city.issuer);
    const again = await approve(browser, asked.userCode);
    const told = await browser.press(again, 'back');
    expect(endOf(told)).toBe('failed');
    expect(await poll(asked)).toMatchObject({
      body: { error: 'unmet_authentication_requirements' },
    });
  });

  test('sees every page in the language of the browser, with no word missing', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    const page = await browser.open('/device?lang=en');
    const confirmation = await browser.press(page, 'device-continue', {
      user_code: asked.userCode,
    });
    expect(confirmation.body).toContain('Let a device sign in to kiosk?');
  });

  test('cannot be made to approve by another site', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const form = readForm(await type(browser, asked.userCode), 'device-approve');
    const forged = await browser.visitor.submit(form.action, form.fields, 'https://evil.example');
    expect(forged.status).toBe(403);
    expect(await poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
  });
});

describe('at the same moment', () => {
  test('50 redemptions of one approved code: one success', async () => {
    const asked = await ask();
    await approve(new CityBrowser(city.issuer), asked.userCode);
    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(asked)));
    const kinds = answers.map(({ status, body }) => `${status} ${body.error ?? 'tokens'}`);
    expect(kinds.filter((kind) => kind === '200 tokens')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === '400 invalid_grant')).toHaveLength(49);
    expect(await poll(asked)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('two people approve: one of them owns the device, the other is told', async () => {
    const asked = await ask();
    const pages = await Promise.all(
      ['zhang', 'liming'].map(async (login) => {
        const browser = new CityBrowser(city.issuer);
        await browser.signIn(city.client('portal'), city.account(login));
        return { login, browser, page: await type(browser, asked.userCode) };
      }),
    );
    const ends = await Promise.all(
      pages.map(async ({ login, browser, page }) => ({
        login,
        end: endOf(await browser.press(page, 'device-approve')),
      })),
    );
    expect(ends.map(({ end }) => end).toSorted()).toEqual(['approved', 'used']);
    const { body } = await poll(asked);
    const { payload } = await tokens.verify(String(body.id_token), 'kiosk');
    const winner = ends.find(({ end }) => end === 'approved');
    expect(payload.sub).toBe(city.account(String(winner?.login)).id);
    const loser = ends.find(({ end }) => end === 'used');
    const listed = await other.grants.devicesOfAccount(city.account(String(loser?.login)).id);
    expect(listed.filter(({ until }) => until > city.clock.now()).map(({ key }) => key)).toEqual(
      expect.not.arrayContaining([
        other.grants.key(
          other.grants.idForDevice(asked.deviceCode, city.account(String(loser?.login)).id),
        ),
      ]),
    );
  });

  test('approved and refused: one of both', async () => {
    const asked = await ask();
    const [one, two] = [new CityBrowser(city.issuer), new CityBrowser(city.issuer)];
    await one.signIn(city.client('portal'), city.account('zhang'));
    const [approving, refusing] = [
      await type(one, asked.userCode),
      await type(two, asked.userCode),
    ];
    const [approved, refused] = await Promise.all([
      one.press(approving, 'device-approve'),
      two.press(refusing, 'device-refuse'),
    ]);
    const { status } = await poll(asked);
    expect([endOf(approved), endOf(refused)]).toEqual(
      status === 200 ? ['approved', 'used'] : ['used', 'refused'],
    );
  });

  test('a double click approves once and says so', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const page = await type(browser, asked.userCode);
    const ends = await Promise.all([
      browser.press(page, 'device-approve'),
      browser.press(page, 'device-approve'),
    ]);
    expect(ends.map(endOf)).toContain('approved');
    expect(await poll(asked)).toMatchObject({ status: 200 });
  });
});

describe('a device that asks', () => {
  test('too often is told to slow down, and the interval grows', async () => {
    const asked = await ask();
    expect(await poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
    expect(await poll(asked)).toMatchObject({ body: { error: 'slow_down' } });
    city.clock.advance(POLL_SECONDS);
    expect(await poll(asked)).toMatchObject({ body: { error: 'slow_down' } });
    city.clock.advance(3 * POLL_SECONDS);
    expect(await poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
  });

  test('ten times at once is answered once as pending', async () => {
    const asked = await ask();
    const answers = await Promise.all(Array.from({ length: 10 }, () => poll(asked)));
    const errors = answers.map(({ body }) => body.error);
    expect(errors.filter((error) => error === 'authorization_pending')).toHaveLength(1);
    expect(errors.filter((error) => error === 'slow_down')).toHaveLength(9);
  });

  test('is not slowed down once it is approved', async () => {
    const asked = await ask();
    await poll(asked);
    await approve(new CityBrowser(city.issuer), asked.userCode);
    expect(await poll(asked)).toMatchObject({ status: 200 });
  });

  test('with a code of another client learns nothing', async () => {
    const asked = await ask();
    const stolen = await poll({ ...asked, clientId: 'asking' });
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('who guesses', () => {
  test('without signing in is stopped together with all others, and may go on signed in', async () => {
    const asked = await ask();
    const browser = new CityBrowser(city.issuer);
    const form = await browser.open('/device');
    let last = form;
    for (let guess = 0; guess < 45 && last.status !== 429; guess += 1) {
      last = await browser.press(form, 'device-continue', { user_code: 'ZZZZ-ZZZZ' });
    }
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(last.body).toContain('device-sign-in');
    // Even the right code, so that nobody can tell by it.
    expect((await type(browser, asked.userCode)).status).toBe(429);
    await browser.signIn(city.client('portal'), city.account('guesser'));
    expect(pageName(await type(browser, asked.userCode))).toBe('device-confirm');
  });

  test('signed in is stopped after twenty', async () => {
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('guesser'));
    const form = await browser.open('/device');
    const statuses: number[] = [];
    for (let guess = 0; guess < 21; guess += 1) {
      statuses.push(
        (await browser.press(form, 'device-continue', { user_code: 'ZZZZ-ZZZZ' })).status,
      );
    }
    expect(statuses.filter((status) => status === 422)).toHaveLength(20);
    expect(statuses.at(-1)).toBe(429);
  });
});
