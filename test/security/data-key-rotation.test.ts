// Data keys and blind-index keys rotate while two processes sign people in and others register: every
// look-up succeeds, nothing exists twice, and afterwards nothing stands under a former key.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { draftAccount } from '../../src/accounts/account-draft.ts';
import { sealedPlaces } from '../../src/app/sealed-places.ts';
import { PasskeyStore } from '../../src/credentials/passkey-store.ts';
import { sealedKeyNumber } from '../../src/platform/crypto.ts';
import { TOTP_SECRET } from '../support/city-accounts.ts';
import type { CityAccount } from '../support/city-accounts.ts';
import { visitAccountCentre } from '../support/account-visitor.ts';
import { authorizationRequest, CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { runHutongHere } from '../support/command-here.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { deviceClient, Devices } from '../support/devices.ts';
import { runHutong } from '../support/hutong-command.ts';
import { Load } from '../support/load.ts';
import { takeIntoCare } from '../support/ward-process.ts';
import { beginEntity } from '../support/entity-registration.ts';
import { LogoutReceiver } from '../support/logout-receiver.ts';
import { startMessageGateway } from '../support/message-gateway.ts';
import type { MessageGateway } from '../support/message-gateway.ts';
import { commandEnvironment, liveAccounts, stateOf } from '../support/rotating-city.ts';
import { makeDpopKey, TokenClient } from '../support/token-client.ts';
import { sealSamples } from '../support/sealed-samples.ts';
import { beginStockMigration, importStockAccount } from '../support/stock-accounts.ts';
import { verifySomebody } from '../support/verified-person.ts';

// Each command is a process that loads everything.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const { uri } = migratedDatabase();
const receiver = new LogoutReceiver();
/** Of people who claim each other's phones all the time. */
const CLAIMANTS = ['chen', 'liu'];
let gateway: MessageGateway;
let city: CityNode;
let tokens: TokenClient;
let stores: Awaited<ReturnType<typeof liveAccounts>>[] = [];
let people: { account: CityAccount; spellings: string[] }[] = [];

beforeAll(async () => {
  await receiver.start();
  gateway = await startMessageGateway();
  city = await startCityNode({
    mongodbUri: uri,
    hasSecondProcess: true,
    environment: gateway.environment,
    clients: [
      { client_id: 'portal', backchannel_logout_uri: receiver.uriOf('portal') },
      { client_id: 'archive', consent: 'ask', scope: 'openid profile offline_access' },
      { client_id: 'department', minimum_level: 3 },
      { client_id: 'bank', profile: 'fapi2' },
      deviceClient('television'),
    ],
    accounts: [
      ...['wang', 'zhao', 'chen', 'liu', 'zhou'].map((login) => ({ login })),
      { login: 'officer', totpSecret: TOTP_SECRET },
    ],
  });
  receiver.trust(city.issuer);
  tokens = new TokenClient(city.issuer);
  stores = await Promise.all([liveAccounts(uri), liveAccounts(uri)]);
  people = await Promise.all(
    city.accounts.map(async (account) => {
      const { phone = '', certificate } = (await stores[0]?.accounts.findById(account.id)) ?? {};
      return { account, spellings: [account.login, phone, certificate?.number ?? ''] };
    }),
  );
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.stop()));
  await city.stop();
  await receiver.stop();
  await gateway.stop();
});

/** Something in every place that holds sealed values. */
async function live(): Promise<void> {
  const browser = new CityBrowser(city.issuer);
  const first = await browser.authorize(city.client('portal'), city.account('officer'));
  const hint = String((await tokens.redeem(first)).body.id_token);
  await browser.authorize(city.client('department'), city.account('officer'));
  const dpop = await makeDpopKey();
  const pending = authorizationRequest(city.issuer, city.client('bank'));
  const fields = Object.fromEntries(pending.url.searchParams);
  await tokens.push(city.client('bank'), fields, dpop);
  await browser.visitor.submit(new URL('/oauth2/authorize', city.issuer), fields);
  await new Devices(city).ask('television');
  await browser.press(await browser.open('/sign-up'), 'send-code', { contact: '17600000001' });
  await browser.press(await browser.open('/recover'), 'send-code', { contact: '17600000002' });
  await browser.signOut(undefined, hint);
  await visitAccountCentre(city, 'wang');
  const passkey = { credentialId: 'Y3JlZA', publicKey: 'a2V5', transports: [], name: 'phone' };
  await city.storage.database.transaction((session) =>
    new PasskeyStore(city.storage).add(
      city.account('wang').id,
      { ...passkey, counter: 0, createdAt: new Date() },
      session,
    ),
  );
  const another = new CityBrowser(city.issuer);
  await another.authorize(city.client('portal'), city.account('wang'));
}

/** Every sealed value anywhere, whether or not somebody told of it: `collection path` → key. */
async function sealedAnywhere(): Promise<Map<string, number>> {
  const { db } = city.storage.database;
  const { writing, reading } = await stateOf(city.storage.database, 'encryption');
  const numbers = new Set([...writing, ...reading]);
  const found = new Map<string, number>();
  const visit = (value: unknown, path: string): void => {
    if (Buffer.isBuffer(value)) {
      const number = value.length > 31 && value[0] === 1 ? sealedKeyNumber(value) : 0;
      if (numbers.has(number)) found.set(path, number);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) visit(member, `${path}.${key}`);
    }
  };
  for (const { name } of await db.listCollections().toArray()) {
    // Wrapped by the master key, in the same format.
    if (name === 'dataKeys') continue;
    for (const { _id, ...rest } of await db.collection(name).find().toArray()) {
      visit(rest, `${name} ${String(_id)}`);
    }
  }
  return found;
}

test('every place that holds sealed values is told of', async () => {
  await live();
  await verifySomebody(city.storage, city.account('wang').id);
  await importStockAccount(city.storage);
  await beginEntity(city.storage, city.account('wang').id);
  await takeIntoCare(city.storage, city.account('wang').id);
  await beginStockMigration(city.storage);
  await sealSamples(city.storage, city.account('wang').id);
  const found = await sealedAnywhere();
  const told = new Set<string>();
  const places = new Set<string>();
  for (const place of sealedPlaces) {
    const documents = await city.storage.database.collection(place.collection).find().toArray();
    for (const document of documents) {
      for (const { path } of place.valuesOf(document)) {
        told.add(`${place.collection} ${String(document._id)}.${path}`);
        places.add(place.collection);
      }
    }
  }
  expect(found.size).toBeGreaterThan(50);
  expect([...found.keys()].filter((path) => !told.has(path))).toEqual([]);
  expect([...places].toSorted()).toEqual(sealedPlaces.map((place) => place.collection).toSorted());
});

function pair() {
  const [one, other] = stores;
  if (!one || !other) throw new Error('the stores are not open');
  return [one.accounts, other.accounts] as const;
}

async function signInBy(load: number): Promise<void> {
  const { account, spellings } = people[load % people.length] ?? people[0] ?? missing();
  const login = spellings[load % spellings.length] ?? account.login;
  const client = city.client('portal');
  const answer = await new CityBrowser(city.issuer).authorize(client, { ...account, login });
  const { status } = await tokens.redeem(answer);
  if (status !== 200) throw new Error(`${login} received ${status}`);
}

async function lookUp(load: number): Promise<void> {
  const { account, spellings } = people[load % people.length] ?? missing();
  for (const accounts of pair()) {
    for (const text of spellings) {
      const found = await accounts.findByLogin(text);
      if (found?.id !== account.id) throw new Error(`${text} opens ${found?.id}`);
    }
  }
}

/** Two processes register the same person at once: one does, both find him. */
async function register(serial: number): Promise<void> {
  const phone = `188${String(serial).padStart(8, '0')}`;
  const drafted = draftAccount(
    {
      kind: 'naturalPerson',
      login: `registered-${serial}`,
      phone,
      opaqueId: `opaque-${serial}`,
      realNameLevel: 2,
    },
    { source: 'test', grade: 'B', areContactsConfirmed: true, now: new Date() },
  );
  if (!drafted.ok) throw new Error(JSON.stringify(drafted.problems));
  const { draft } = drafted;
  const made = await Promise.all(
    pair().map((accounts) => accounts.insert(draft, { actor: 'system' })),
  );
  const [id, ...more] = made.flatMap((outcome) => (outcome.ok ? [outcome.account.id] : []));
  if (more.length > 0) throw new Error(`${phone} registered twice`);
  for (const accounts of pair()) {
    const found = [
      await accounts.findByLogin(`registered-${serial}`),
      await accounts.findByLogin(phone),
      await accounts.findByIdentity('naturalPerson', draft.attributes),
    ];
    if (!found.every((account) => account?.id === id)) throw new Error(`${phone} is not found`);
  }
}

/** Two people claim one number through two processes at once: it is the one's or the other's. */
async function claimPhone(serial: number): Promise<void> {
  const e164 = `+86187${String(serial).padStart(8, '0')}`;
  const claimants = CLAIMANTS.map((login) => city.account(login).id);
  await Promise.all(
    pair().map((accounts, index) =>
      accounts.changeContact(
        claimants[index] ?? '',
        { channel: 'sms', address: e164 },
        { actor: 'system' },
      ),
    ),
  );
  const found = await Promise.all(pair().map((accounts) => accounts.findByLogin(e164)));
  const ids = new Set(found.map((account) => account?.id ?? 'nobody'));
  const [id = ''] = ids;
  if (ids.size > 1 || !claimants.includes(id)) throw new Error(`${e164} is ${[...ids].join()}'s`);
}

function missing(): never {
  throw new Error('nobody was imported');
}

test('rotate under sign-ins, registrations and claims: no lost look-up, no duplicate', async () => {
  const browser = new CityBrowser(city.issuer);
  await browser.authorize(city.client('portal'), city.account('zhou'));
  const archive = new CityBrowser(city.issuer);
  const granted = await archive.authorize(city.client('archive'), city.account('zhao'), {
    scope: 'openid offline_access',
    prompt: 'consent',
  });
  let refreshToken = String((await tokens.redeem(granted)).body.refresh_token);
  people = people.filter(({ account }) => !CLAIMANTS.includes(account.login));
  const load = new Load();
  const counted = (work: (turn: number) => Promise<void>) => {
    let turn = 0;
    load.lane(() => work((turn += 1)));
  };
  counted(signInBy);
  counted(lookUp);
  counted(register);
  counted(claimPhone);
  load.lane(async () => {
    const answer = await browser.authorize(city.client('portal'), undefined, { prompt: 'none' });
    if (answer.code === '') throw new Error(`no silent sign-in: ${answer.parameters.get('error')}`);
    const { status, body } = await tokens.refresh(city.client('archive'), refreshToken);
    if (status !== 200) throw new Error(`no refresh: ${status}`);
    refreshToken = String(body.refresh_token);
  });
  const rotated: number[] = [];
  for (const purpose of ['blindIndex', 'encryption', 'cookie', 'audit']) {
    const before = load.requests;
    // Once as a process of its own, as an operator types it.
    const run = purpose === 'blindIndex' ? runHutong : runHutongHere;
    const { code, err } = await run(['data-keys', 'rotate', purpose], commandEnvironment(uri));
    expect([code, err.replace(/^Waiting .*\n/gmu, '')]).toEqual([0, '']);
    rotated.push(load.requests - before);
  }
  await load.end();
  expect(load.failures).toEqual([]);
  expect(Math.min(...rotated)).toBeGreaterThan(0);
});

test('leave nothing under the former keys', async () => {
  const { database } = city.storage;
  const found = [...(await sealedAnywhere())];
  expect(found.length).toBeGreaterThan(50);
  expect(found.filter(([, number]) => number !== 2)).toEqual([]);
  const accounts = await database.collection('accounts').find().toArray();
  expect(accounts.length).toBeGreaterThan(people.length);
  expect(new Set(accounts.map(({ indexKeys }) => JSON.stringify(indexKeys)))).toEqual(
    new Set(['[2]']),
  );
  // One value each, so one keyed hash each.
  const lengths = accounts.flatMap(({ loginIndex, phoneIndex }) => [loginIndex, phoneIndex]);
  expect(new Set(lengths.flatMap((index: unknown[] | undefined) => index?.length ?? []))).toEqual(
    new Set([1]),
  );
  const keys = await database.collection('dataKeys').find({ purpose: 'blindIndex' }).toArray();
  expect(keys.map(({ number }) => Number(number))).toEqual([2]);
  const events = await database
    .collection('auditRecords')
    .find({ type: /^keys\.data_key/u })
    .toArray();
  expect(new Set(events.map(({ type }) => String(type)))).toEqual(
    new Set(['keys.data_key_added', 'keys.data_key_activated', 'keys.data_key_retired']),
  );
});
