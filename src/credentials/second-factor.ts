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
import { matchTotp } from './totp.ts';
import type { TotpStore } from './totp-store.ts';

export interface SecondFactorDependencies {
  totp: Pick<TotpStore, 'findActive' | 'useStep'>;
  budgets: BudgetStore;
  devices: Pick<DeviceStore, 'recognise' | 'forget'>;
  /** Tells the owner that somebody with the password guesses codes. */
  notices: { secondFactorGuessed(accountId: string, of: { address: string }): Promise<void> };
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
  | { ok: true; enrolledAt: Date }
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
  deps: Pick<SecondFactorDependencies, 'totp'> & { passkeys: Pick<PasskeyStore, 'count'> },
  accountId: string,
): Promise<{ hasTotp: boolean; hasPasskey: boolean }> {
  const [hasTotp, count] = await Promise.all([
    hasSecondFactor(deps, accountId),
    deps.passkeys.count(accountId),
  ]);
  return { hasTotp, hasPasskey: count > 0 };
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
    if (taken.reservations.some(({ remaining }) => remaining === 0)) {
      await onLastGuess(deps, given, taken.device);
    }
    return { ok: false, reason: 'code_wrong' };
  }
  const isFirstUse = await totp.useStep(accountId, active, step);
  // A used code was a right one: sending a form twice is no guess.
  await budgets.giveBack(taken.reservations);
  return isFirstUse
    ? { ok: true, enrolledAt: active.enrolledAt }
    : { ok: false, reason: 'code_used' };
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

/** A known device becomes unknown; of unknown ones the owner is told. */
async function onLastGuess(
  deps: SecondFactorDependencies,
  { accountId, address }: SecondFactorAttempt,
  device: KnownDevice | undefined,
): Promise<void> {
  if (device) {
    await forgetDevice(deps, device);
    return;
  }
  const isFirstToday = (await deps.budgets.reserve([guessNoticeBudget(accountId)])).ok;
  if (isFirstToday) await deps.notices.secondFactorGuessed(accountId, { address });
}
