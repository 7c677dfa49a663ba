// The password of an old account on the budgets of a sign-in: how many guesses are looked at, that a
// proof of work comes due, and what an unknown login costs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { freshAddress, signInDependencies } from '../../test/support/sign-in.ts';
import { housingFund, importStockAccount } from '../../test/support/stock-accounts.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { costClass, recipeOfClass } from './foreign-hash.ts';
import type { HashRecipe } from './foreign-hash.ts';
import { ForeignHasher } from './foreign-hasher.ts';
import { OldCosts } from './old-costs.ts';
import { wrapSome } from './old-password-work.ts';
import { proveOldPassword } from './prove-old-password.ts';
import type { ProveOldPasswordDependencies } from './prove-old-password.ts';
import { StockAccountStore } from './stock-account-store.ts';
import { stockAccountsMigrations } from './stock-accounts.migrations.ts';

const stores = identityStores();
const hashing = { maxWaiting: 1000, maxWaitingPerAddress: 1000 };
const foreignHasher = new ForeignHasher(limitsSchema.parse({ hashing }).hashing);
const verified: (string | undefined)[] = [];
const digested: HashRecipe[] = [];
let deps: ProveOldPasswordDependencies;
let stock: StockAccountStore;

beforeAll(async () => {
  for (const migration of stockAccountsMigrations) await migration.up(stores.database.db);
  stock = new StockAccountStore(stores);
  const many = { attempts: 10_000, windowSeconds: 60 };
  const signIn = { proofOfWorkAfterFailures: 1000, perAddress: many, perNetwork: many };
  const limits = { hashing, signIn };
  const own = await signInDependencies(stores, limits);
  deps = {
    ...own,
    stock,
    costs: new OldCosts({ ...stores, stock }),
    foreignHasher: {
      digest: (recipe, ...rest) => {
        digested.push(recipe);
        return foreignHasher.digest(recipe, ...rest);
      },
    },
    hasher: {
      hash: (...of) => own.hasher.hash(...of),
      verify: (hash, ...rest) => {
        verified.push(hash);
        return own.hasher.verify(hash, ...rest);
      },
    },
  };
});
afterAll(() => foreignHasher.stop());

const attempt = (login: string, password: string, address: string) =>
  proveOldPassword(deps, { source: housingFund, login, password, address });

it('looks at five of two hundred parallel guesses, and at none more from there', async () => {
  await importStockAccount(stores, { login: 'guessed' });
  await wrapSome({ stock, hasher: deps.hasher });
  const address = freshAddress();
  verified.length = 0;
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, index) => attempt('guessed', `guess ${index}`, address)),
  );
  expect(results.filter(({ ok }) => ok)).toEqual([]);
  expect(verified).toHaveLength(200);
  expect(verified.filter((hash) => hash !== undefined)).toHaveLength(5);
  expect(await attempt('guessed', 'correct horse', address)).toMatchObject({
    reason: 'credentials_wrong',
  });
  // Elsewhere the owner is not kept out.
  expect(await attempt('guessed', 'correct horse', freshAddress())).toMatchObject({ ok: true });
});

it('asks for a proof of work after failures, before anything is computed', async () => {
  const strict = { ...deps, limits: { ...deps.limits, proofOfWorkAfterFailures: 2 } };
  const address = freshAddress();
  const of = { source: housingFund, login: 'nobody', password: 'x', address };
  for (const failures of [0, 1]) {
    expect(await proveOldPassword(strict, of)).toEqual({
      ok: false,
      reason: 'credentials_wrong',
      failures,
    });
  }
  digested.length = 0;
  expect(await proveOldPassword(strict, of)).toMatchObject({ reason: 'proof_of_work_required' });
  expect(digested).toEqual([]);
});

describe('an unknown login', () => {
  it('costs what some account of the system costs, always the same, and as often', async () => {
    const school = { ...housingFund, id: 'school' };
    const md5 = '$1$5pZSV9va$azfrPr6af3Fc7dLblQXVa0';
    for (const login of ['a', 'b', 'c']) {
      await importStockAccount(stores, { login, password_hash: md5 }, school);
    }
    await importStockAccount(stores, { login: 'd' }, school);
    const logins = Array.from({ length: 400 }, (_, index) => `nobody-${index}`);
    const costs = await Promise.all(logins.map((login) => deps.costs.likely('school', login)));
    expect(await Promise.all(logins.map((login) => deps.costs.likely('school', login)))).toEqual(
      costs,
    );
    expect(new Set(costs)).toEqual(new Set(['md5_crypt', 'salted:sha256']));
    const share = costs.filter((cost) => cost === 'md5_crypt').length / costs.length;
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.9);
    digested.length = 0;
    await proveOldPassword(deps, {
      source: school,
      login: 'nobody-1',
      password: 'x',
      address: freshAddress(),
    });
    expect(digested.map(costClass)).toEqual([costs[1]]);
  });

  it.each([
    'bcrypt:5',
    'pbkdf2:sha512:1000',
    'shiro:sha256:100',
    'sha_crypt:sha512:5000',
    'md5_crypt',
    'salted:sha384',
  ])('can be given the cost %s', async (cost) => {
    const recipe = recipeOfClass(cost, Buffer.alloc(32, 7).toString('base64url'));
    expect(costClass(recipe)).toBe(cost);
    const entry = { source: 'test', isKnownDevice: false };
    expect(await foreignHasher.digest(recipe, 'password', entry)).toMatchObject({ ok: true });
  });
});
