// The keyring of a process that runs: it takes on new keys, says so, and knows when it may be behind.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { MASTER_KEY, openTestStorage } from '../../test/support/storage.ts';
import type { TestStorage } from '../../test/support/storage.ts';
import type { PurposeState } from './keyring-state.ts';
import { KeyringStore } from './keyring-store.ts';
import { KeyringWatcher } from './keyring-watcher.ts';
import { createLogger } from './logger.ts';

const { uri } = testDatabase();
const logger = createLogger({ level: 'silent', service: 'test' });
let storage: TestStorage;
let store: KeyringStore;

beforeAll(async () => {
  storage = await openTestStorage(uri, []);
  store = new KeyringStore({ database: storage.database, masterKeys: [MASTER_KEY] });
});
afterAll(() => storage.database.close());

/** As a rotation does it. */
async function change(to: (own: PurposeState) => Partial<PurposeState>): Promise<number> {
  const from = await store.state();
  const own = from.purposes.encryption;
  const state = { ...own, ...to(own) };
  await store.addKey('encryption', state.last, new Date());
  const next = await store.advance(from, { purpose: 'encryption', state }, () => Promise.resolve());
  return next?.revision ?? 0;
}

const announce = ({ reading, last }: PurposeState) => ({
  reading: [last + 1, ...reading],
  last: last + 1,
});
const activate = ({ last }: PurposeState) => ({ writing: [last] });

function processOf(lease: { isHeld: boolean }) {
  const acknowledged: number[] = [];
  const acknowledge = (_subject: string, revision: number) =>
    Promise.resolve(void acknowledged.push(revision));
  return { acknowledged, processes: { acknowledge, hasLease: () => lease.isHeld } };
}

it('takes on keys while it runs: everybody reads before anybody writes', async () => {
  const other = await openTestStorage(uri, []);
  try {
    const former = other.keyring.encrypt('before', 'here');
    await change(announce);
    await storage.keyring.refresh();
    expect(storage.keyring.encrypt('still', 'here').readUInt16BE(1)).toBe(former.readUInt16BE(1));
    await other.keyring.refresh();
    await change(activate);
    await storage.keyring.refresh();
    const sealed = storage.keyring.encrypt('after', 'here');
    expect(sealed.readUInt16BE(1)).toBe(former.readUInt16BE(1) + 1);
    // The other has not heard of the second step, and reads what the first one promised.
    expect(other.keyring.decrypt(sealed, 'here').toString()).toBe('after');
    expect(storage.keyring.decrypt(former, 'here').toString()).toBe('before');
  } finally {
    await other.database.close();
  }
});

it('acknowledges a revision once all that hangs on the keys has taken it over', async () => {
  const { acknowledged, processes } = processOf({ isHeld: true });
  const { keyring } = storage;
  const watcher = new KeyringWatcher({ keyring, store, processes, logger });
  const seen: [revision: number, acknowledged: number][] = [];
  watcher.onChange(() => void seen.push([keyring.revision, acknowledged.length]));
  await watcher.check();
  const next = await change(announce);
  await watcher.check();
  await watcher.check();
  expect(acknowledged).toEqual([next - 1, next]);
  expect(seen).toEqual([
    [next - 1, 0],
    [next, 1],
  ]);
});

it('is not current without a lease, and a value of a key unknown to it is then no fault', async () => {
  const behind = await openTestStorage(uri, []);
  try {
    const lease = { isHeld: true };
    const { processes } = processOf(lease);
    const { keyring } = behind;
    const watcher = new KeyringWatcher({ keyring, store, processes, logger });
    expect(keyring.isCurrent).toBe(false);
    await watcher.check();
    expect(keyring.isCurrent).toBe(true);
    await change(announce);
    await change(activate);
    await storage.keyring.refresh();
    const sealed = storage.keyring.encrypt('new', 'here');
    expect(() => keyring.decrypt(sealed, 'here')).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
    lease.isHeld = false;
    expect(keyring.isCurrent).toBe(false);
    expect(() => keyring.decrypt(sealed, 'here')).toThrow(
      expect.objectContaining({ code: 'database_unavailable' }),
    );
    expect(await keyring.refresh()).toBe(true);
    expect(keyring.decrypt(sealed, 'here').toString()).toBe('new');
  } finally {
    await behind.database.close();
  }
});

it('gives one of two that change the keys at once the say', async () => {
  const from = await store.state();
  const state = { ...from.purposes.encryption, generation: 7 };
  const outcomes = await Promise.all(
    [1, 2].map(() =>
      store.advance(from, { purpose: 'encryption', state }, () => Promise.resolve()),
    ),
  );
  expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1);
});
