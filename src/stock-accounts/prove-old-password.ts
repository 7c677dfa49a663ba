// One attempt with the login and password of an old system, on the budgets of a sign-in. Unknown,
// taken over, destroyed, wrong and exhausted take the same steps: the same look-ups, a digest of a
// cost that accounts of this system have, one argon2 computation, one answer.
import type { AuditLog } from '../audit/audit-log.ts';
import type { BudgetStore, Reservation } from '../credentials/budget-store.ts';
import type { QueueEntry } from '../credentials/hashing-queue.ts';
import type { PasswordHasher } from '../credentials/password-hash.ts';
import type { GivenProof, ProofOfWork } from '../credentials/proof-of-work.ts';
import {
  addressBudgets,
  addressScope,
  failureCounters,
  unknownDeviceBudgets,
} from '../credentials/sign-in-budgets.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { recipeOfClass } from './foreign-hash.ts';
import type { ForeignHasher } from './foreign-hasher.ts';
import type { OldCosts } from './old-costs.ts';
import { canonicalOldLogin } from './stock-account.ts';
import type { StockAccount } from './stock-account.ts';
import type { StockAccountStore } from './stock-account-store.ts';

export interface ProveOldPasswordDependencies {
  stock: Pick<StockAccountStore, 'findByLogin' | 'replacePassword'>;
  costs: OldCosts;
  foreignHasher: Pick<ForeignHasher, 'digest'>;
  hasher: Pick<PasswordHasher, 'verify' | 'hash'>;
  budgets: BudgetStore;
  proofs: Pick<ProofOfWork, 'check'>;
  audit: AuditLog;
  limits: Limits['signIn'];
}

export interface OldPasswordAttempt {
  source: StockSource;
  login: string;
  password: string;
  /** Network address of the person. */
  address: string;
  proof?: GivenProof | undefined;
}

export type OldPasswordResult =
  | { ok: true; account: StockAccount }
  /** Unknown, taken over, destroyed, wrong, exhausted: nobody is told which. */
  | { ok: false; reason: 'credentials_wrong'; failures: number }
  | { ok: false; reason: 'proof_of_work_required'; failures: number; waitSeconds?: number }
  | { ok: false; reason: 'budget_exhausted'; retryAfterSeconds: number }
  | { ok: false; reason: 'overloaded'; retryAfterSeconds: number };

const OVERLOAD_RETRY_SECONDS = 5;
const MAX_LOGIN_LENGTH = 128;

export async function proveOldPassword(
  deps: ProveOldPasswordDependencies,
  attempt: OldPasswordAttempt,
): Promise<OldPasswordResult> {
  const { budgets, limits } = deps;
  const { source, address } = attempt;
  const login = canonicalOldLogin(attempt.login.slice(0, MAX_LOGIN_LENGTH), source);
  const counters = failureCounters(limits, `stock:${source.id}:${login}`, address);
  const failures = beyondFree(limits, await budgets.counts(counters));
  if (failures > 0) {
    const proof = await deps.proofs.check(attempt.proof ?? {}, { address, failures });
    if (!proof.ok) {
      const wait = proof.reason === 'proof_too_early' ? { waitSeconds: proof.waitSeconds } : {};
      return { ok: false, reason: 'proof_of_work_required', failures, ...wait };
    }
  }
  const place = await budgets.reserve(addressBudgets(limits, address));
  if (!place.ok) {
    const { retryAfterSeconds } = place;
    return { ok: false, reason: 'budget_exhausted', retryAfterSeconds };
  }
  const account = await deps.stock.findByLogin(source.id, login);
  const key = `stock:${account?.id ?? `unknown:${source.id}:${login}`}`;
  for (;;) {
    const own = await budgets.take(unknownDeviceBudgets(limits, key, address));
    // What was refused is looked at while the decoy is computed: it takes no longer.
    const [compared, waitMs] = await Promise.all([
      compare(deps, attempt, { login, account, mayVerify: own.ok }),
      own.ok ? undefined : budgets.waitMs(own.refused),
    ]);
    if (!own.ok) await budgets.giveBack(own.reservations);
    // A window that ended, or two first units at once, stood in the way.
    if (waitMs === 0) continue;
    const taken = [...place.reservations, ...(own.ok ? own.reservations : [])];
    return conclude(deps, attempt, { compared, account, taken, counters });
  }
}

/** Failures beyond the free ones when the next attempt needs a proof of work; 0 when it does not. */
export async function oldPasswordProofDue(
  deps: Pick<ProveOldPasswordDependencies, 'budgets' | 'limits'>,
  of: { source: StockSource; login: string; address: string },
): Promise<number> {
  const login = canonicalOldLogin(of.login.slice(0, MAX_LOGIN_LENGTH), of.source);
  const counters = failureCounters(deps.limits, `stock:${of.source.id}:${login}`, of.address);
  return beyondFree(deps.limits, await deps.budgets.counts(counters));
}

type Compared = 'right' | 'wrong' | 'not_looked_at' | 'overloaded';

async function compare(
  deps: ProveOldPasswordDependencies,
  { source, password, address }: OldPasswordAttempt,
  of: { login: string; account: StockAccount | undefined; mayVerify: boolean },
): Promise<Compared> {
  const { account, mayVerify, login } = of;
  const entry: QueueEntry = { source: addressScope(address).source, isKnownDevice: false };
  const old = account?.state === 'imported' ? account.password : undefined;
  const cost = account?.cost ?? (await deps.costs.likely(source.id, login));
  const recipe =
    old && old.form !== 'own' ? old.recipe : recipeOfClass(cost, deps.costs.salt(source.id, login));
  const digested = await deps.foreignHasher.digest(recipe, password, entry);
  if (!digested.ok) return 'overloaded';
  const digest = digested.value;
  const tried = old?.form === 'own' ? password : digest;
  const hash = old && old.form !== 'raw' && mayVerify ? old.hash : undefined;
  const verified = await deps.hasher.verify(hash, tried, entry);
  if (!verified.ok) return 'overloaded';
  if (!mayVerify) return 'not_looked_at';
  // Both are digests of the same recipe; what is learnt from the time is nothing about a password.
  const isRight = old?.form === 'raw' ? old.digest === digest : verified.value;
  if (!isRight || !account) return 'wrong';
  await upgrade(deps, { account, password, entry });
  return 'right';
}

/** From now on nothing of the old system is needed to recognise the password. */
async function upgrade(
  { stock, hasher }: ProveOldPasswordDependencies,
  of: { account: StockAccount; password: string; entry: QueueEntry },
): Promise<void> {
  const { account, password, entry } = of;
  if (account.password?.form === 'own') return;
  const hashed = await hasher.hash(password, entry);
  if (hashed.ok) await stock.replacePassword(account, { form: 'own', hash: hashed.value });
}

async function conclude(
  { budgets, audit, limits }: ProveOldPasswordDependencies,
  { source, address }: OldPasswordAttempt,
  of: {
    compared: Compared;
    account: StockAccount | undefined;
    taken: readonly Reservation[];
    counters: ReturnType<typeof failureCounters>;
  },
): Promise<OldPasswordResult> {
  const { compared, account, taken, counters } = of;
  if (compared === 'overloaded') {
    await budgets.giveBack(taken);
    return { ok: false, reason: 'overloaded', retryAfterSeconds: OVERLOAD_RETRY_SECONDS };
  }
  const isRight = compared === 'right';
  const [counts] = await Promise.all([
    isRight ? Promise.resolve([0]) : budgets.count(counters),
    audit.record({
      type: isRight ? 'stock_accounts.password_verified' : 'stock_accounts.password_refused',
      actor: 'anonymous',
      address,
      result: isRight ? 'done' : 'refused',
      ...(isRight ? {} : { reason: refusalReason(compared, account) }),
      details: { source: source.id },
    }),
    isRight ? budgets.giveBack(taken) : Promise.resolve(),
  ]);
  if (isRight && account) return { ok: true, account };
  return { ok: false, reason: 'credentials_wrong', failures: beyondFree(limits, counts) };
}

/** For the audit record only. */
function refusalReason(compared: Compared, account: StockAccount | undefined): string {
  if (compared === 'not_looked_at') return 'budget_exhausted';
  if (!account) return 'account_unknown';
  if (account.state !== 'imported') return 'account_bound';
  return account.password ? 'password_wrong' : 'password_destroyed';
}

function beyondFree(limits: Limits['signIn'], counts: readonly number[]): number {
  return Math.max(0, Math.max(0, ...counts) - limits.proofOfWorkAfterFailures + 1);
}
