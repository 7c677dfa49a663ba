// One attempt with a password. Unknown, locked, closed, wrong and exhausted take the same steps:
// the same look-ups, one argon2 computation, the same writes, one answer. Budgets are taken
// before the password is looked at and given back when it was right.
import type { Account, AccountKind } from '../accounts/account.ts';
import { readLogin } from '../accounts/login-name.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Limits } from '../platform/limits-config.ts';
import { haveUnits, takeUnits } from './attempt-units.ts';
import type { BudgetRule, BudgetStore, Reservation } from './budget-store.ts';
import type { DeviceStore } from './device-store.ts';
import { forgetDevice } from './forget-device.ts';
import type { QueueEntry } from './hashing-queue.ts';
import type { KnownDevice } from './known-device.ts';
import type { PasswordHasher } from './password-hash.ts';
import { isPasswordDue, isPasswordOver } from './password-policy.ts';
import type { PasswordCredential, PasswordStore } from './password-store.ts';
import type { GivenProof, ProofOfWork } from './proof-of-work.ts';
import {
  addressBudgets,
  addressScope,
  beyondFree,
  failureCounters,
  knownDeviceBudget,
  unknownDeviceBudgets,
} from './sign-in-budgets.ts';

export interface VerifyPasswordDependencies {
  accounts: {
    findByLogin(
      text: string,
      options?: { kind?: AccountKind | undefined },
    ): Promise<Account | undefined>;
    findById(id: string): Promise<Account | undefined>;
  };
  passwords: Pick<PasswordStore, 'find' | 'renewHash'>;
  hasher: PasswordHasher;
  budgets: BudgetStore;
  devices: Pick<DeviceStore, 'recognise' | 'forget'>;
  proofs: Pick<ProofOfWork, 'check'>;
  audit: AuditLog;
  clock: Clock;
  limits: Limits['signIn'];
}

interface AttemptCircumstances {
  password: string;
  /** Network address of the person. */
  address: string;
  deviceCookie?: string | undefined;
  proof?: GivenProof | undefined;
}

export interface PasswordAttempt extends AttemptCircumstances {
  login: string;
  /** The tab the person chose; decides only between accounts that share a phone or number. */
  kind?: AccountKind | undefined;
}

export interface OwnPasswordAttempt extends AttemptCircumstances {
  accountId: string;
}

export type PasswordResult =
  | {
      ok: true;
      account: Account;
      credential: PasswordCredential;
      isKnownDevice: boolean;
      passwordNeedsChange: boolean;
    }
  /** Unknown, locked, closed, wrong, exhausted: nobody is told which. */
  | { ok: false; reason: 'credentials_wrong'; needsProofNext: boolean }
  | { ok: false; reason: 'proof_of_work_required'; failures: number; waitSeconds?: number }
  /** Too many failures from this address or network, whatever the login. */
  | { ok: false; reason: 'budget_exhausted'; retryAfterSeconds: number }
  | { ok: false; reason: 'overloaded'; retryAfterSeconds: number };

/** Whom the attempt is about, and under which names it is counted. */
interface Subject {
  account: Account | undefined;
  /** Decides inside: the account, or the typed login where there is none. */
  budgetKey: string;
  /** Visible outside: what the person typed. */
  counterKey: string;
}

/** The same read is under way for everybody, with an account or without. */
interface Found {
  subject: Subject;
  credential: Promise<PasswordCredential | undefined>;
}

const NO_ACCOUNT = 'nobody';
const OVERLOAD_RETRY_SECONDS = 5;

/** Verifies a login and a password. */
export async function verifyPassword(
  deps: VerifyPasswordDependencies,
  attempt: PasswordAttempt,
): Promise<PasswordResult> {
  const account = await deps.accounts.findByLogin(attempt.login, { kind: attempt.kind });
  const { canonical } = readLogin(attempt.login);
  return verify(deps, attempt, {
    account,
    budgetKey: account?.id ?? `unknown:${canonical}`,
    counterKey: canonical,
  });
}

/** Verifies the password of a person who is signed in already, on the same budgets. */
export async function verifyOwnPassword(
  deps: VerifyPasswordDependencies,
  attempt: OwnPasswordAttempt,
): Promise<PasswordResult> {
  const account = await deps.accounts.findById(attempt.accountId);
  const counterKey = `account:${attempt.accountId}`;
  return verify(deps, attempt, { account, budgetKey: attempt.accountId, counterKey });
}

/** Failures beyond the free ones when the next attempt needs a proof of work; 0 when it does not. */
export async function proofDue(
  deps: Pick<VerifyPasswordDependencies, 'budgets' | 'limits'>,
  of: { login: string; address: string },
): Promise<number> {
  const rules = failureCounters(deps.limits, readLogin(of.login).canonical, of.address);
  return beyondFree(deps.limits, await deps.budgets.counts(rules));
}

async function verify(
  deps: VerifyPasswordDependencies,
  attempt: AttemptCircumstances,
  subject: Subject,
): Promise<PasswordResult> {
  // Asked for together: one command.
  const finding = deps.passwords.find(subject.account?.id ?? NO_ACCOUNT);
  finding.catch(() => undefined);
  const device = await deps.devices.recognise(attempt.deviceCookie, subject.account?.id);
  const known = { subject, credential: finding };
  if (device) {
    const rule = knownDeviceBudget(deps.limits, device.budgetId);
    const taken = await deps.budgets.reserve([rule]);
    if (taken.ok) {
      return checkKnownDevice(deps, attempt, { ...known, device, taken: taken.reservations });
    }
    await forgetDevice(deps, device);
  }
  return checkUnknownDevice(deps, attempt, known);
}

async function checkKnownDevice(
  deps: VerifyPasswordDependencies,
  attempt: AttemptCircumstances,
  known: Found & { device: KnownDevice; taken: readonly Reservation[] },
): Promise<PasswordResult> {
  const { subject, device, taken } = known;
  const credential = await known.credential;
  const nothing = { unused: [], refused: [], counters: [] };
  const comparison = { ...nothing, subject, credential, taken, knownDevice: device };
  const result = await compare(deps, attempt, comparison);
  if (result === 'undecided') throw new Error('a known device has one budget, which was decided');
  const isWrong = !result.ok && result.reason === 'credentials_wrong';
  if (isWrong && (await deps.budgets.isSpent(taken))) await forgetDevice(deps, device);
  return result;
}

async function checkUnknownDevice(
  deps: VerifyPasswordDependencies,
  attempt: AttemptCircumstances,
  { subject, credential: finding }: Found,
): Promise<PasswordResult> {
  const { limits, budgets } = deps;
  const counters = failureCounters(limits, subject.counterKey, attempt.address);
  const address = addressBudgets(limits, attempt.address);
  // One command for all, whoever it is.
  const [counts, isTogether, credential] = await Promise.all([
    budgets.counts(counters),
    haveUnits(budgets, address),
    finding,
  ]);
  const failures = beyondFree(limits, counts);
  if (failures > 0) {
    const proof = await deps.proofs.check(attempt.proof ?? {}, {
      address: attempt.address,
      failures,
    });
    if (!proof.ok) {
      const wait = proof.reason === 'proof_too_early' ? { waitSeconds: proof.waitSeconds } : {};
      return { ok: false, reason: 'proof_of_work_required', failures, ...wait };
    }
  }
  const account = unknownDeviceBudgets(limits, subject.budgetKey, attempt.address);
  const place = await takeUnits(budgets, { address, account, isTogether });
  if (!place.ok) {
    // Nobody in particular was refused: the address is.
    await deps.audit.record({
      type: 'sign_in.refused',
      actor: 'anonymous',
      address: attempt.address,
      result: 'refused',
      reason: 'address_exhausted',
    });
    return { ok: false, reason: 'budget_exhausted', retryAfterSeconds: place.retryAfterSeconds };
  }
  const { ofAddress } = place;
  for (let { ofAccount } = place; ; ofAccount = undefined) {
    const own = ofAccount ?? (await budgets.take(account));
    const units = own.ok
      ? { taken: [...ofAddress, ...own.reservations], unused: [], refused: [] }
      : { taken: ofAddress, unused: own.reservations, refused: own.refused };
    const of = { subject, credential, ...units, counters };
    const result = await compare(deps, attempt, of);
    if (result !== 'undecided') return result;
  }
}

interface Comparison {
  subject: Subject;
  credential: PasswordCredential | undefined;
  taken: readonly Reservation[];
  /** Units of an exhausted attempt, given back while the decoy is computed. */
  unused: readonly Reservation[];
  /** The account's budgets that gave no unit: the password is not looked at. */
  refused: readonly BudgetRule[];
  /** Where a failure is counted. */
  counters: readonly BudgetRule[];
  knownDevice?: KnownDevice;
}

/** `undecided`: no unit was given although there are some; what was done is as if it was not. */
async function compare(
  deps: VerifyPasswordDependencies,
  attempt: AttemptCircumstances,
  comparison: Comparison,
): Promise<PasswordResult | 'undecided'> {
  const { subject, credential, taken, unused, refused, counters, knownDevice } = comparison;
  const { account } = subject;
  const mayVerify = refused.length === 0;
  const isPossible = mayVerify && account?.isActive === true;
  const entry = {
    source: knownDevice ? `device:${knownDevice.id}` : addressScope(attempt.address).source,
    isKnownDevice: knownDevice !== undefined,
  };
  const isOver = credential !== undefined && isPasswordOver(credential, deps.clock.now());
  const hash = isPossible && !isOver ? credential?.hash : undefined;
  // Looked at while the decoy is computed: a refusal takes no longer.
  const [verified, waitMs] = await Promise.all([
    deps.hasher.verify(hash, attempt.password, entry),
    deps.budgets.waitMs(refused),
    deps.budgets.giveBack(unused),
  ]);
  if (!verified.ok) {
    await deps.budgets.giveBack(taken);
    return { ok: false, reason: 'overloaded', retryAfterSeconds: OVERLOAD_RETRY_SECONDS };
  }
  if (!mayVerify && waitMs === 0) return 'undecided';
  if (verified.value && account && credential) {
    await deps.budgets.giveBack(taken);
    await renewHash(deps, { credential, password: attempt.password, entry });
    return {
      ok: true,
      account,
      credential,
      isKnownDevice: knownDevice !== undefined,
      passwordNeedsChange: isPasswordDue(account.kind, credential, deps.clock.now()),
    };
  }
  const [counts] = await Promise.all([
    deps.budgets.count(counters),
    deps.audit.record({
      type: 'sign_in.refused',
      actor: 'anonymous',
      subject: account?.id,
      address: attempt.address,
      result: 'refused',
      reason: refusalReason(account, mayVerify),
    }),
  ]);
  const needsProofNext = !knownDevice && beyondFree(deps.limits, counts) > 0;
  return { ok: false, reason: 'credentials_wrong', needsProofNext };
}

/** For the audit record only. */
function refusalReason(account: Account | undefined, mayVerify: boolean): string {
  if (!mayVerify) return 'budget_exhausted';
  if (!account) return 'account_unknown';
  return account.isActive ? 'password_wrong' : `account_${account.state}`;
}

async function renewHash(
  deps: VerifyPasswordDependencies,
  verified: { credential: PasswordCredential; password: string; entry: QueueEntry },
): Promise<void> {
  const { credential, password, entry } = verified;
  if (!deps.hasher.needsRehash(credential.hash)) return;
  const renewed = await deps.hasher.hash(password, entry);
  if (renewed.ok) await deps.passwords.renewHash(credential, renewed.value);
}
