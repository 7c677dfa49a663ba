// What the pages say of a factor that was refused; the account centre uses the same words.
import type { PasskeyProblem, SecondFactorProblem } from '../credentials/credentials.views.ts';
import { readRecoveryCode } from '../credentials/recovery-codes.ts';
import type { SecondFactorOutcome } from '../credentials/second-factor.ts';
import type { PasskeyResult } from '../credentials/verify-passkey.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { SecondFactorResult } from './interaction-deps.ts';

/** @param result undefined when nothing was typed in */
export function codeProblem<Refused extends string>(
  result: (SecondFactorResult & { ok: false }) | undefined,
  refused: Refused,
): FieldError<Refused | 'second-factor.otp_missing' | 'second-factor.exhausted'> {
  if (!result) return { field: 'otp', key: 'second-factor.otp_missing' };
  if (result.reason === 'code_wrong') return { field: 'otp', key: refused };
  const minutes = Math.max(1, Math.ceil(result.retryAfterSeconds / 60));
  return { key: 'second-factor.exhausted', values: { minutes } };
}

/** What the form of a code says of it. @param outcome undefined when nothing was typed in */
export function secondFactorProblem(
  code: string,
  outcome: (SecondFactorOutcome & { ok: false }) | undefined,
): FieldError<SecondFactorProblem> {
  return typedProblem(code, outcome && refusedResult(outcome));
}

/** The same for a sign-in; a recovery code has a field of its own. */
export function typedProblem(
  code: string,
  result: (SecondFactorResult & { ok: false }) | undefined,
): FieldError<SecondFactorProblem> {
  if (result?.reason === 'code_wrong' && readRecoveryCode(code) !== undefined) {
    return { field: 'recovery-code', key: 'second-factor.recovery.refused' };
  }
  return codeProblem(result, 'second-factor.refused' as const);
}

function refusedResult(outcome: SecondFactorOutcome & { ok: false }) {
  return outcome.reason === 'attempts_exhausted'
    ? ({ ...outcome, reason: 'budget_exhausted' } as const)
    : ({ ok: false, reason: 'code_wrong' } as const);
}

/** The same words for all that was wrong. */
export function passkeyProblem(result: PasskeyResult & { ok: false }): FieldError<PasskeyProblem> {
  if (result.reason === 'passkey_refused') return { key: 'passkey.refused' };
  const minutes = Math.max(1, Math.ceil(result.retryAfterSeconds / 60));
  return { key: 'passkey.exhausted', values: { minutes } };
}
