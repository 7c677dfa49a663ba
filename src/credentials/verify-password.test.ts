import { beforeAll, describe, expect, it } from 'vitest';
import { commandsOf } from '../../test/support/database-commands.ts';
import { identityStores } from '../../test/support/identity-stores.ts';
import { freshAddress, seedAccount, signInDependencies } from '../../test/support/sign-in.ts';
import type { SignInDependencies } from '../../test/support/sign-in.ts';
import { verifyOwnPassword, verifyPassword } from './verify-password.ts';
import type { PasswordResult } from './verify-password.ts';

const stores = identityStores();
const password = 'Rain-falls-on-the-hutong-7';
// These tests count verifications; the queue and the proof of work have tests of their own.
const open = {
  hashing: { maxWaiting: 10_000, maxWaitingPerAddress: 10_000 },
  signIn: { proofOfWorkAfterFailures: 1000 },
};
let deps: SignInDependencies;

beforeAll(async () => {
  deps = await signInDependencies(stores, open);
});

/** The same dependencies, counting hash computations, and those that met a real hash. */
function counting(of: SignInDependencies = deps) {
  const count = { real: 0, all: 0 };
  const hasher = Object.create(of.hasher) as typeof of.hasher;
  hasher.verify = (hash, tried, entry) => {
    count.all += 1;
    if (hash !== undefined) count.real += 1;
    return of.hasher.verify(hash, tried, entry);
  };
  return { count, deps: { ...of, hasher } };
}

async function fail(login: string, times: number, address = freshAddress()): Promise<string> {
  for (let i = 0; i < times; i += 1) {
    await verifyPassword(deps, { login, password: `wrong-${i}`, address });
  }
  return address;
}

const reasons = (results: readonly PasswordResult[]) => [
  ...new Set(results.map((result) => (result.ok ? 'ok' : result.reason))),
];

describe('password sign-in', () => {
  it('verifies at most five of 200 parallel wrong passwords from one address', async () => {
    const account = await seedAccount(stores, deps, { password });
    const { cookie } = await deps.devices.remember(undefined, account.id);
    const address = freshAddress();
    const { count, deps: counted } = counting();
    const flood = Array.from({ length: 200 }, (_, i) =>
      verifyPassword(counted, { login: account.login, password: `guess-${i}`, address }),
    );
    const owner = verifyPassword(deps, {
      login: account.login,
      password,
      address,
      deviceCookie: cookie,
    });
    const results = await Promise.all(flood);
    expect(count.real).toBe(5);
    expect(reasons(results).sort()).toEqual(['budget_exhausted', 'credentials_wrong']);
    expect(await owner).toMatchObject({ ok: true, isKnownDevice: true });
  }, 40_000);

  it('verifies at most thirty of 200 parallel wrong passwords from 200 addresses', async () => {
    const account = await seedAccount(stores, deps, { password });
    const { cookie } = await deps.devices.remember(undefined, account.id);
    const { count, deps: counted } = counting();
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        verifyPassword(counted, {
          login: account.login,
          password: `guess-${i}`,
          address: freshAddress(),
        }),
      ),
    );
    expect(count.real).toBe(30);
    expect(reasons(results)).toEqual(['credentials_wrong']);
    const right = { login: account.login, password, address: freshAddress() };
    expect(await verifyPassword(deps, right)).toMatchObject({ reason: 'credentials_wrong' });
    expect(await verifyPassword(deps, { ...right, deviceCookie: cookie })).toMatchObject({
      ok: true,
    });
    stores.clock.advance(3601);
    expect(await verifyPassword(deps, { ...right, address: freshAddress() })).toMatchObject({
      ok: true,
      isKnownDevice: false,
    });
  }, 40_000);

  it('lets no stranger verify more than the budget of a day, however patient', async () => {
    const patient = await signInDependencies(stores, {
      ...open,
      signIn: {
        ...open.signIn,
        unknownDevicesPerHour: { attempts: 5, windowSeconds: 3600 },
        unknownDevicesPerDay: { attempts: 12, windowSeconds: 86_400 },
      },
    });
    const account = await seedAccount(stores, deps, { password });
    const { count, deps: counted } = counting(patient);
    const perHour: number[] = [];
    for (let hour = 0; hour < 4; hour += 1) {
      await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          verifyPassword(counted, {
            login: account.login,
            password: `guess-${i}`,
            address: freshAddress(),
          }),
        ),
      );
      perHour.push(count.real);
      stores.clock.advance(3601);
    }
    expect(perHour).toEqual([5, 10, 12, 12]);
  });

  it('answers unknown, locked, closed, wrong and exhausted with the same words', async () => {
    const states = await Promise.all(
      ['active', 'locked', 'closed', 'exhausted'].map(() =>
        seedAccount(stores, deps, { password }),
      ),
    );
    const [active, locked, closed, exhausted] = states;
    if (!active || !locked || !closed || !exhausted) throw new Error('not seeded');
    await stores.accounts.lock(locked.id, { actor: 'operator' });
    await stores.accounts.close(closed.id, { actor: 'operator' });
    const spent = await fail(exhausted.login, 5);
    const answers = [
      await verifyPassword(deps, { login: active.login, password: 'no', address: freshAddress() }),
      await verifyPassword(deps, { login: locked.login, password, address: freshAddress() }),
      await verifyPassword(deps, { login: closed.login, password, address: freshAddress() }),
      await verifyPassword(deps, { login: exhausted.login, password, address: spent }),
      await verifyPassword(deps, { login: 'nobody-here', password, address: freshAddress() }),
      await verifyPassword(deps, { login: '', password: '', address: freshAddress() }),
    ];
    for (const answer of answers) {
      expect(answer).toEqual({ ok: false, reason: 'credentials_wrong', needsProofNext: false });
    }
  });

  it('does the same work for unknown, wrong, locked, closed and exhausted', async () => {
    const [wrong, locked, closed, exhausted] = await Promise.all(
      Array.from({ length: 4 }, () => seedAccount(stores, deps, { password })),
    );
    if (!wrong || !locked || !closed || !exhausted) throw new Error('not seeded');
    await stores.accounts.lock(locked.id, { actor: 'operator' });
    await stores.accounts.close(closed.id, { actor: 'operator' });
    const spent = await fail(exhausted.login, 5);
    const workOf = async (login: string, tried: string, address = freshAddress()) => {
      const { count, deps: counted } = counting();
      const commands = await commandsOf(stores.database, () =>
        verifyPassword(counted, { login, password: tried, address }),
      );
      return { commands, hashes: count.all };
    };
    const ofWrong = await workOf(wrong.login, 'no');
    expect(ofWrong.hashes).toBe(1);
    // Counters and credential in one.
    expect(ofWrong.commands).toContain('aggregate passwordCredentials');
    expect(ofWrong.commands).toContain('insert auditRecords');
    expect(await workOf('nobody', password)).toEqual(ofWrong);
    expect(await workOf(locked.login, password)).toEqual(ofWrong);
    expect(await workOf(closed.login, password)).toEqual(ofWrong);
    // What was refused is looked at, and what other budgets gave is returned, while the decoy is
    // computed: they delay nothing.
    const commands = [...ofWrong.commands, 'find attemptBudgets', 'update attemptBudgets'];
    const ofExhausted = await workOf(exhausted.login, password, spent);
    expect(ofExhausted.commands).toEqual(commands.toSorted((a, b) => a.localeCompare(b)));
    expect(ofExhausted.hashes).toBe(1);
  });

  it('gives every unit back after success, so that success never uses a budget up', async () => {
    const account = await seedAccount(stores, deps, { password });
    const address = freshAddress();
    for (let i = 0; i < 12; i += 1) {
      const result = await verifyPassword(deps, { login: account.login, password, address });
      expect(result.ok).toBe(true);
    }
    const rules = [{ key: `address:${address}`, attempts: 1, windowSeconds: 1 }];
    expect(await deps.budgets.counts(rules)).toEqual([0]);
  });

  it('tells an address that tried too many logins so, whatever the login', async () => {
    const strict = await signInDependencies(stores, {
      ...open,
      signIn: { perAddress: { attempts: 3, windowSeconds: 60 }, proofOfWorkAfterFailures: 1000 },
    });
    const address = '2001:db8:1:2::1';
    for (const login of ['a-1', 'a-2', 'a-3']) {
      await verifyPassword(strict, { login, password: 'no', address });
    }
    const account = await seedAccount(stores, deps, { password });
    const refused = await verifyPassword(strict, { login: account.login, password, address });
    expect(refused).toMatchObject({ ok: false, reason: 'budget_exhausted' });
    stores.clock.advance(61);
    expect((await verifyPassword(strict, { login: account.login, password, address })).ok).toBe(
      true,
    );
  });

  it('gives a configured hall its own budget and asks it for no proof of work', async () => {
    const hall = await signInDependencies(stores, {
      ...open,
      signIn: {
        perAddress: { attempts: 1, windowSeconds: 60 },
        perNetwork: { attempts: 1, windowSeconds: 60 },
        addresses: [{ cidr: '10.250.0.0/16', attempts: 50, windowSeconds: 60 }],
      },
    });
    for (let i = 0; i < 10; i += 1) {
      const attempt = { login: `guest-${i}`, password: 'no', address: '::ffff:10.250.0.9' };
      expect(await verifyPassword(hall, attempt)).toMatchObject({ reason: 'credentials_wrong' });
    }
  });

  it('refuses what the hashing queue cannot take, and counts no attempt for it', async () => {
    const busy = await signInDependencies(stores, {
      hashing: { concurrency: 1, maxWaiting: 4, maxWaitingPerAddress: 2 },
      signIn: { unknownDevicePerAddress: { attempts: 30, windowSeconds: 60 } },
    });
    const account = await seedAccount(stores, deps, { password });
    const { cookie } = await deps.devices.remember(undefined, account.id);
    const attempt = { login: account.login, password, address: freshAddress() };
    const flood = Array.from({ length: 20 }, () => verifyPassword(busy, attempt));
    const owner = verifyPassword(busy, { ...attempt, deviceCookie: cookie });
    const results = await Promise.all(flood);
    expect(reasons(results).sort()).toEqual(['ok', 'overloaded']);
    expect((await owner).ok).toBe(true);
    const key = `account-address:${account.id}:${attempt.address}`;
    expect(await deps.budgets.counts([{ key, attempts: 1, windowSeconds: 1 }])).toEqual([0]);
  });

  it('verifies the password of a signed-in person on the same budgets', async () => {
    const account = await seedAccount(stores, deps, { password });
    const address = await fail(account.login, 5);
    const own = { accountId: account.id, password, address };
    expect(await verifyOwnPassword(deps, own)).toMatchObject({ reason: 'credentials_wrong' });
    expect(await verifyOwnPassword(deps, { ...own, address: freshAddress() })).toMatchObject({
      ok: true,
    });
  });

  it('leaves neither login, address nor hash in the clear', async () => {
    const account = await seedAccount(stores, deps, { password });
    await fail(account.login, 1, '203.0.113.77');
    for (const name of ['attemptBudgets', 'passwordCredentials', 'knownDevices']) {
      const cursor = stores.database.collection(name).find({}, { raw: true });
      const bytes = Buffer.concat((await cursor.toArray()) as unknown as Uint8Array[]);
      expect(bytes.length).toBeGreaterThan(0);
      for (const text of [account.login, '203.0.113.77', '$argon2id']) {
        expect(bytes.includes(text)).toBe(false);
      }
    }
  });
});
