// What systems are told of accounts by themselves: who is not told, what they are not told, and in which
// order it arrives.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { commandHoldings } from '../../src/app/command-holdings.ts';
import { EvidenceStore } from '../../src/verification/evidence-store.ts';
import { runHutongHere } from '../support/command-here.ts';
import { CityBrowser } from '../support/city-browser.ts';
import { BY, EventsCity, FULL, pushedTo } from '../support/events-city.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const PEOPLE = ['zhao', 'qian', 'sun', 'lisi', 'zhou', 'wuliu', 'zheng', 'wang'];
let events: EventsCity;
let city: EventsCity['city'];
let receiver: EventsCity['receiver'];
let accounts: EventsCity['accounts'];

beforeAll(async () => {
  events = await EventsCity.start(uri, {
    people: PEOPLE,
    clients: (to) => [
      pushedTo(to, { client_id: 'hub', scope: FULL }),
      pushedTo(to, { client_id: 'bare', scope: 'openid' }),
      pushedTo(to, { client_id: 'asking', scope: FULL, consent: 'ask' }),
      pushedTo(to, { client_id: 'slow', scope: FULL }),
      { client_id: 'quiet', scope: FULL },
    ],
  });
  ({ city, receiver, accounts } = events);
});
afterAll(() => events.stop());
beforeEach(() => events.forget());

const idOf = (login: string) => events.idOf(login);
const shown = (clientId: string) =>
  receiver
    .of(clientId)
    .map(({ type, event }) => [type.split('/').at(-1), event['account_version']]);

describe('an event', () => {
  test('names the person as the sign-in does, and tells each what it receives', async () => {
    const answer = await new CityBrowser(city.issuer).authorize(
      city.client('hub'),
      city.account('zhao'),
      { scope: FULL },
    );
    const tokens = new TokenClient(city.issuer);
    const { body } = await tokens.redeem(answer, {});
    const { sub } = await tokens.verifyIdToken(answer, String(body.id_token));
    await events.knows('bare', 'zhao', 'openid');
    await events.knows('quiet', 'zhao');
    await events.confirmPhone('zhao', '+8613800001001');
    await accounts.lock(idOf('zhao'), BY);
    await receiver.until(() => receiver.received.length === 3);
    expect(receiver.problems).toEqual([]);
    expect(receiver.of('hub').map((each) => [each.sub, each.type, each.event])).toEqual([
      [
        sub,
        `${CAEP}token-claims-change`,
        {
          event_timestamp: expect.any(Number),
          claims: { phone_number: '+8613800001001', phone_number_verified: true },
          account_version: 2,
        },
      ],
      [sub, `${RISC}account-disabled`, { account_version: 3 }],
    ]);
    expect(shown('bare')).toEqual([['account-disabled', 2]]);
    expect(receiver.of('bare')[0]?.sub).not.toBe(sub);
    const jtis = receiver.received.map(({ jti }) => jti.split('.')[0]);
    expect(new Set(jtis).size).toBe(2);
    await accounts.unlock(idOf('zhao'), BY);
    await receiver.until(() => receiver.received.length === 5);
  });

  test('of a level names both, and of what is no more that it is gone', async () => {
    await events.knows('hub', 'qian');
    const origin = { source: 'window', grade: 'B' } as const;
    await accounts.setRealNameLevel(idOf('qian'), { level: 1, origin }, BY);
    await events.confirmPhone('qian', '+8613800001002');
    await events.confirmPhone('qian', undefined);
    await receiver.until(() => receiver.of('hub').length === 4);
    expect(receiver.of('hub').map(({ event }) => event)).toMatchObject([
      {
        namespace: 'urn:hutong:level',
        current_level: '1',
        previous_level: '2',
        change_direction: 'decrease',
      },
      { claims: { name: expect.stringContaining('*'), id_document: null } },
      // What has been taken away meanwhile is not told any more.
      { claims: expect.objectContaining({}) },
      { claims: { phone_number: null, phone_number_verified: null }, account_version: 5 },
    ]);
  });

  test('has the version that the system reads itself, beside how the person was verified', async () => {
    const { city, consents } = events;
    const browser = new CityBrowser(city.issuer);
    const answer = await browser.authorize(city.client('hub'), city.account('zheng'), {
      scope: 'openid real_name',
    });
    const tokens = new TokenClient(city.issuer);
    const { body } = await tokens.redeem(answer, {});
    const read = async () => (await tokens.userinfo(String(body.access_token))).body;
    const origin = { source: 'window', grade: 'B' } as const;
    const first = await read();
    expect(first).toMatchObject({ origin: city.issuer, account_version: 1, real_name_level: 2 });
    const evidence = new EvidenceStore(city.storage);
    await city.storage.database.transaction(async (session) => {
      const facts = { source: 'population', method: 'two_element', terminal: 'online' } as const;
      const checked = { ...facts, resultCode: 'match', grade: 'A', level: 2 } as const;
      await evidence.insert(idOf('zheng'), checked, session);
      await evidence.insert(
        idOf('zheng'),
        { ...checked, level: 3, expiresAt: new Date(0) },
        session,
      );
    });
    await accounts.setRealNameLevel(idOf('zheng'), { level: 2, origin }, BY);
    await receiver.until(() => receiver.of('hub').length === 1);
    const methods = [{ way_code: 'two_element', level: 2, auth_time: expect.any(Number) }];
    expect(receiver.of('hub')[0]?.event).toMatchObject({
      account_version: 2,
      claims: { verification_methods: methods, origin: city.issuer },
    });
    expect(await read()).toMatchObject({
      verification_methods: methods,
      account_version: 2,
      identity_updated_at: expect.any(Number),
    });
    await consents.remove(idOf('zheng'), 'hub');
  });

  test('of an undone change is never sent, and uses up no version', async () => {
    await events.knows('hub', 'sun');
    const undone = accounts.transaction(async (within) => {
      await accounts.lock(idOf('sun'), { ...BY, within });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await accounts.freeze(idOf('sun'), { actor: idOf('sun') });
    await receiver.until(() => receiver.received.length === 1);
    expect(receiver.received).toMatchObject([
      { type: `${RISC}account-disabled`, event: { reason: 'hijacking', account_version: 2 } },
    ]);
  });

  test('of the end arrives though nothing is left of the account, and nothing follows', async () => {
    await events.knows('hub', 'lisi');
    receiver.refuse = () => 503;
    const before = receiver.refusals;
    const holdings = commandHoldings(city.storage, 'operator');
    await accounts.delete(idOf('lisi'), {
      ...BY,
      alongside: (session, id) => holdings.erase(id, session),
    });
    await receiver.until(() => receiver.refusals > before);
    receiver.refuse = () => undefined;
    await receiver.until(() => receiver.received.length === 1);
    expect(shown('hub')).toEqual([['account-purged', 2]]);
    const views = city.storage.database.collection('accountViews');
    expect(await views.countDocuments({ accountId: idOf('lisi') })).toBe(0);
  });

  test('of a merge names the account that goes on to who knows both, and to nobody else', async () => {
    await events.knows('hub', 'zhou');
    await events.knows('hub', 'wuliu');
    await events.knows('bare', 'zhou', 'openid');
    const holder = await accounts.findById(idOf('wuliu'));
    const to = {
      revision: holder?.revision ?? -1,
      contacts: { phone: undefined, email: undefined },
      formerIds: [idOf('zhou')],
    };
    await accounts.transaction(async (within) => {
      await accounts.close(idOf('zhou'), { actor: 'system', reason: 'merge', within });
      await accounts.takeOver(idOf('wuliu'), to, { actor: 'system', reason: 'merge', within });
    });
    await receiver.until(() => receiver.received.length === 2);
    const [byHub] = receiver.of('hub');
    await accounts.lock(idOf('wuliu'), BY);
    await receiver.until(() => receiver.of('hub').length === 2);
    const ofSurvivor = receiver.of('hub')[1]?.sub;
    expect(byHub).toMatchObject({
      type: 'urn:hutong:event:account:merged',
      event: { into: { format: 'iss_sub', iss: city.issuer, sub: ofSurvivor } },
    });
    expect(receiver.of('bare').map(({ event }) => event)).toEqual([{ account_version: 2 }]);
  });
});

test('nothing reaches who has lost the consent, neither what waits nor what comes', async () => {
  await events.knows('asking', 'zheng');
  receiver.refuse = () => 503;
  const before = receiver.refusals;
  await accounts.lock(idOf('zheng'), BY);
  await receiver.until(() => receiver.refusals > before);
  expect(await events.consents.remove(idOf('zheng'), 'asking')).toBe(true);
  receiver.refuse = () => undefined;
  await accounts.unlock(idOf('zheng'), BY);
  await vi.waitFor(
    async () => {
      const found = await events.rows().find({ lane: 'asking' }).toArray();
      expect(found.map(({ state, lastResult }) => [state, lastResult])).toEqual([
        ['refused', 'not_consented'],
      ]);
    },
    { timeout: 15_000, interval: 50 },
  );
  expect(receiver.received).toEqual([]);
});

test('a receiver that refuses, or is gone (410), gets all in order later and holds up nobody', async () => {
  await events.knows('slow', 'wang');
  await events.knows('hub', 'wang');
  const answers = [410, 503];
  receiver.refuse = (clientId) =>
    clientId === 'slow' ? (answers[receiver.refusals % 2] ?? 503) : undefined;
  receiver.refusals = 0;
  await accounts.lock(idOf('wang'), BY);
  await accounts.unlock(idOf('wang'), BY);
  await events.confirmPhone('wang', '+8613800001003');
  await receiver.until(() => receiver.of('hub').length === 3 && receiver.refusals >= 1);
  expect(receiver.of('slow')).toEqual([]);
  receiver.refuse = () => undefined;
  // Who refused is asked again after half a minute: here it is due at once.
  const refused = { lane: 'slow', state: 'pending', lastResult: { $in: ['http_410', 'http_503'] } };
  const dueAtOnce = { $set: { nextAttemptAt: new Date(0) } };
  await vi.waitFor(async () => {
    expect((await events.rows().updateMany(refused, dueAtOnce)).matchedCount).toBe(1);
  });
  await receiver.until(() => receiver.of('slow').length === 3);
  expect(shown('slow')).toEqual([
    ['account-disabled', 2],
    ['account-enabled', 3],
    ['token-claims-change', 4],
  ]);
  const environment = {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: city.issuer,
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: uri,
  };
  const list = await runHutongHere(
    ['deliveries', 'list', '--kind', 'accounts', '--client', 'slow', '--json'],
    environment,
  );
  const listed = JSON.parse(list.out) as { state: string; lastResult: string }[];
  expect(listed.map(({ state, lastResult }) => [state, lastResult])).toEqual(
    Array.from({ length: 3 }, () => ['delivered', 'accepted']),
  );
  expect(list.out).not.toContain('13800001003');
});
