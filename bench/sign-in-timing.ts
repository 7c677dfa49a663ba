// How long a refused sign-in takes, by what is wrong with it: `node bench/sign-in-timing.ts`. The
// medians should differ by noise only. The tests assert the cause, equal work, and no times.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findMongod } from '../scripts/mongod.mjs';
import { AccountStore } from '../src/accounts/account-store.ts';
import { verifyPassword } from '../src/credentials/verify-password.ts';
import { allMigrations } from '../src/migrations.ts';
import { startEmbeddedMongod } from '../src/platform/embedded-mongod.ts';
import { freshAddress, seedAccount, signInDependencies } from '../test/support/sign-in.ts';
import { openTestStorage } from '../test/support/storage.ts';
import { TestClock } from '../test/support/test-clock.ts';

const ROUNDS = 31;
const PASSWORD = 'Rain-falls-on-the-hutong-7';
// The queue and the proof of work would be measured instead of what is compared here.
const LIMITS = {
  hashing: { maxWaiting: 10_000, maxWaitingPerAddress: 10_000 },
  signIn: {
    unknownDevicesPerHour: { attempts: 10_000, windowSeconds: 3600 },
    unknownDevicesPerDay: { attempts: 10_000, windowSeconds: 86_400 },
    proofOfWorkAfterFailures: 1000,
  },
};

async function startDatabase(folder: string): Promise<{ uri: string; stop(): Promise<void> }> {
  const found = await findMongod();
  if (found.kind === 'uri') throw new Error('unset MONGODB_URI: this uses a server of its own');
  return startEmbeddedMongod({ binary: found.path, folder, isEphemeral: true });
}

async function makeCases(uri: string) {
  const clock = new TestClock();
  const storage = await openTestStorage(uri, allMigrations, clock);
  const stores = { ...storage, clock, accounts: new AccountStore(storage) };
  const deps = await signInDependencies(stores, LIMITS, { isCostly: true });
  const seed = () => seedAccount(stores, deps, { password: PASSWORD });
  const [wrong, locked, closed, exhausted] = [
    await seed(),
    await seed(),
    await seed(),
    await seed(),
  ];
  await stores.accounts.lock(locked.id, { actor: 'operator' });
  await stores.accounts.close(closed.id, { actor: 'operator' });
  const spent = freshAddress();
  const attempt = (login: string, password: string, address = freshAddress()) =>
    verifyPassword(deps, { login, password, address });
  for (let i = 0; i < 5; i += 1) await attempt(exhausted.login, 'no', spent);
  const cases = new Map([
    ['wrong password', () => attempt(wrong.login, 'no')],
    ['unknown login', () => attempt('nobody', PASSWORD)],
    ['locked account', () => attempt(locked.login, PASSWORD)],
    ['closed account', () => attempt(closed.login, PASSWORD)],
    ['exhausted budget', () => attempt(exhausted.login, PASSWORD, spent)],
  ]);
  return { cases, close: () => storage.database.close() };
}

async function measure(cases: ReadonlyMap<string, () => Promise<unknown>>) {
  const times = new Map<string, number[]>();
  // In turn, so that a slower minute of the machine meets all of them alike.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, attempt] of cases) {
      const start = performance.now();
      await attempt();
      times.set(name, [...(times.get(name) ?? []), performance.now() - start]);
    }
  }
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const folder = await mkdtemp(path.join(tmpdir(), 'hutong-bench-'));
const database = await startDatabase(folder);
try {
  const { cases, close } = await makeCases(database.uri);
  for (const [name, values] of await measure(cases)) {
    console.log(`${name.padEnd(18)}${median(values).toFixed(1)} ms`);
  }
  await close();
} finally {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}
