// What an operator does to an account, with all that it has open. The order of the steps: first
// nobody can use the account, then what is open ends, and only the last step frees or removes what
// it is found by. So a command that was killed in between is completed by repeating it.
import { VERIFIED_LEVEL, accountKinds } from './account.ts';
import type { Account, AttributeOrigin, RealNameLevel } from './account.ts';
import type { AccountStore } from './account-store.ts';
import type { ChangeContext, ChangeOutcome } from './account-writer-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';

/** What other domains hold of an account. */
export interface AccountHoldings {
  /** Ends every session and grant, for every process at once. Repeating it is harmless. */
  end(accountId: string, reason: 'account_unavailable' | 'level_fell'): Promise<void>;
  /** What speaks for more than this level counts no more, in the transaction that sets it. */
  limitEvidence(accountId: string, level: RealNameLevel, session: ClientSession): Promise<void>;
  /** Removes all that is kept but the audit records, in the transaction that removes the account. */
  erase(accountId: string, session: ClientSession): Promise<void>;
}

export interface OperateDependencies {
  accounts: Pick<
    AccountStore,
    'findById' | 'lock' | 'unlock' | 'close' | 'delete' | 'setRealNameLevel'
  >;
  holdings: AccountHoldings;
  clock: Clock;
}

/** `hasChanged` is false when the account was so already. */
export type OperateOutcome =
  | { ok: true; hasChanged: boolean }
  | { ok: false; reason: 'account_unknown' | 'account_closed' | 'identity_taken' };

export type FindOutcome =
  | { ok: true; account: Account }
  | { ok: false; reason: 'account_unknown' }
  /** A number that opens accounts of several kinds: an operator must not guess. */
  | { ok: false; reason: 'login_ambiguous'; accounts: readonly Account[] };

/** By id or by anything that signs the account in. */
export async function findOperated(
  accounts: Pick<AccountStore, 'findById' | 'findByLogin'>,
  idOrLogin: string,
): Promise<FindOutcome> {
  const byId = await accounts.findById(idOrLogin);
  if (byId) return { ok: true, account: byId };
  const found = new Map<string, Account>();
  for (const kind of accountKinds) {
    const account = await accounts.findByLogin(idOrLogin, { kind });
    if (account) found.set(account.id, account);
  }
  const matches = [...found.values()];
  const [account] = matches;
  if (!account) return { ok: false, reason: 'account_unknown' };
  if (matches.length > 1) return { ok: false, reason: 'login_ambiguous', accounts: matches };
  return { ok: true, account };
}

export async function lockAccount(
  deps: OperateDependencies,
  id: string,
  by: ChangeContext,
): Promise<OperateOutcome> {
  const locked = await deps.accounts.lock(id, by);
  // One that is closed has nothing open, unless a request was under way when it was closed.
  if (locked.ok || locked.reason === 'account_closed') {
    await deps.holdings.end(id, 'account_unavailable');
  }
  return outcomeOf(locked);
}

export async function unlockAccount(
  deps: OperateDependencies,
  id: string,
  by: ChangeContext,
): Promise<OperateOutcome> {
  const account = await deps.accounts.findById(id);
  // What a lock that was killed left open, or a request that was under way then, must not wake up.
  if (account?.state === 'locked') await deps.holdings.end(id, 'account_unavailable');
  return outcomeOf(await deps.accounts.unlock(id, by));
}

/** Locked first: what it is found by is only free again when nothing is left to do. */
export async function closeAccount(
  deps: OperateDependencies,
  id: string,
  by: ChangeContext,
): Promise<OperateOutcome> {
  const locked = await lockAccount(deps, id, by);
  const closed = locked.ok ? outcomeOf(await deps.accounts.close(id, by)) : locked;
  const wasClosed = !closed.ok && closed.reason === 'account_closed';
  return wasClosed ? { ok: true, hasChanged: false } : closed;
}

/** Locked first, so that nothing new comes up while all there is goes in one transaction. */
export async function deleteAccount(
  deps: OperateDependencies,
  id: string,
  by: ChangeContext,
): Promise<OperateOutcome> {
  const locked = await lockAccount(deps, id, by);
  if (!locked.ok && locked.reason === 'account_unknown') return locked;
  const { ok } = await deps.accounts.delete(id, {
    ...by,
    alongside: (session) => deps.holdings.erase(id, session),
  });
  return ok ? { ok: true, hasChanged: true } : { ok: false, reason: 'account_unknown' };
}

/**
 * Sets the level. Whatever is open ends unless the level rises: also when it stays, because that
 * may be the repetition of a command that was killed after it had lowered the level.
 */
export async function setAccountLevel(
  { accounts, holdings, clock }: OperateDependencies,
  id: string,
  { to, ...by }: ChangeContext & { to: { level: RealNameLevel; source: string } },
): Promise<OperateOutcome> {
  const account = await accounts.findById(id);
  if (account?.realNameLevel === to.level && account.state !== 'closed') {
    await holdings.end(id, 'level_fell');
    return { ok: true, hasChanged: false };
  }
  const origin = originOf(to, clock.now());
  const changed = await accounts.setRealNameLevel(
    id,
    { level: to.level, origin },
    {
      ...by,
      // Or the next proof, however weak, would give back what was taken.
      alongside: (session) => holdings.limitEvidence(id, to.level, session),
    },
  );
  if (changed.ok && to.level <= (changed.formerLevel ?? to.level)) {
    await holdings.end(id, 'level_fell');
  }
  return outcomeOf(changed);
}

function originOf(
  { level, source }: { level: RealNameLevel; source: string },
  verifiedAt: Date,
): AttributeOrigin {
  if (level < VERIFIED_LEVEL) return { source, grade: 'D' };
  return { source, grade: source.startsWith('register:') ? 'A' : 'B', verifiedAt };
}

function outcomeOf(changed: ChangeOutcome<'identity_taken'>): OperateOutcome {
  return changed.ok ? { ok: true, hasChanged: changed.hasChanged } : changed;
}

export type ReasonProblem = 'reason_malformed' | 'reason_names_person';

const REASON = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u;
/** Longer than any area code: two spellings of one number end alike. */
const PHONE_TAIL = 8;

/** The reason goes into the audit record, which must not say who the person is. */
export function reasonProblem(
  reason: string,
  { account, typed }: { account: Account; typed: string },
): ReasonProblem | undefined {
  if (!REASON.test(reason)) return 'reason_malformed';
  const { login, name, phone, email, certificate, uscc } = account;
  const values = [
    login,
    name,
    email,
    certificate?.number,
    uscc,
    account.attribute('opaqueId')?.value,
  ];
  const words = plain(reason);
  const named = [...values, typed === account.id ? undefined : typed]
    .map((value) => plain(value ?? ''))
    .some((value) => value !== '' && words.includes(value));
  const tail = phone?.slice(-PHONE_TAIL);
  const isPhoneNamed = tail !== undefined && words.replaceAll(/[^\d]/gu, '').includes(tail);
  return named || isPhoneNamed ? 'reason_names_person' : undefined;
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/[\s-]/gu, '');
}
