// Recovery codes: each opens once, whoever else types it at the same moment; new ones void the old;
// guesses draw from the budgets of the second factor; none of them stands in the database.
import { beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { systemRandom } from '../platform/random.ts';
import { BudgetStore } from './budget-store.ts';
import { DeviceStore } from './device-store.ts';
import { RecoveryCodeStore } from './recovery-code-store.ts';
import { makeRecoveryCodes, readRecoveryCode } from './recovery-codes.ts';
import { verifySecondFactor } from './second-factor.ts';
import type { SecondFactorDependencies } from './second-factor.ts';
import { TotpStore } from './totp-store.ts';

const stores = identityStores();
const address = '192.0.2.1';
const told: number[] = [];
let deps: SecondFactorDependencies & { recoveryCodes: RecoveryCodeStore };

beforeAll(() => {
  deps = {
    ...stores,
    totp: new TotpStore(stores),
    recoveryCodes: new RecoveryCodeStore(stores),
    budgets: new BudgetStore(stores),
    devices: new DeviceStore(stores),
    notices: {
      secondFactorGuessed: () => Promise.resolve(),
      recoveryCodeUsed: (_accountId, remaining) => Promise.resolve(void told.push(remaining)),
    },
    limits: limitsSchema.parse({}).signIn,
  };
});

const make = (accountId: string) =>
  makeRecoveryCodes(
    { ...stores, random: systemRandom, recoveryCodes: deps.recoveryCodes },
    { accountId, address },
  );
const verify = (accountId: string, code: string, from = address) =>
  verifySecondFactor(deps, { accountId, code, address: from });

describe('a recovery code', () => {
  it('opens once, of fifty that are typed at the same moment', async () => {
    const [code = ''] = await make('racing');
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => verify('racing', code, `198.51.${index}.1`)),
    );
    expect(outcomes.filter(({ ok }) => ok)).toEqual([{ ok: true, method: 'recovery_code' }]);
    expect(await deps.recoveryCodes.state('racing')).toMatchObject({ remaining: 9 });
    expect(told).toEqual([9]);
  });

  it('is void once new ones are made, and opens no other account', async () => {
    const [old = ''] = await make('renewing');
    const [fresh = ''] = await make('renewing');
    expect(await verify('renewing', old)).toEqual({ ok: false, reason: 'code_wrong' });
    await make('neighbour');
    expect(await verify('neighbour', fresh)).toEqual({ ok: false, reason: 'code_wrong' });
    expect(await verify('renewing', fresh)).toMatchObject({ ok: true });
  });

  it('is guessed as seldom as the codes of an authenticator', async () => {
    const [code = ''] = await make('guessed');
    const { attempts } = deps.limits.secondFactor;
    const guesses = await Promise.all(
      Array.from({ length: attempts * 4 }, () => verify('guessed', '00000-00000')),
    );
    const looked = guesses.filter((guess) => !guess.ok && guess.reason === 'code_wrong');
    expect(looked).toHaveLength(attempts);
    expect(await verify('guessed', code)).toMatchObject({ reason: 'attempts_exhausted' });
  });

  it('is ten of a kind, and not to be found in the database', async () => {
    const codes = await make('dumped');
    expect(new Set(codes).size).toBe(10);
    const stored = JSON.stringify(
      await stores.database.collection('recoveryCodes').find().toArray(),
    );
    for (const code of codes) {
      expect(stored).not.toContain(code);
      expect(stored).not.toContain(code.replace('-', ''));
    }
  });

  it.each([
    ['7k2m0-9qx4h', '7k2m09qx4h'],
    ['７Ｋ２Ｍ０ ９ＱＸ４Ｈ', '7k2m09qx4h'],
    ['7K2MO–9QX4H', '7k2m09qx4h'],
    ['il2m0-9qx4h', '112m09qx4h'],
    ['123456', undefined],
    ['7k2m0-9qx4', undefined],
    ['7k2m0-9qx4u', undefined],
  ])('is read as it was meant: %s', (typed, meant) => {
    expect(readRecoveryCode(typed)).toBe(meant);
  });
});
