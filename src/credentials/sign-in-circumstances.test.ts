import { beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { freshAddress, seedAccount, signInDependencies } from '../../test/support/sign-in.ts';
import type { SignInDependencies } from '../../test/support/sign-in.ts';
import { proofDue, verifyPassword } from './verify-password.ts';

const stores = identityStores();
const password = 'Rain-falls-on-the-hutong-7';
const open = {
  hashing: { maxWaiting: 10_000, maxWaitingPerAddress: 10_000 },
  signIn: { proofOfWorkAfterFailures: 1000 },
};
let deps: SignInDependencies;

beforeAll(async () => {
  deps = await signInDependencies(stores, open);
});

async function fail(login: string, times: number, address = freshAddress()): Promise<string> {
  for (let i = 0; i < times; i += 1) {
    await verifyPassword(deps, { login, password: `wrong-${i}`, address });
  }
  return address;
}

describe('a known device', () => {
  it('is forgotten after its fifth failure and by nothing else', async () => {
    const account = await seedAccount(stores, deps, { password });
    const { cookie } = await deps.devices.remember(undefined, account.id);
    await Promise.all(Array.from({ length: 32 }, () => fail(account.login, 1)));
    const own = { login: account.login, address: freshAddress(), deviceCookie: cookie };
    for (let i = 0; i < 4; i += 1) {
      await verifyPassword(deps, { ...own, password: `typo-${i}` });
    }
    expect(await verifyPassword(deps, { ...own, password })).toMatchObject({ isKnownDevice: true });
    await verifyPassword(deps, { ...own, password: 'typo-5' });
    expect(await deps.devices.recognise(cookie, account.id)).toBeUndefined();
    stores.clock.advance(3601);
    expect(await verifyPassword(deps, { ...own, password })).toMatchObject({
      ok: true,
      isKnownDevice: false,
    });
  });

  it('is known only to the accounts that signed in on it, and only with our signature', async () => {
    const first = await seedAccount(stores, deps, { password });
    const second = await seedAccount(stores, deps, { password });
    const { cookie } = await deps.devices.remember(undefined, first.id);
    expect(await deps.devices.recognise(cookie, second.id)).toBeUndefined();
    const both = await deps.devices.remember(cookie, second.id);
    expect(both).toEqual({ cookie, isNew: true });
    expect(await deps.devices.recognise(cookie, first.id)).toBeDefined();
    expect(await deps.devices.recognise(cookie, second.id)).toBeDefined();
    const forged = (cookie[0] === 'A' ? 'B' : 'A') + cookie.slice(1);
    for (const value of [forged, '', 'x.y', cookie.slice(0, -1), `${cookie}A`]) {
      expect(await deps.devices.recognise(value, first.id)).toBeUndefined();
    }
    stores.clock.advance(181 * 86_400);
    expect(await deps.devices.recognise(cookie, first.id)).toBeUndefined();
  });
});

describe('what else an attempt meets', () => {
  it('asks for a proof of work after failures, alike for existing and unknown logins', async () => {
    const proving = await signInDependencies(stores, { hashing: open.hashing });
    const account = await seedAccount(stores, deps, { password });
    for (const login of [account.login, 'no-such-person']) {
      const attempt = { login, password: 'no', address: freshAddress() };
      expect(await verifyPassword(proving, attempt)).toMatchObject({ needsProofNext: false });
      expect(await verifyPassword(proving, attempt)).toMatchObject({ needsProofNext: true });
      expect(await verifyPassword(proving, attempt)).toMatchObject({
        reason: 'proof_of_work_required',
        failures: 1,
      });
      expect(await proofDue(proving, { login, address: freshAddress() })).toBe(1);
    }
    const { cookie } = await deps.devices.remember(undefined, account.id);
    const known = { login: account.login, password, address: freshAddress(), deviceCookie: cookie };
    expect((await verifyPassword(proving, known)).ok).toBe(true);
  });

  it('lets a person without script in again after the visible wait', async () => {
    const proving = await signInDependencies(stores, { hashing: open.hashing });
    const account = await seedAccount(stores, deps, { password });
    const address = freshAddress();
    const attempt = { login: account.login, password, address };
    for (const typo of ['a', 'b']) await verifyPassword(proving, { ...attempt, password: typo });
    const { waitTicket, waitSeconds } = await proving.proofs.createChallenge({
      address,
      failures: 1,
    });
    const withTicket = { ...attempt, proof: { waitTicket } };
    expect(await verifyPassword(proving, withTicket)).toMatchObject({
      reason: 'proof_of_work_required',
      waitSeconds,
    });
    stores.clock.advance(waitSeconds);
    expect((await verifyPassword(proving, withTicket)).ok).toBe(true);
    expect(await verifyPassword(proving, withTicket)).toMatchObject({
      reason: 'proof_of_work_required',
    });
  });

  it('says when a password has to be changed', async () => {
    const given = await seedAccount(stores, deps, { password, mustChange: true });
    const staff = await seedAccount(stores, deps, { password, kind: 'civilServant' });
    const sign = (login: string) =>
      verifyPassword(deps, { login, password, address: freshAddress() });
    expect(await sign(given.login)).toMatchObject({ passwordNeedsChange: true });
    expect(await sign(staff.login)).toMatchObject({ passwordNeedsChange: false });
    stores.clock.advance(91 * 86_400);
    expect(await sign(staff.login)).toMatchObject({ passwordNeedsChange: true });
  });

  it('takes full-width digits for the digits they are, and no over-long password', async () => {
    const account = await seedAccount(stores, deps, { password: 'Hutong-门-2026' });
    const attempt = { login: account.login, address: freshAddress() };
    expect((await verifyPassword(deps, { ...attempt, password: 'Hutong-门-２０２６' })).ok).toBe(
      true,
    );
    const long = 'x'.repeat(300);
    expect((await verifyPassword(deps, { ...attempt, password: long })).ok).toBe(false);
  });
});
