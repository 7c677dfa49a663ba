// The code of an authenticator as second factor. Its attempts have a budget of their own, taken
// before the code is looked at; a code that was used is refused even to its owner.
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { BudgetStore } from './budget-store.ts';
import { secondFactorBudget } from './sign-in-budgets.ts';
import { matchTotp } from './totp.ts';
import type { TotpStore } from './totp-store.ts';

export interface SecondFactorDependencies {
  totp: Pick<TotpStore, 'findActive' | 'useStep'>;
  budgets: BudgetStore;
  audit: AuditLog;
  clock: Clock;
  limits: Limits['signIn'];
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

/** Records success and refusal in the audit log. */
export async function verifySecondFactor(
  deps: SecondFactorDependencies,
  given: { accountId: string; code: string; address: string },
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
  { totp, budgets, clock, limits }: SecondFactorDependencies,
  { accountId, code }: { accountId: string; code: string },
): Promise<SecondFactorOutcome> {
  const active = await totp.findActive(accountId);
  if (!active) return { ok: false, reason: 'not_enrolled' };
  const taken = await budgets.reserve([secondFactorBudget(limits, accountId)]);
  if (!taken.ok) {
    return { ...taken, reason: 'attempts_exhausted' };
  }
  const step = await matchTotp(active.secret, code, clock.now());
  if (step === undefined) return { ok: false, reason: 'code_wrong' };
  const isFirstUse = await totp.useStep(accountId, active, step);
  // A used code was a right one: sending a form twice is no guess.
  await budgets.giveBack(taken.reservations);
  return isFirstUse
    ? { ok: true, enrolledAt: active.enrolledAt }
    : { ok: false, reason: 'code_used' };
}
