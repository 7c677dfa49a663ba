// Who may try codes, and how often: a stranger with the password neither guesses on for long nor
// closes the owner's device.
import { generateSync } from 'otplib';
import { beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { freshAddress } from '../../test/support/sign-in.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { BudgetStore } from './budget-store.ts';
import { DeviceStore } from './device-store.ts';
import { verifySecondFactor } from './second-factor.ts';
import type { SecondFactorDependencies, SecondFactorOutcome } from './second-factor.ts';
import { makeTotpSecret } from './totp.ts';
import { RecoveryCodeStore } from './recovery-code-store.ts';
import { TotpStore } from './totp-store.ts';

const stores = identityStores();
const told: { accountId: string; address: string }[] = [];
let deps: SecondFactorDependencies & { devices: DeviceStore; totp: TotpStore };
let sequence = 0;

beforeAll(() => {
  deps = {
    ...stores,
    totp: new TotpStore(stores),
    recoveryCodes: new RecoveryCodeStore(stores),
    budgets: new BudgetStore(stores),
    devices: new DeviceStore(stores),
    notices: {
      recoveryCodeUsed: () => Promise.resolve(),
      secondFactorGuessed: async (accountId, { address }) => void told.push({ accountId, address }),
    },
    limits: limitsSchema.parse({}).signIn,
  };
});

const codeOf = (secret: string) =>
  generateSync({ secret, epoch: stores.clock.now().getTime() / 1000 });

/** A code that is wrong now and at the steps beside. */
function wrongCode(secret: string): string {
  const now = stores.clock.now().getTime() / 1000;
  const near = new Set([-30, 0, 30].map((by) => generateSync({ secret, epoch: now + by })));
  return ['000000', '111111', '222222', '333333'].find((code) => !near.has(code)) ?? '';
}

async function person() {
  sequence += 1;
  const accountId = `guessed-${sequence}`;
  const secret = makeTotpSecret();
  const active = { id: `totp-${sequence}`, secret, enrolledAt: stores.clock.now() };
  await stores.database.transaction((session) => deps.totp.putActive(accountId, active, session));
  const guess = (from: { address: string; deviceCookie?: string }) =>
    verifySecondFactor(deps, { accountId, code: wrongCode(secret), ...from });
  const prove = (from: { address: string; deviceCookie?: string }) =>
    verifySecondFactor(deps, { accountId, code: codeOf(secret), ...from });
  return { accountId, secret, guess, prove };
}

const proven = { hasProvenSecondFactor: true };
const reasons = (outcomes: readonly SecondFactorOutcome[]) =>
  outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.reason));
const timesTold = (accountId: string) => told.filter((each) => each.accountId === accountId).length;

describe('codes from devices that never proved one', () => {
  it('are looked at thirty times a day, wherever 100 parallel ones come from', async () => {
    const { accountId, guess, prove } = await person();
    const { cookie } = await deps.devices.remember(undefined, accountId, proven);
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => guess({ address: freshAddress() })),
    );
    expect(reasons(outcomes).filter((reason) => reason === 'code_wrong')).toHaveLength(30);
    stores.clock.advance(6 * 3600);
    const refused = await prove({ address: freshAddress() });
    expect(refused).toMatchObject({ ok: false, reason: 'attempts_exhausted' });
    expect(refused).toHaveProperty('retryAfterSeconds', 18 * 3600);
    const owner = { address: freshAddress(), deviceCookie: cookie };
    expect((await prove(owner)).ok).toBe(true);
    stores.clock.advance(18 * 3600);
    expect((await prove({ address: freshAddress() })).ok).toBe(true);
  });

  it('are looked at five times in a window for one address, which closes no other', async () => {
    const { accountId, guess, prove } = await person();
    const { cookie } = await deps.devices.remember(undefined, accountId, proven);
    const address = freshAddress();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => guess({ address })));
    expect(reasons(outcomes).filter((reason) => reason === 'code_wrong')).toHaveLength(5);
    expect(await prove({ address })).toMatchObject({ reason: 'attempts_exhausted' });
    expect((await prove({ address, deviceCookie: cookie })).ok).toBe(true);
    stores.clock.advance(30);
    expect((await prove({ address: freshAddress() })).ok).toBe(true);
  });

  it('never use a budget up when they are right', async () => {
    const { prove } = await person();
    const address = freshAddress();
    for (let i = 0; i < 40; i += 1) {
      expect((await prove({ address })).ok).toBe(true);
      stores.clock.advance(30);
    }
  });

  it('have their owner told once a day, when a window is used up', async () => {
    const { accountId, guess } = await person();
    const first = freshAddress();
    for (let i = 0; i < 4; i += 1) await guess({ address: first });
    expect(timesTold(accountId)).toBe(0);
    await Promise.all(Array.from({ length: 10 }, () => guess({ address: first })));
    expect(told.at(-1)).toEqual({ accountId, address: first });
    const second = freshAddress();
    for (let i = 0; i < 6; i += 1) await guess({ address: second });
    expect(timesTold(accountId)).toBe(1);
    stores.clock.advance(86_400);
    for (let i = 0; i < 6; i += 1) await guess({ address: second });
    expect(timesTold(accountId)).toBe(2);
  });
});

describe('a device that proved a code before', () => {
  it('is forgotten after its fifth wrong one, and is a stranger then', async () => {
    const { accountId, guess, prove } = await person();
    const { cookie } = await deps.devices.remember(undefined, accountId, proven);
    const own = { address: freshAddress(), deviceCookie: cookie };
    await Promise.all(Array.from({ length: 30 }, () => guess({ address: freshAddress() })));
    for (let i = 0; i < 4; i += 1) expect(await guess(own)).toMatchObject({ reason: 'code_wrong' });
    expect((await prove(own)).ok).toBe(true);
    expect(await guess(own)).toMatchObject({ reason: 'code_wrong' });
    expect(await deps.devices.recognise(cookie, accountId)).toBeUndefined();
    expect(await prove(own)).toMatchObject({ reason: 'attempts_exhausted' });
    const types = ['credentials.device_forgotten'] as const;
    expect(await stores.audit.listBySubject(accountId, types, 5)).toHaveLength(1);
  });

  it('looks at five of 50 parallel guesses on its own, and then as a stranger at five more', async () => {
    const { accountId, guess } = await person();
    const { cookie } = await deps.devices.remember(undefined, accountId, proven);
    const own = { address: freshAddress(), deviceCookie: cookie };
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => guess(own)));
    expect(reasons(outcomes).filter((reason) => reason === 'code_wrong')).toHaveLength(10);
  });

  it('is not made by a password alone, as often as it is given', async () => {
    const { accountId, guess } = await person();
    let looked = 0;
    let cookie: string | undefined;
    for (let signIns = 0; signIns < 12; signIns += 1) {
      ({ cookie } = await deps.devices.remember(cookie, accountId));
      for (let i = 0; i < 5; i += 1) {
        const outcome = await guess({ address: freshAddress(), deviceCookie: cookie });
        if (!outcome.ok && outcome.reason === 'code_wrong') looked += 1;
      }
    }
    expect(looked).toBe(30);
  });

  it('stays one when it signs in with the password only', async () => {
    const { accountId } = await person();
    const { cookie } = await deps.devices.remember(undefined, accountId, proven);
    await deps.devices.remember(cookie, accountId);
    expect(await deps.devices.recognise(cookie, accountId)).toMatchObject(proven);
    const other = await deps.devices.remember(undefined, accountId);
    expect(await deps.devices.recognise(other.cookie, accountId)).toMatchObject({
      hasProvenSecondFactor: false,
    });
  });
});

describe('the limits', () => {
  it('can be set one by one, the others keep their defaults', () => {
    const secondFactor = { attempts: 3, windowSeconds: 60 };
    expect(limitsSchema.parse({ signIn: { secondFactor } }).signIn).toMatchObject({
      secondFactor,
      secondFactorKnownDevice: { attempts: 5, windowSeconds: 1800 },
      secondFactorUnknownDevicesPerDay: { attempts: 30, windowSeconds: 86_400 },
    });
  });
});
