// A rotation of data keys that is killed in each of its phases, held up, begun twice, or stopped by
// accounts that collide: repeated, it goes on, and nobody is lost at any time.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { AccountStore } from '../../src/accounts/account-store.ts';
import { allMigrations } from '../../src/migrations.ts';
import type { KeyPurpose } from '../../src/platform/crypto.ts';
import { importCityAccounts } from '../support/city-accounts.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { runHutongHere } from '../support/command-here.ts';
import {
  commandEnvironment,
  laggard,
  liveAccounts,
  startDataKeys,
  stateOf,
} from '../support/rotating-city.ts';
import { openTestStorage } from '../support/storage.ts';
import type { TestStorage } from '../support/storage.ts';

// A command that is a process of its own loads everything.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const { uri } = migratedDatabase();
const environment = commandEnvironment(uri);
const PEOPLE = 25;
let storage: TestStorage;
let city: Awaited<ReturnType<typeof liveAccounts>>;
let held: ReturnType<typeof laggard>;
let people: { id: string; login: string; phone: string; number: string }[] = [];

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations);
  const logins = Array.from({ length: PEOPLE }, (_, index) => ({ login: `phase-person-${index}` }));
  await importCityAccounts(storage, new AccountStore(storage), logins);
  city = await liveAccounts(uri);
  held = laggard(storage.database);
  people = await Promise.all(
    logins.map(async ({ login }) => {
      const account = await city.accounts.findByLogin(login);
      const { id = '', phone = '', certificate } = account ?? {};
      return { id, login, phone, number: certificate?.number ?? '' };
    }),
  );
});
beforeEach(() => held.leave());
afterAll(async () => {
  await city.stop();
  await storage.database.close();
});

/** Without the time that a process takes to start; one that is to be killed is `startDataKeys`. */
function dataKeys(...args: string[]) {
  return runHutongHere(['data-keys', ...args], environment);
}

async function expectEverybodyFound(): Promise<void> {
  for (const { id, login, phone, number } of people) {
    const found = [login, phone, number].map((text) => city.accounts.findByLogin(text));
    expect((await Promise.all(found)).map((account) => account?.id)).toEqual([id, id, id]);
  }
}

async function revision(): Promise<number> {
  const state = await storage.database
    .collection<{ _id: string; revision: number }>('keyringState')
    .findOne({ _id: 'keyring' });
  return state?.revision ?? 0;
}

async function killIn(purpose: KeyPurpose, phase: string): Promise<void> {
  const command = startDataKeys(uri, ['rotate', purpose]);
  await vi.waitFor(
    async () => {
      expect((await stateOf(storage.database, purpose)).rotation?.phase).toBe(phase);
    },
    { timeout: 60_000, interval: 100 },
  );
  await command.kill(storage.database);
}

describe.each([
  { purpose: 'blindIndex', phases: ['announced', 'activated', 'dropping'] },
  { purpose: 'encryption', phases: ['announced', 'activated'] },
  { purpose: 'audit', phases: ['announced'] },
] as const)('a rotation of $purpose', ({ purpose, phases }) => {
  test('waits for a process that does not know a step, and is completed when it was killed', async () => {
    const { last } = await stateOf(storage.database, purpose);
    for (const phase of phases) {
      await held.knows(await revision());
      await killIn(purpose, phase);
      await expectEverybodyFound();
    }
    const status = await dataKeys('status', '--quick');
    expect(status.out).toContain('laggard/1');
    const hindered = await dataKeys('rotate', purpose, '--no-wait');
    expect([hindered.code, hindered.err]).toEqual([1, expect.stringContaining('laggard/1')]);
    await held.leave();
    const done = await dataKeys('rotate', purpose);
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining(`key ${last + 1}`) });
    const { writing, rotation } = await stateOf(storage.database, purpose);
    expect([writing, rotation]).toEqual([[last + 1], undefined]);
    await expectEverybodyFound();
  });
});

test('of two commands one works and the other says so', async () => {
  await held.knows(await revision());
  const first = startDataKeys(uri, ['rotate', 'audit']);
  await vi.waitFor(
    async () => {
      expect((await stateOf(storage.database, 'audit')).rotation?.phase).toBe('announced');
    },
    { timeout: 60_000, interval: 100 },
  );
  const second = await dataKeys('rotate', 'encryption');
  expect([second.code, second.err]).toEqual([1, expect.stringContaining('Another command')]);
  expect((await stateOf(storage.database, 'encryption')).rotation).toBeUndefined();
  await first.kill(storage.database);
  await held.leave();
  expect(await dataKeys('rotate', 'audit')).toMatchObject({ code: 0 });
});

test('accounts that collide stop it with their ids, and it goes on when they are settled', async () => {
  const [one, other] = people;
  if (!one || !other) throw new Error('too few people');
  const accounts = storage.database.collection<{ _id: string }>('accounts');
  const path = 'attributes.phone.sealed';
  const before = await accounts.findOne({ _id: other.id });
  const seal = (phone: string) => city.keyring.encryptJson(phone, `accounts.phone:${other.id}`);
  await accounts.updateOne({ _id: other.id }, { $set: { [path]: seal(one.phone) } });
  const stopped = await dataKeys('rotate', 'blindIndex');
  expect(stopped.code).toBe(1);
  expect(stopped.err).toContain(one.id);
  expect(stopped.err).toContain(other.id);
  expect((await dataKeys('status')).out).toContain(other.id);
  await expectEverybodyFound();
  expect(before).not.toBeNull();
  await accounts.updateOne({ _id: other.id }, { $set: { [path]: seal(other.phone) } });
  expect(await dataKeys('rotate', 'blindIndex')).toMatchObject({ code: 0 });
  await expectEverybodyFound();
});

test.each(['artefactId', 'pairwise'])('%s stays, and the command says why', async (purpose) => {
  const before = await revision();
  const refused = await dataKeys('rotate', purpose);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(purpose)]);
  expect(await revision()).toBe(before);
});

test('a former key is destroyed in a step of its own, not before its time', async () => {
  const early = await dataKeys('retire', 'encryption');
  expect([early.code, early.err]).toEqual([1, expect.stringContaining('still needed')]);
  const states = storage.database.collection<{ _id: string }>('keyringState');
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  const since = { $set: { 'purposes.encryption.writingSince': longAgo } };
  await states.updateOne({ _id: 'keyring' }, since);
  const { writing } = await stateOf(storage.database, 'encryption');
  expect(await dataKeys('retire', 'encryption')).toMatchObject({ code: 0 });
  expect((await stateOf(storage.database, 'encryption')).reading).toEqual(writing);
  const keys = storage.database.collection('dataKeys').find({ purpose: 'encryption' });
  expect((await keys.toArray()).map(({ number }) => Number(number))).toEqual(writing);
  await expectEverybodyFound();
  expect(await dataKeys('retire', 'encryption')).toMatchObject({ code: 1 });
});

test('a new master key takes over with the one before beside it, and no other does', async () => {
  const next = Buffer.alloc(32, 9).toString('base64url');
  const wrong = await runHutongHere(['data-keys', 'status'], {
    ...environment,
    HUTONG_MASTER_KEY: next,
  });
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('master key')]);
  const both = {
    ...environment,
    HUTONG_MASTER_KEY: next,
    HUTONG_MASTER_KEY_PREVIOUS: environment['HUTONG_MASTER_KEY'] ?? '',
  };
  expect(await runHutongHere(['data-keys', 'status', '--quick'], both)).toMatchObject({ code: 0 });
  expect(await runHutongHere(['data-keys', 'rewrap'], both)).toMatchObject({ code: 0 });
  const alone = { ...environment, HUTONG_MASTER_KEY: next };
  expect(await runHutongHere(['data-keys', 'status'], alone)).toMatchObject({ code: 0 });
  expect(await dataKeys('status')).toMatchObject({ code: 1 });
  await expectEverybodyFound();
});
