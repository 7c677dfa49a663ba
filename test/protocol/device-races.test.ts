// Devices that are signed in with a code, at the same moment: one answer per device, one success
// per code. And people who guess codes or plant them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeviceCodePayload } from '../../src/oidc/device/device-code.ts';
import { DeviceDecisions } from '../../src/oidc/device/device-decisions.ts';
import { CityBrowser, pageName, readForm } from '../support/city-browser.ts';
import { generousLimits, startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { deviceClient, Devices, endOf } from '../support/devices.ts';
import { nextAddress } from '../support/http-visitor.ts';
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
    // Nobody listens there, so that messages stay where they can be counted.
    environment: { HUTONG_SMTP_URL: 'smtp://127.0.0.1:9' },
    limits: {
      ...generousLimits,
      deviceCode: { withoutSignIn: { attempts: 40, windowSeconds: 60 } },
    },
    clients: [deviceClient('kiosk'), { client_id: 'portal' }],
    accounts: [{ login: 'zhang' }, { login: 'liming' }, { login: 'guesser' }],
  });
  other = await openProtocolStores(uri, city.clock);
  tokens = new TokenClient(city.issuer);
  devices = new Devices(city);
});
afterAll(async () => {
  await other.database.close();
  await city.stop();
});

describe('at the same moment', () => {
  test('50 redemptions of one approved code: one success', async () => {
    const asked = await devices.ask();
    await devices.approve(new CityBrowser(city.issuer), asked.userCode);
    const answers = await Promise.all(Array.from({ length: 50 }, () => devices.poll(asked)));
    const kinds = answers.map(({ status, body }) => `${status} ${body.error ?? 'tokens'}`);
    expect(kinds.filter((kind) => kind === '200 tokens')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === '400 invalid_grant')).toHaveLength(49);
    const winner = answers.find(({ status }) => status === 200);
    const accessToken = String(winner?.body.access_token);
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 200 });
    city.clock.advance(10);
    const replayed = await devices.poll(asked);
    expect(replayed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await tokens.userinfo(accessToken)).toMatchObject({ status: 401 });
  });

  test('two people approve: one of them owns the device, the other is told', async () => {
    const asked = await devices.ask();
    const pages = await Promise.all(
      ['zhang', 'liming'].map(async (login) => {
        const browser = new CityBrowser(city.issuer);
        await browser.signIn(city.client('portal'), city.account(login));
        return { login, browser, page: await devices.type(browser, asked.userCode) };
      }),
    );
    const ends = await Promise.all(
      pages.map(async ({ login, browser, page }) => ({
        login,
        end: endOf(await browser.press(page, 'device-approve')),
      })),
    );
    expect(new Set(ends.map(({ end }) => end))).toEqual(new Set(['approved', 'used']));
    const { body } = await devices.poll(asked);
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
    const asked = await devices.ask();
    const [one, two] = [new CityBrowser(city.issuer), new CityBrowser(city.issuer)];
    await one.signIn(city.client('portal'), city.account('zhang'));
    const [approving, refusing] = [
      await devices.type(one, asked.userCode),
      await devices.type(two, asked.userCode),
    ];
    const [approved, refused] = await Promise.all([
      one.press(approving, 'device-approve'),
      two.press(refusing, 'device-refuse'),
    ]);
    const { status } = await devices.poll(asked);
    expect([endOf(approved), endOf(refused)]).toEqual(
      status === 200 ? ['approved', 'used'] : ['used', 'refused'],
    );
  });

  test('a double click approves once and says so', async () => {
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const page = await devices.type(browser, asked.userCode);
    const ends = await Promise.all([
      browser.press(page, 'device-approve'),
      browser.press(page, 'device-approve'),
    ]);
    expect(ends.map(endOf)).toContain('approved');
    expect(await devices.poll(asked)).toMatchObject({ status: 200 });
  });

  test('however often it is approved, its owner is told once', async () => {
    const told = { reason: 'device_approved', lane: 'mail' };
    const outbox = city.storage.database.collection('messageOutbox');
    const before = await outbox.countDocuments(told);
    const asked = await devices.ask();
    const browser = new CityBrowser(city.issuer);
    await browser.signIn(city.client('portal'), city.account('zhang'));
    const page = await devices.type(browser, asked.userCode);
    const presses = Array.from({ length: 5 }, () => browser.press(page, 'device-approve'));
    await Promise.all(presses);
    expect(await outbox.countDocuments(told)).toBe(before + 1);
  });
});

describe('a decision whose record cannot be written', () => {
  test('is not taken: nothing is approved or refused, nobody is told', async () => {
    const { deviceCode, accountId, grantId, code } = await waitingDevice();
    const told: string[] = [];
    const decisions = new DeviceDecisions({
      ...other,
      audit: {
        recordAll: () => Promise.reject(new Error('one by one')),
        record: (event, session) =>
          other.audit.record({ ...event, details: { text: 'x'.repeat(17_000_000) } }, session),
      },
      onDeviceApproved: () => Promise.resolve(() => void told.push(accountId)),
    });
    const approved = { ...code, accountId, grantId };
    await expect(decisions.decide(deviceCode, approved, '192.0.2.1')).rejects.toThrow('BSONObj');
    const refusal = decisions.refuse(code, { accountId, address: '192.0.2.1' });
    await expect(refusal).rejects.toThrow('BSONObj');
    const stored = await other.artefacts.find('DeviceCode', deviceCode);
    expect(stored?.payload).not.toHaveProperty('accountId');
    expect(stored?.payload).not.toHaveProperty('error');
    const listed = await other.grants.devicesOfAccount(accountId);
    expect(listed.map(({ key }) => key)).not.toContain(other.grants.key(grantId));
    expect(told).toEqual([]);
  });

  test('nor is an approval whose notice cannot be queued', async () => {
    const { deviceCode, accountId, grantId, code } = await waitingDevice();
    const decisions = new DeviceDecisions({
      ...other,
      onDeviceApproved: () => Promise.reject(new Error('no outbox')),
    });
    const approved = { ...code, accountId, grantId };
    await expect(decisions.decide(deviceCode, approved, '192.0.2.1')).rejects.toThrow('no outbox');
    const stored = await other.artefacts.find('DeviceCode', deviceCode);
    expect(stored?.payload).not.toHaveProperty('accountId');
    const records = city.storage.database.collection('auditRecords');
    const facts = { type: 'oidc.device_approved', actor: accountId };
    expect(await records.countDocuments(facts)).toBe(0);
  });

  /** As the library hands it over when its owner has just allowed it. */
  async function waitingDevice() {
    const { deviceCode } = await devices.ask();
    const { id: accountId } = city.account('guesser');
    const grantId = other.grants.idForDevice(deviceCode, accountId);
    const grant = { kind: 'Grant', iat: 1, exp: 1, accountId, clientId: 'kiosk' };
    await other.grants.unite(grantId, grant, 600);
    const stored = await other.artefacts.find('DeviceCode', deviceCode);
    return { deviceCode, accountId, grantId, code: stored?.payload as never as DeviceCodePayload };
  }
});

test('a browser that was handed the way back of another one approves nothing', async () => {
  const asked = await devices.ask();
  const phisher = new CityBrowser(city.issuer);
  const form = readForm(await devices.type(phisher, asked.userCode), 'device-approve');
  const wayBack = nextAddress(await phisher.visitor.submit(form.action, form.fields));
  // What a page of a neighbouring domain can plant: cookies that are not bound to our host.
  const planted = phisher.visitor.copy();
  planted.forgetCookies((name) => name !== 'hutong_resume' && name !== 'hutong_resume.sig');
  const victim = new CityBrowser(city.issuer, planted);
  await victim.signIn(city.client('portal'), city.account('zhang'));
  expect(endOf(await victim.open(String(wayBack)))).toBe('expired');
  expect(await devices.poll(asked)).toMatchObject({ body: { error: 'authorization_pending' } });
});

describe('who guesses', () => {
  test('without signing in is stopped together with all others, and may go on signed in', async () => {
    const asked = await devices.ask();
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
    expect((await devices.type(browser, asked.userCode)).status).toBe(429);
    await browser.signIn(city.client('portal'), city.account('guesser'));
    expect(pageName(await devices.type(browser, asked.userCode))).toBe('device-confirm');
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
