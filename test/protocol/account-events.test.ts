// What systems are told of accounts by themselves: who is not told, what they are not told, and in which
// order it arrives.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { commandAccounts } from '../../src/app/standing.ts';
import { commandHoldings } from '../../src/app/command-holdings.ts';
import { ConsentStore } from '../../src/consent/consent-store.ts';
import { runHutongHere } from '../support/command-here.ts';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { EventReceiver } from '../support/event-receiver.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { MASTER_KEY } from '../support/storage.ts';
import { TokenClient } from '../support/token-client.ts';

const { uri } = migratedDatabase();
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const BY = { actor: 'operator' };
const PEOPLE = ['zhao', 'qian', 'sun', 'lisi', 'zhou', 'wuliu', 'zheng', 'wang'];
const FULL = 'openid profile phone real_name id_document';
let city: CityNode;
let receiver: EventReceiver;
let accounts: AccountStore;
let consents: ConsentStore;

const told = (id: string, scope: string, more: object = {}) => ({
  client_id: id,
  scope,
  account_events_delivery: 'push',
  account_events_uri: receiver.uriOf(id),
  ...more,
});

beforeAll(async () => {
  receiver = await new EventReceiver().start();
  city = await startCityNode({
    mongodbUri: uri,
    accounts: PEOPLE.map((login) => ({ login, level: 2 as const })),
    clients: [
      told('hub', FULL),
      told('bare', 'openid'),
      told('asking', FULL, { consent: 'ask' }),
      told('slow', FULL),
      { client_id: 'quiet', scope: FULL },
    ],
  });
  receiver.trust(city.issuer);
  ({ accounts } = commandAccounts(city.storage));
  consents = new ConsentStore(city.storage);
});
afterAll(async () => {
  await city.stop();
  await receiver.stop();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.problems.length = 0;
  receiver.refuse = () => undefined;
});

const idOf = (login: string) => city.account(login).id;

/** As if the person had signed in there. */
async function knows(clientId: string, login: string, scope = FULL): Promise<void> {
  const allowed = scope.split(' ').map((name) => `scope:${name}`);
  await consents.remember({ accountId: idOf(login), clientId, basis: 'consent', allowed });
}

const confirmPhone = (login: string, address: string | undefined) =>
  accounts.changeContact(idOf(login), { channel: 'sms', address }, BY);
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
    await knows('bare', 'zhao', 'openid');
    await knows('quiet', 'zhao');
    await confirmPhone('zhao', '+8613800001001');
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
    await knows('hub', 'qian');
    const origin = { source: 'window', grade: 'B' } as const;
    await accounts.setRealNameLevel(idOf('qian'), { level: 1, origin }, BY);
    await confirmPhone('qian', '+8613800001002');
    await confirmPhone('qian', undefined);
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

  test('of an undone change is never sent, and uses up no version', async () => {
    await knows('hub', 'sun');
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
    await knows('hub', 'lisi');
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
    await knows('hub', 'zhou');
    await knows('hub', 'wuliu');
    await knows('bare', 'zhou', 'openid');
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

interface Row {
  _id: string;
  lane: string;
  state: string;
  lastResult?: string;
  nextAttemptAt: Date;
}
const rows = () => city.storage.database.collection<Row>('accountEventOutbox');

test('nothing reaches who has lost the consent, neither what waits nor what comes', async () => {
  await knows('asking', 'zheng');
  receiver.refuse = () => 503;
  const before = receiver.refusals;
  await accounts.lock(idOf('zheng'), BY);
  await receiver.until(() => receiver.refusals > before);
  expect(await consents.remove(idOf('zheng'), 'asking')).toBe(true);
  receiver.refuse = () => undefined;
  await accounts.unlock(idOf('zheng'), BY);
  await vi.waitFor(
    async () => {
      const found = await rows().find({ lane: 'asking' }).toArray();
      expect(found.map(({ state, lastResult }) => [state, lastResult])).toEqual([
        ['refused', 'not_consented'],
      ]);
    },
    { timeout: 15_000, interval: 50 },
  );
  expect(receiver.received).toEqual([]);
});

test('a receiver that refuses, or is gone (410), gets all in order later and holds up nobody', async () => {
  await knows('slow', 'wang');
  await knows('hub', 'wang');
  const answers = [410, 503];
  receiver.refuse = (clientId) =>
    clientId === 'slow' ? (answers[receiver.refusals % 2] ?? 503) : undefined;
  receiver.refusals = 0;
  await accounts.lock(idOf('wang'), BY);
  await accounts.unlock(idOf('wang'), BY);
  await confirmPhone('wang', '+8613800001003');
  await receiver.until(() => receiver.of('hub').length === 3 && receiver.refusals >= 1);
  expect(receiver.of('slow')).toEqual([]);
  receiver.refuse = () => undefined;
  // Who refused is asked again after half a minute: here it is due at once.
  const refused = { lane: 'slow', state: 'pending', lastResult: { $in: ['http_410', 'http_503'] } };
  const dueAtOnce = { $set: { nextAttemptAt: new Date(0) } };
  await vi.waitFor(async () => {
    expect((await rows().updateMany(refused, dueAtOnce)).matchedCount).toBe(1);
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
