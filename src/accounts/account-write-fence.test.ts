// Writers that were left behind by a rotation of index keys: paused before, during or after it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { watchable } from '../../test/support/database-commands.ts';
import { migratedDatabase } from '../../test/support/migrated-database.ts';
import { MASTER_KEY, openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import { allMigrations } from '../migrations.ts';
import { KeyringStore } from '../platform/keyring-store.ts';
import type { PurposeState } from '../platform/keyring-state.ts';
import { draftAccount } from './account-draft.ts';
import { AccountIndexes } from './account-index-store.ts';
import { AccountStore } from './account-store.ts';
import { AccountWriteFence } from './account-write-fence-store.ts';

const { uri } = migratedDatabase();
const BY = { actor: 'system' };
let storage: TestStorage;
let serial = 0;

beforeAll(async () => {
  storage = await openTestStorage(uri, allMigrations);
});
beforeEach(() => storage.keyring.refresh());
afterAll(() => storage.database.close());

function draft() {
  serial += 1;
  const drafted = draftAccount(
    { kind: 'naturalPerson', login: `fenced-${serial}`, realNameLevel: 1 },
    { source: 'test', grade: 'D', areContactsConfirmed: true, now: new Date() },
  );
  if (!drafted.ok) throw new Error(JSON.stringify(drafted.problems));
  return drafted.draft;
}

/** As a rotation would do it: the change of the state, then the fence. */
async function change(to: (own: PurposeState) => Partial<PurposeState>): Promise<void> {
  const keys = new KeyringStore({ ...storage, masterKeys: [MASTER_KEY] });
  const from = await keys.state();
  const own = from.purposes.blindIndex;
  const state = { ...own, ...to(own) };
  await keys.addKey('blindIndex', state.last, new Date());
  await keys.advance(from, { purpose: 'blindIndex', state }, () => Promise.resolve());
  await storage.keyring.refresh();
  await new AccountIndexes(storage).fence(state.generation);
}

const writeBoth = ({ writing, last, generation }: PurposeState) => ({
  writing: [last + 1, ...writing],
  last: last + 1,
  generation: generation + 1,
});

const writeNew = ({ last, generation }: PurposeState) => ({
  writing: [last],
  reading: [last],
  generation: generation + 1,
});

async function keysOf(login: string): Promise<{ numbers: number[]; macs: number }> {
  const found = await new AccountStore(storage).findByLogin(login);
  const accounts = storage.database.collection<{ _id: string }>('accounts');
  const document = await accounts.findOne({ _id: found?.id ?? '' });
  const { indexKeys = [], loginIndex = [] } = (document ?? {}) as {
    indexKeys?: number[];
    loginIndex?: Buffer[];
  };
  return { numbers: indexKeys, macs: loginIndex.length };
}

test('one that has missed the change is turned back, learns the keys and writes under them', async () => {
  const stale = await openTestStorage(uri, allMigrations);
  try {
    await change(writeBoth);
    const registered = draft();
    const outcome = await new AccountStore(stale).insert(registered, BY);
    expect(outcome.ok).toBe(true);
    const both = await keysOf(registered.attributes.login?.value ?? '');
    expect([both.numbers.length, both.macs]).toEqual([2, 2]);
    await change(writeNew);
    const later = draft();
    await new AccountStore(stale).insert(later, BY);
    expect(await keysOf(later.attributes.login?.value ?? '')).toMatchObject({ macs: 1 });
  } finally {
    await stale.database.close();
  }
});

test('a write under way is waited for, and stands when the fence has moved', async () => {
  const writer = await openTestStorage(uri, allMigrations);
  const mover = await openTestStorage(watchable(uri), allMigrations);
  try {
    const entered = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const writing = new AccountWriteFence(writer).transaction(async (session) => {
      await writer.database.collection('fenceProbe').insertOne({}, { session });
      entered.resolve();
      await mayCommit.promise;
    });
    await entered.promise;
    const begun = Promise.withResolvers<void>();
    mover.database.client.on('commandStarted', ({ commandName }) => {
      if (commandName === 'update') begun.resolve();
    });
    let seen: number | undefined;
    const moving = new AccountWriteFence(mover).moveTo(1000).then(async () => {
      seen = await mover.database.collection('fenceProbe').countDocuments();
    });
    await begun.promise;
    for (let trip = 1; trip <= 5; trip += 1) await writer.database.db.command({ ping: 1 });
    expect(seen).toBeUndefined();
    mayCommit.resolve();
    await Promise.all([writing, moving]);
    expect(seen).toBe(1);
  } finally {
    await Promise.all([writer.database.close(), mover.database.close()]);
  }
});

test('nobody writes who cannot learn the keys that the fence asks for', async () => {
  const outcome = new AccountStore(storage).insert(draft(), BY);
  await expect(outcome).rejects.toMatchObject({ code: 'database_unavailable', status: 503 });
});
