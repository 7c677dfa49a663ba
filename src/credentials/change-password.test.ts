import { beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { seedAccount, signInDependencies } from '../../test/support/sign-in.ts';
import type { SignInDependencies } from '../../test/support/sign-in.ts';
import { changePassword, chooseNewPassword } from './change-password.ts';
import type { ChangePasswordDependencies } from './change-password.ts';
import { verifyPassword } from './verify-password.ts';

const stores = identityStores();
const address = '192.0.2.9';
const oldPassword = 'Old-lanes-and-grey-bricks-1';
const newPassword = 'New-lanes-and-grey-bricks-2';
let deps: ChangePasswordDependencies & SignInDependencies;

beforeAll(async () => {
  deps = {
    ...(await signInDependencies(stores, {
      hashing: { maxWaitingPerAddress: 100 },
      signIn: { proofOfWorkAfterFailures: 1000 },
    })),
    database: stores.database,
    cityWords: ['zhongshan'],
  };
});

const seed = (given: Parameters<typeof seedAccount>[2] = {}) =>
  seedAccount(stores, deps, {
    password: oldPassword,
    ...given,
  });

describe('password change', () => {
  it('needs the old password, on the budgets of sign-in', async () => {
    const { id } = await seed();
    const change = { accountId: id, newPassword, address };
    for (let i = 0; i < 5; i += 1) {
      const wrong = await changePassword(deps, { ...change, oldPassword: `guess-${i}` });
      expect(wrong).toMatchObject({ ok: false, reason: 'credentials_wrong' });
    }
    const exhausted = await changePassword(deps, { ...change, oldPassword });
    expect(exhausted).toMatchObject({ ok: false, reason: 'credentials_wrong' });
  });

  it('refuses the same, a common and a personal password', async () => {
    const { id, login } = await seed();
    const change = { accountId: id, oldPassword, address };
    const problemsOf = async (chosen: string) => {
      const outcome = await changePassword(deps, { ...change, newPassword: chosen });
      return !outcome.ok && outcome.reason === 'password_unfit' ? outcome.problems : outcome;
    };
    expect(await problemsOf(oldPassword)).toEqual(['unchanged']);
    expect(await problemsOf('12345678')).toEqual(['too_common']);
    expect(await problemsOf(`xK9-${login}-vv`)).toEqual(['contains_personal']);
    expect(await problemsOf('xK9-ZhongShan-vv')).toEqual(['contains_personal']);
  });

  it('lets one of two parallel changes through', async () => {
    const { id, login } = await seed();
    const change = { accountId: id, oldPassword, address };
    const outcomes = await Promise.all(
      ['First-in-line-77', 'Second-in-line-88'].map((chosen) =>
        changePassword(deps, { ...change, newPassword: chosen }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const old = await verifyPassword(deps, { login, password: oldPassword, address });
    expect(old.ok).toBe(false);
  });

  it('sets the password, ends a demand to change it, and leaves an audit record', async () => {
    const { id, login } = await seed({ mustChange: true });
    const change = { accountId: id, oldPassword, newPassword, address };
    expect(await changePassword(deps, change)).toEqual({ ok: true, mayEndOtherSessions: true });
    expect(await verifyPassword(deps, { login, password: newPassword, address })).toMatchObject({
      ok: true,
      passwordNeedsChange: false,
    });
    const events = await stores.audit.listBySubject(id, ['credentials.password_changed'], 5);
    expect(events).toHaveLength(1);
  });

  it('remembers five former passwords of staff', async () => {
    const { id } = await seed({ kind: 'civilServant' });
    const passwords = [oldPassword, ...[1, 2, 3, 4, 5, 6].map((n) => `Grey-bricks-number-${n}!`)];
    const change = async (from: number, to: number) =>
      changePassword(deps, {
        accountId: id,
        oldPassword: passwords[from] ?? '',
        newPassword: passwords[to] ?? '',
        address,
      });
    for (let i = 0; i < 5; i += 1) expect((await change(i, i + 1)).ok).toBe(true);
    expect(await change(5, 0)).toMatchObject({ problems: ['used_before'] });
    expect((await change(5, 6)).ok).toBe(true);
    expect((await change(6, 0)).ok).toBe(true);
  });

  it('without the old one replaces only the credential that was verified, once', async () => {
    const account = await seed();
    const verified = { account, revision: 1, address, isKnownDevice: false };
    const chosen = Array.from({ length: 10 }, (_, i) =>
      chooseNewPassword(deps, { ...verified, newPassword: `Lane-${i}-of-grey-bricks` }),
    );
    const outcomes = await Promise.all(chosen);
    expect(outcomes.filter(({ ok }) => ok)).toEqual([{ ok: true, revision: 2 }]);
    const reasons = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.reason]));
    expect(new Set(reasons)).toEqual(new Set(['changed_meanwhile']));
    const late = await chooseNewPassword(deps, { ...verified, newPassword });
    expect(late).toEqual({ ok: false, reason: 'changed_meanwhile' });
  });
});
