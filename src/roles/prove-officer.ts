// An officer at a terminal proves to be there: password and a code of the authenticator, on the budgets
// of a sign-in. What the terminal itself vouches for is nothing: it may be somebody else's.
import type { Account } from '../accounts/account.ts';
import { verifySecondFactor } from '../credentials/second-factor.ts';
import type { SecondFactorDependencies } from '../credentials/second-factor.ts';
import { verifyOwnPassword } from '../credentials/verify-password.ts';
import type { PasswordResult, VerifyPasswordDependencies } from '../credentials/verify-password.ts';
import type { ProofOfWork } from '../credentials/proof-of-work.ts';
import { mayHaveRoles } from './role-rules.ts';

export interface ProveOfficerDependencies
  extends Omit<VerifyPasswordDependencies, 'proofs'>, SecondFactorDependencies {
  accounts: VerifyPasswordDependencies['accounts'];
  devices: VerifyPasswordDependencies['devices'];
  proofs: Pick<ProofOfWork, 'check' | 'createChallenge'>;
  /** Undefined when nobody sits there. Nothing that is typed is shown. */
  ask: (what: 'password' | 'code') => Promise<string | undefined>;
  /** Resolves after so many seconds; whoever waits is told before. */
  wait: (seconds: number) => Promise<void>;
}

export type OfficerRefusal =
  | 'officer_unknown'
  | 'nobody_there'
  /** Password or code is wrong: nobody is told which. */
  | 'not_proven'
  /** Somebody else has chosen the password, or it is too old. */
  | 'password_due'
  | 'attempts_exhausted';

export type OfficerOutcome =
  | { ok: true; officer: Account }
  | { ok: false; reason: OfficerRefusal; retryAfterSeconds?: number };

/** A scope of its own among the addresses that budgets are kept for. */
export const TERMINAL_ADDRESS = 'terminal';
const CODE = /^\d{6}$/u;

/** @param who user name or account id */
export async function proveOfficer(
  deps: ProveOfficerDependencies,
  who: string,
): Promise<OfficerOutcome> {
  const { accounts } = deps;
  const byId = await accounts.findById(who);
  const officer = byId ?? (await accounts.findByLogin(who, { kind: 'civilServant' }));
  if (!officer || !mayHaveRoles(officer)) return { ok: false, reason: 'officer_unknown' };
  const password = await deps.ask('password');
  const typed = password === undefined ? undefined : await deps.ask('code');
  if (password === undefined || typed === undefined) return { ok: false, reason: 'nobody_there' };
  const code = typed.normalize('NFKC').replaceAll(/\s/gu, '');
  const first = await verifyAfterWaiting(deps, { officer, password });
  if (!first.ok) return refusalOf(first);
  // A recovery code would be spent on this, and shows no authenticator.
  if (!CODE.test(code)) return { ok: false, reason: 'not_proven' };
  const attempt = { accountId: officer.id, code, address: TERMINAL_ADDRESS };
  const second = await verifySecondFactor(deps, attempt);
  if (!second.ok && second.reason === 'attempts_exhausted') {
    const { retryAfterSeconds } = second;
    return { ok: false, reason: 'attempts_exhausted', retryAfterSeconds };
  }
  if (!second.ok) return { ok: false, reason: 'not_proven' };
  if (first.passwordNeedsChange) return { ok: false, reason: 'password_due' };
  return { ok: true, officer };
}

/** After failures a browser computes or waits; a terminal waits. */
async function verifyAfterWaiting(
  deps: ProveOfficerDependencies,
  { officer, password }: { officer: Account; password: string },
): Promise<PasswordResult> {
  const address = TERMINAL_ADDRESS;
  const attempt = { accountId: officer.id, password, address };
  const result = await verifyOwnPassword(deps, attempt);
  if (result.ok || result.reason !== 'proof_of_work_required') return result;
  const { failures } = result;
  const { waitTicket, waitSeconds } = await deps.proofs.createChallenge({ address, failures });
  await deps.wait(waitSeconds);
  return verifyOwnPassword(deps, { ...attempt, proof: { waitTicket } });
}

function refusalOf(result: PasswordResult & { ok: false }): OfficerOutcome {
  if (result.reason === 'budget_exhausted' || result.reason === 'overloaded') {
    const { retryAfterSeconds } = result;
    return { ok: false, reason: 'attempts_exhausted', retryAfterSeconds };
  }
  return { ok: false, reason: 'not_proven' };
}
