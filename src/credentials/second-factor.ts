// The code of an authenticator as second factor. Its attempts have budgets of their own, taken
// before the code is looked at: a device that has proven one before draws from its own only, so
// that a stranger with the password cannot close it. A used code is refused even to its owner.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { BudgetStore, Reservation } from './budget-store.ts';
import type { DeviceStore } from './device-store.ts';
import { forgetDevice } from './forget-device.ts';
import type { KnownDevice } from './known-device.ts';
import {
  guessNoticeBudget,
  secondFactorBudgets,
  secondFactorDeviceBudget,
} from './sign-in-budgets.ts';
import type { PasskeyStore } from './passkey-store.ts';
import type { RecoveryCodeStore } from './recovery-code-store.ts';
import { readRecoveryCode } from './recovery-codes.ts';
import { matchTotp } from './totp.ts';
import type { TotpStore } from './totp-store.ts';

export interface SecondFactorDependencies {
  totp: Pick<TotpStore, 'findActive' | 'useStep'>;
  recoveryCodes: Pick<RecoveryCodeStore, 'use'>;
  budgets: BudgetStore;
  devices: Pick<DeviceStore, 'recognise' | 'forget'>;
  /** Tells the owner that somebody with the password guesses codes. */
  notices: {
    secondFactorGuessed(accountId: string, of: { address: string }): Promise<void>;
    recoveryCodeUsed(accountId: string, remaining: number): Promise<void>;
  };
  audit: AuditLog;
  clock: Clock;
  limits: Limits['signIn'];
}

export interface SecondFactorAttempt {
  accountId: string;
  code: string;
  address: string;
  deviceCookie?: string | undefined;
}

export type SecondFactorOutcome =
  | { ok: true; method: 'totp'; enrolledAt: Date }
  | { ok: true; method: 'recovery_code' }
  | { ok: false; reason: 'not_enrolled' | 'code_wrong' | 'code_used' }
  | { ok: false; reason: 'attempts_exhausted'; retryAfterSeconds: number };

export async function hasSecondFactor(
  deps: Pick<SecondFactorDependencies, 'totp'>,
  accountId: string,
): Promise<boolean> {
  return (await deps.totp.findActive(accountId)) !== undefined;
}

/** Which factors an account can be asked for beside its password. */
export async function secondFactorsOf(
  deps: Pick<SecondFactorDependencies, 'totp'> & {
    passkeys: Pick<PasskeyStore, 'count'>;
    recoveryCodes: Pick<RecoveryCodeStore, 'state'>;
  },
  accountId: string,
): Promise<{ hasTotp: boolean; hasPasskey: boolean; hasRecoveryCodes: boolean }> {
  const [hasTotp, count, codes] = await Promise.all([
    hasSecondFactor(deps, accountId),
    deps.passkeys.count(accountId),
    deps.recoveryCodes.state(accountId),
  ]);
  return { hasTotp, hasPasskey: count > 0, hasRecoveryCodes: (codes?.remaining ?? 0) > 0 };
}

/** Records success and refusal in the audit log. */
export async function verifySecondFactor(
  deps: SecondFactorDependencies,
  given: SecondFactorAttempt,
): Promise<SecondFactorOutcome> {
  const { accountId, address } = given;
  const outcome = await verify(deps, given);
  await deps.audit.record({
    type: outcome.ok ? 'sign_in.second_factor_succeeded' : 'sign_in.second_factor_refused',
    actor: accountId,
    address,
    result: outcome.ok ? 'done' : 'refused',
    reason: outcome.ok ? undefined : outcome.reason,
  });
  return outcome;
}

async function verify(
  deps: SecondFactorDependencies,
  given: SecondFactorAttempt,
): Promise<SecondFactorOutcome> {
  const recoveryCode = readRecoveryCode(given.code);
  if (recoveryCode !== undefined) return verifyRecoveryCode(deps, given, recoveryCode);
  const { totp, budgets, clock } = deps;
  const { accountId, code } = given;
  const active = await totp.findActive(accountId);
  if (!active) return { ok: false, reason: 'not_enrolled' };
  const taken = await takeUnits(deps, given);
  if (!taken.ok) {
    const { retryAfterSeconds } = taken;
    return { ok: false, reason: 'attempts_exhausted', retryAfterSeconds };
  }
  const step = await matchTotp(active.secret, code, clock.now());
  if (step === undefined) {
    await onWrongCode(deps, given, taken);
    return { ok: false, reason: 'code_wrong' };
  }
  const isFirstUse = await totp.useStep(accountId, active, step);
  // A used code was a right one: sending a form twice is no guess.
  await budgets.giveBack(taken.reservations);
  return isFirstUse
    ? { ok: true, method: 'totp', enrolledAt: active.enrolledAt }
    : { ok: false, reason: 'code_used' };
}

/** On the same budgets, so that there is no second door to guess at. */
async function verifyRecoveryCode(
  deps: SecondFactorDependencies,
  given: SecondFactorAttempt,
  code: string,
): Promise<SecondFactorOutcome> {
  const { accountId, address } = given;
  const taken = await takeUnits(deps, given);
  if (!taken.ok) {
    const { retryAfterSeconds } = taken;
    return { ok: false, reason: 'attempts_exhausted', retryAfterSeconds };
  }
  const remaining = await deps.recoveryCodes.use(accountId, code);
  if (remaining === undefined) {
    await onWrongCode(deps, given, taken);
    return { ok: false, reason: 'code_wrong' };
  }
  await deps.budgets.giveBack(taken.reservations);
  const event = { type: 'credentials.recovery_code_used', actor: accountId, address } as const;
  await deps.audit.record({ ...event, result: 'done' });
  await deps.notices.recoveryCodeUsed(accountId, remaining);
  return { ok: true, method: 'recovery_code' };
}

type TakenUnits =
  | { ok: true; reservations: readonly Reservation[]; device?: KnownDevice }
  | { ok: false; retryAfterSeconds: number };

async function takeUnits(
  deps: SecondFactorDependencies,
  { accountId, address, deviceCookie }: SecondFactorAttempt,
): Promise<TakenUnits> {
  const { budgets, devices, limits } = deps;
  const device = await devices.recognise(deviceCookie, accountId);
  // Known by the password alone, it would give whoever has that a fresh budget at every sign-in.
  if (device?.hasProvenSecondFactor) {
    const own = await budgets.reserve([secondFactorDeviceBudget(limits, device.budgetId)]);
    if (own.ok) return { ...own, device };
    await forgetDevice(deps, device);
  }
  return budgets.reserve(secondFactorBudgets(limits, accountId, address));
}

/** After the last guess a known device becomes unknown; of unknown ones the owner is told. */
async function onWrongCode(
  deps: SecondFactorDependencies,
  { accountId, address }: SecondFactorAttempt,
  { reservations, device }: TakenUnits & { ok: true },
): Promise<void> {
  if (!(await deps.budgets.isSpent(reservations))) return;
  if (device) {
    await forgetDevice(deps, device);
    return;
  }
  const isFirstToday = (await deps.budgets.reserve([guessNoticeBudget(accountId)])).ok;
  if (isFirstToday) await deps.notices.secondFactorGuessed(accountId, { address });
}
