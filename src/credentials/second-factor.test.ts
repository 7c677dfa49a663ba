import { generateSync } from 'otplib';
import { beforeAll, describe, expect, it } from 'vitest';
import { identityStores } from '../../test/support/identity-stores.ts';
import { limitsSchema } from '../platform/limits-config.ts';
import { BudgetStore } from './budget-store.ts';
import { DeviceStore } from './device-store.ts';
import { hasSecondFactor, verifySecondFactor } from './second-factor.ts';
import type { SecondFactorDependencies } from './second-factor.ts';
import { secondFactorBudgets } from './sign-in-budgets.ts';
import { beginTotpEnrolment, confirmTotpEnrolment, removeTotp } from './totp-enrolment.ts';
import type { TotpEnrolmentDependencies } from './totp-enrolment.ts';
import { RecoveryCodeStore } from './recovery-code-store.ts';
import { TotpStore } from './totp-store.ts';

const stores = identityStores();
const address = '192.0.2.1';
const boundTo = 'session-1';
let deps: TotpEnrolmentDependencies & SecondFactorDependencies;
let sequence = 0;

beforeAll(() => {
  deps = {
    ...stores,
    totp: new TotpStore(stores),
    recoveryCodes: new RecoveryCodeStore(stores),
    budgets: new BudgetStore(stores),
    devices: new DeviceStore(stores),
    notices: {
      secondFactorGuessed: () => Promise.resolve(),
      recoveryCodeUsed: () => Promise.resolve(),
    },
    limits: limitsSchema.parse({}).signIn,
  };
});

function codeAt(secret: string, offsetSeconds = 0): string {
  return generateSync({ secret, epoch: stores.clock.now().getTime() / 1000 + offsetSeconds });
}

async function enrolled(): Promise<{ accountId: string; secret: string }> {
  sequence += 1;
  const accountId = `account-${sequence}`;
  const { secret } = await beginTotpEnrolment(deps, {
    accountId,
    boundTo,
    issuer: '中山',
    label: 'a',
  });
  const code = codeAt(secret);
  expect(await confirmTotpEnrolment(deps, { accountId, boundTo, code, address })).toEqual({
    ok: true,
  });
  stores.clock.advance(90);
  return { accountId, secret };
}

describe('second factor', () => {
  it('accepts one of 50 parallel uses of a code and spends no budget on the others', async () => {
    const { accountId, secret } = await enrolled();
    const wide = {
      ...deps,
      limits: {
        ...deps.limits,
        secondFactor: { attempts: 60, windowSeconds: 300 },
        secondFactorUnknownDevicesPerDay: { attempts: 60, windowSeconds: 86_400 },
      },
    };
    const code = codeAt(secret);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => verifySecondFactor(wide, { accountId, code, address })),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.reason]));
    expect(new Set(reasons)).toEqual(new Set(['code_used']));
    const rules = secondFactorBudgets(deps.limits, accountId, address);
    expect(await deps.budgets.counts(rules)).toEqual([0, 0]);
  });

  it('refuses the code that confirmed the enrolment, and an earlier one after a later one', async () => {
    const accountId = 'account-replay';
    const { secret } = await beginTotpEnrolment(deps, {
      accountId,
      boundTo,
      issuer: 'x',
      label: 'a',
    });
    const code = codeAt(secret);
    await confirmTotpEnrolment(deps, { accountId, boundTo, code, address });
    expect(await verifySecondFactor(deps, { accountId, code, address })).toMatchObject({
      reason: 'code_used',
    });
    const next = codeAt(secret, 30);
    expect((await verifySecondFactor(deps, { accountId, code: next, address })).ok).toBe(true);
    expect(await verifySecondFactor(deps, { accountId, code, address })).toMatchObject({
      reason: 'code_used',
    });
  });

  it('allows one step of drift and not two', async () => {
    const { accountId, secret } = await enrolled();
    for (const offset of [-60, 60]) {
      const code = codeAt(secret, offset);
      expect(await verifySecondFactor(deps, { accountId, code, address })).toMatchObject({
        reason: 'code_wrong',
      });
    }
    const late = codeAt(secret, -30);
    expect((await verifySecondFactor(deps, { accountId, code: late, address })).ok).toBe(true);
  });

  it('looks at no more than five of 50 parallel guesses, then not even at the right code', async () => {
    const { accountId, secret } = await enrolled();
    const right = codeAt(secret);
    const guesses = Array.from({ length: 50 }, (_, i) => String(i).padStart(6, '0')).filter(
      (guess) => guess !== right,
    );
    const outcomes = await Promise.all(
      guesses.map((code) => verifySecondFactor(deps, { accountId, code, address })),
    );
    const wrong = outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'code_wrong');
    expect(wrong).toHaveLength(5);
    const refused = await verifySecondFactor(deps, { accountId, code: right, address });
    expect(refused).toMatchObject({ reason: 'attempts_exhausted' });
    stores.clock.advance(301);
    const code = codeAt(secret);
    expect((await verifySecondFactor(deps, { accountId, code, address })).ok).toBe(true);
  });

  it('refuses codes of any other shape', async () => {
    const { accountId } = await enrolled();
    for (const code of ['', '12345', '1234567', 'abcdef', '１２３４５６７']) {
      expect((await verifySecondFactor(deps, { accountId, code, address })).ok).toBe(false);
    }
  });

  it('shows the same pending secret again, and a new one once it has expired', async () => {
    const of = { accountId: 'account-pending', boundTo, issuer: 'x', label: 'a' };
    const first = await beginTotpEnrolment(deps, of);
    expect((await beginTotpEnrolment(deps, of)).secret).toBe(first.secret);
    stores.clock.advance(1801);
    const code = codeAt(first.secret);
    const given = { accountId: of.accountId, boundTo, code, address };
    expect(await confirmTotpEnrolment(deps, given)).toMatchObject({ reason: 'enrolment_expired' });
    expect((await beginTotpEnrolment(deps, of)).secret).not.toBe(first.secret);
    expect(await hasSecondFactor(deps, of.accountId)).toBe(false);
  });

  it('never shows a pending secret to another session, nor lets it confirm one', async () => {
    const of = { accountId: 'account-two-sessions', boundTo, issuer: 'x', label: 'a' };
    const mine = await beginTotpEnrolment(deps, of);
    const given = { accountId: of.accountId, code: codeAt(mine.secret), address };
    const foreign = await confirmTotpEnrolment(deps, { ...given, boundTo: 'session-2' });
    expect(foreign).toMatchObject({ reason: 'enrolment_expired' });
    const theirs = await beginTotpEnrolment(deps, { ...of, boundTo: 'session-2' });
    expect(theirs.secret).not.toBe(mine.secret);
    expect(await confirmTotpEnrolment(deps, { ...given, boundTo })).toMatchObject({ ok: false });
  });

  it('enrols once when the form is sent twice', async () => {
    const accountId = 'account-twice';
    const { secret } = await beginTotpEnrolment(deps, {
      accountId,
      boundTo,
      issuer: 'x',
      label: 'a',
    });
    const given = { accountId, boundTo, code: codeAt(secret), address };
    const outcomes = await Promise.all([
      confirmTotpEnrolment(deps, given),
      confirmTotpEnrolment(deps, given),
    ]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    const events = await stores.audit.listBySubject(accountId, ['credentials.totp_enrolled'], 5);
    expect(events).toHaveLength(1);
  });

  it('keeps the old authenticator until the new one is confirmed, and removes it on request', async () => {
    const { accountId, secret } = await enrolled();
    const replacement = await beginTotpEnrolment(deps, {
      accountId,
      boundTo,
      issuer: 'x',
      label: 'a',
      replaces: (await deps.totp.findActive(accountId))?.id,
    });
    const old = codeAt(secret);
    expect((await verifySecondFactor(deps, { accountId, code: old, address })).ok).toBe(true);
    stores.clock.advance(60);
    const code = codeAt(replacement.secret);
    expect((await confirmTotpEnrolment(deps, { accountId, boundTo, code, address })).ok).toBe(true);
    const stale = { accountId, code: codeAt(secret), address };
    expect(await verifySecondFactor(deps, stale)).toMatchObject({ reason: 'code_wrong' });
    expect(await removeTotp(deps, { accountId, actor: accountId })).toBe(true);
    expect(await removeTotp(deps, { accountId, actor: accountId })).toBe(false);
    expect(await verifySecondFactor(deps, stale)).toMatchObject({ reason: 'not_enrolled' });
  });

  it('stores no secret in the clear', async () => {
    const { accountId, secret } = await enrolled();
    const stored = await stores.database
      .collection<{ _id: string }>('totpCredentials')
      .findOne({ _id: accountId }, { raw: true });
    const bytes = Buffer.from(stored as unknown as Uint8Array);
    expect(bytes.includes(accountId)).toBe(true);
    expect(bytes.includes(secret)).toBe(false);
  });
});

describe('an enrolment', () => {
  const of = (accountId: string, session: string) => ({
    accountId,
    boundTo: session,
    issuer: 'x',
    label: 'a',
  });

  it('never replaces an authenticator that was activated meanwhile', async () => {
    const { accountId, secret } = await enrolled();
    // A page that was decided upon before, and shown after.
    const late = await beginTotpEnrolment(deps, of(accountId, 'session-2'));
    const given = { accountId, boundTo: 'session-2', code: codeAt(late.secret), address };
    expect(await confirmTotpEnrolment(deps, given)).toEqual({
      ok: false,
      reason: 'enrolled_meanwhile',
    });
    expect((await deps.totp.findActive(accountId))?.secret).toBe(secret);
  });

  it('is confirmed once by 20 parallel confirmations of two', async () => {
    for (let round = 0; round < 5; round += 1) {
      const accountId = `account-race-${round}`;
      const first = await beginTotpEnrolment(deps, of(accountId, 'session-1'));
      const confirmAll = (session: string, secret: string) =>
        Promise.all(
          Array.from({ length: 10 }, () => {
            const given = { accountId, boundTo: session, code: codeAt(secret), address };
            return confirmTotpEnrolment(deps, given);
          }),
        );
      const second = beginTotpEnrolment(deps, of(accountId, 'session-2'));
      const [ofFirst, ofSecond] = await Promise.all([
        confirmAll('session-1', first.secret),
        second.then(({ secret }) => confirmAll('session-2', secret)),
      ]);
      expect([...ofFirst, ...ofSecond].filter(({ ok }) => ok)).toHaveLength(1);
      const winner = ofFirst.some(({ ok }) => ok) ? first.secret : (await second).secret;
      expect((await deps.totp.findActive(accountId))?.secret).toBe(winner);
      const types = ['credentials.totp_enrolled'] as const;
      expect(await stores.audit.listBySubject(accountId, types, 5)).toHaveLength(1);
    }
  });

  it('replaces the authenticator it was begun for, and no other', async () => {
    const { accountId } = await enrolled();
    const replaces = (await deps.totp.findActive(accountId))?.id;
    const mine = await beginTotpEnrolment(deps, { ...of(accountId, 'session-1'), replaces });
    await stores.database.transaction((session) =>
      deps.totp.putActive(
        accountId,
        { id: 'imported', secret: mine.secret, enrolledAt: stores.clock.now() },
        session,
      ),
    );
    const again = await beginTotpEnrolment(deps, { ...of(accountId, 'session-1'), replaces });
    const given = { accountId, boundTo: 'session-1', code: codeAt(again.secret), address };
    expect(await confirmTotpEnrolment(deps, given)).toMatchObject({ reason: 'enrolled_meanwhile' });
    expect((await deps.totp.findActive(accountId))?.id).toBe('imported');
  });
});
