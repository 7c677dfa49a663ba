// Enrolling an authenticator: a secret is kept pending until a code from it proves that the app
// has it. Asking again in the same session shows the same secret, so that a reloaded page and a
// scanned code agree; another session never sees it and starts anew.
import type { AuditLog } from '../audit/audit-log.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { BudgetStore } from './budget-store.ts';
import { enrolmentBudget } from './sign-in-budgets.ts';
import { makeTotpSecret, matchTotp, totpUri } from './totp.ts';
import type { TotpStore } from './totp-store.ts';

export interface TotpEnrolmentDependencies {
  database: Database;
  totp: TotpStore;
  budgets: BudgetStore;
  audit: AuditLog;
  clock: Clock;
  random: Random;
  limits: Limits['signIn'];
}

const PENDING_SECONDS = 1800;

export interface TotpEnrolment {
  /** Base32, for typing by hand. */
  secret: string;
  /** For the QR code. */
  uri: string;
  expiresAt: Date;
}

export interface EnrolmentBeginning {
  accountId: string;
  /** Names the session or interaction that enrols and may confirm. */
  boundTo: string;
  /** What the app shows; the label should be the user name, not a number. */
  issuer: string;
  label: string;
  /** Id of the active authenticator whose place the new one takes; without, it is the first. */
  replaces?: string | undefined;
}

export async function beginTotpEnrolment(
  deps: TotpEnrolmentDependencies,
  of: EnrolmentBeginning,
): Promise<TotpEnrolment> {
  const { totp, clock, random } = deps;
  const { replaces } = of;
  let pending = await totp.findPending(of.accountId, of.boundTo, clock.now());
  if (!pending || pending.replaces !== replaces) {
    const expiresAt = secondsFromNow(clock, PENDING_SECONDS);
    pending = { id: random.id(), secret: makeTotpSecret(), expiresAt, replaces };
    await totp.putPending(of.accountId, of.boundTo, pending);
  }
  const { secret, expiresAt } = pending;
  return { secret, uri: totpUri({ secret, issuer: of.issuer, label: of.label }), expiresAt };
}

export type ConfirmTotpOutcome =
  | { ok: true }
  | { ok: false; reason: 'code_wrong' | 'enrolment_expired' }
  /** Another authenticator was activated since this enrolment was begun. */
  | { ok: false; reason: 'enrolled_meanwhile' }
  | { ok: false; reason: 'attempts_exhausted'; retryAfterSeconds: number };

/** Takes the pending secret into use, once. The code is spent by this. */
export async function confirmTotpEnrolment(
  deps: TotpEnrolmentDependencies,
  given: { accountId: string; boundTo: string; code: string; address: string },
): Promise<ConfirmTotpOutcome> {
  const { database, totp, budgets, audit, clock, limits } = deps;
  const { accountId, address } = given;
  const pending = await totp.findPending(accountId, given.boundTo, clock.now());
  if (!pending) return { ok: false, reason: 'enrolment_expired' };
  const taken = await budgets.reserve([enrolmentBudget(limits, pending.id)]);
  if (!taken.ok) {
    const { retryAfterSeconds } = taken;
    return { ok: false, reason: 'attempts_exhausted', retryAfterSeconds };
  }
  const step = await matchTotp(pending.secret, given.code, clock.now());
  if (step === undefined) return { ok: false, reason: 'code_wrong' };
  await budgets.giveBack(taken.reservations);
  const isActivated = await database.transaction(async (session) => {
    const confirmed = { pending, step, enrolledAt: clock.now() };
    if (!(await totp.activate(accountId, confirmed, session))) return false;
    await audit.record(
      { type: 'credentials.totp_enrolled', actor: accountId, address, result: 'done' },
      session,
    );
    return true;
  });
  if (isActivated) return { ok: true };
  const active = await totp.findActive(accountId);
  const isMeanwhile = active !== undefined && active.id !== pending.replaces;
  return { ok: false, reason: isMeanwhile ? 'enrolled_meanwhile' : 'enrolment_expired' };
}

/** Removes the authenticator; false when there was none. */
export async function removeTotp(
  deps: Pick<TotpEnrolmentDependencies, 'database' | 'totp' | 'audit'>,
  of: { accountId: string; actor: string; address?: string | undefined },
): Promise<boolean> {
  const { accountId, actor, address } = of;
  return deps.database.transaction(async (session) => {
    if (!(await deps.totp.erase(accountId, session))) return false;
    const event = { type: 'credentials.totp_removed', actor, address, result: 'done' } as const;
    await deps.audit.record({ ...event, subject: accountId }, session);
    return true;
  });
}
