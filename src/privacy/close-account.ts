// Closing an account: asked for, taken back, carried out when the waiting period is over. Everything
// that was open ends at once; what cannot be undone comes last, in one transaction.
import type { Account } from '../accounts/account.ts';
import type { AccountHoldings } from '../accounts/operate-account.ts';
import type { AccountClosings } from '../accounts/account-closing-store.ts';
import type { AgreementStore } from '../agreements/agreement-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { ClosedAccountStore, KeptOfAccount } from './closed-account-store.ts';
import { obstaclesOf } from './closing-guard.ts';
import type { ClosingGuard, FoundObstacle } from './closing-guard.ts';

export interface ClosingSettings {
  /** From the request until nothing can be taken back. */
  closingDays: number;
  /** How long what the law keeps of a closed account is kept. */
  closedKeptDays: number;
}

export interface CloseAccountDependencies {
  issuer: string;
  closings: AccountClosings;
  closedAccounts: ClosedAccountStore;
  guards: readonly ClosingGuard[];
  holdings: Pick<AccountHoldings, 'end' | 'erase'>;
  evidence: Pick<EvidenceStore, 'listOfAccount'>;
  agreements: Pick<AgreementStore, 'listOf'>;
  notices: Pick<
    SecurityNotices,
    'closingRequested' | 'closingCancelled' | 'closingStopped' | 'accountClosed'
  >;
  settings: ClosingSettings;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export type RequestClosingOutcome =
  | { ok: true }
  | { ok: false; reason: 'forbidden'; obstacles: readonly FoundObstacle[] }
  | { ok: false; reason: 'account_unavailable' | 'closing_already' };

const DAY_MS = 86_400_000;
const BATCH = 50;
const MOST_REMOVED = 1000;
export const CANCEL_PATH = '/account-closing/cancel';

export async function requestClosing(
  deps: CloseAccountDependencies,
  { accountId, address }: { accountId: string; address: string },
): Promise<RequestClosingOutcome> {
  const { closings, notices, clock, random, settings, issuer } = deps;
  const dueAt = new Date(clock.now().getTime() + settings.closingDays * DAY_MS);
  const cancelToken = random.id(256);
  const link = `${issuer}${CANCEL_PATH}/${cancelToken}`;
  let obstacles: readonly FoundObstacle[] = [];
  let tell: () => void = () => undefined;
  const forbids = async (account: Account) => {
    obstacles = await obstaclesOf(deps.guards, account);
    return obstacles.length > 0;
  };
  const begun = await closings.begin(
    accountId,
    { dueAt, cancelToken, forbids },
    {
      actor: accountId,
      address,
      alongside: async (session) => {
        tell = await notices.closingRequested({ accountId, until: dueAt, link }, session);
      },
    },
  );
  if (!begun.ok) {
    const { reason } = begun;
    return reason === 'forbidden' ? { ok: false, reason, obstacles } : { ok: false, reason };
  }
  tell();
  await deps.holdings.end(accountId, 'account_unavailable');
  await closings.settled(accountId);
  return { ok: true };
}

/** @param by.actor the account itself after a sign-in, `anonymous` by the link of the notice */
export async function cancelClosing(
  { closings, notices }: Pick<CloseAccountDependencies, 'closings' | 'notices'>,
  accountId: string,
  by: { actor: string; address: string },
): Promise<boolean> {
  let tell: () => void = () => undefined;
  const isCancelled = await closings.cancel(accountId, {
    ...by,
    alongside: async (session) => {
      tell = await notices.closingCancelled(accountId, session);
    },
  });
  if (isCancelled) tell();
  return isCancelled;
}

/** One round of the background work; returns how many accounts were erased. Any number may run. */
export async function settleClosings(deps: CloseAccountDependencies): Promise<number> {
  const { closings, clock, settings, logger } = deps;
  // What the law keeps no longer.
  await deps.closedAccounts.removeOver(clock.now(), MOST_REMOVED);
  const until = new Date(clock.now().getTime() - settings.closingDays * DAY_MS);
  const due = await closings.due(BATCH);
  const closed = await closings.closedBefore(until, BATCH);
  const all = [...due, ...closed.map((id) => ({ id, stage: 'ending' as const }))];
  let erased = 0;
  for (const { id, stage } of all) {
    try {
      if (await settle(deps, id, stage)) erased += 1;
    } catch (error) {
      // One that cannot be settled must not keep the others waiting.
      logger.error({ err: error, account: id }, 'a closing was not settled');
    }
  }
  return erased;
}

async function settle(
  deps: CloseAccountDependencies,
  id: string,
  stage: 'begun' | 'waiting' | 'ending',
): Promise<boolean> {
  if (stage === 'begun') {
    // The process that took the request has ended before it was done.
    await deps.holdings.end(id, 'account_unavailable');
    await deps.closings.settled(id);
    return false;
  }
  if (stage === 'waiting' && !(await beginEnding(deps, id))) return false;
  await deps.holdings.end(id, 'account_unavailable');
  return eraseAccount(deps, id);
}

async function beginEnding(deps: CloseAccountDependencies, id: string): Promise<boolean> {
  let tell: () => void = () => undefined;
  const outcome = await deps.closings.beginEnding(id, {
    forbids: async (account) => (await obstaclesOf(deps.guards, account)).length > 0,
    onForbidden: async (session) => {
      tell = await deps.notices.closingStopped(id, session);
    },
  });
  tell();
  return outcome === 'ending';
}

async function eraseAccount(deps: CloseAccountDependencies, id: string): Promise<boolean> {
  const { closings, closedAccounts, clock, settings } = deps;
  let tell: () => void = () => undefined;
  const isErased = await closings.erase(id, async (account, session) => {
    const closedAt = clock.now();
    const keptUntil = new Date(closedAt.getTime() + settings.closedKeptDays * DAY_MS);
    const kept = await keptOf(deps, account, session);
    await closedAccounts.keep(id, { kept, closedAt, keptUntil }, session);
    // To contacts that are gone with this very transaction. Those of an account that was closed in
    // another way may be somebody else's by now.
    if (account.state !== 'closed') tell = await deps.notices.accountClosed(id, session);
    await deps.holdings.erase(id, session);
  });
  tell();
  return isErased;
}

/** No contact, no secret, nothing of what was shared: what shows who it was and how that was known. */
async function keptOf(
  { evidence, agreements }: Pick<CloseAccountDependencies, 'evidence' | 'agreements'>,
  account: Account,
  session: ClientSession,
): Promise<KeptOfAccount> {
  const records = await evidence.listOfAccount(account.id, session);
  const accepted = await agreements.listOf(account.id);
  return {
    kind: account.kind,
    name: account.name,
    certificate: account.certificate,
    uscc: account.uscc,
    opaqueId: account.attribute('opaqueId')?.value,
    realNameLevel: account.realNameLevel,
    createdAt: account.createdAt.toISOString(),
    requestedAt: account.closing?.requestedAt.toISOString(),
    evidence: records.map(({ source, method, at, resultCode, grade, level }) => ({
      source,
      method,
      at: at.toISOString(),
      resultCode,
      grade,
      level,
    })),
    agreements: accepted.map(({ name, version, hash, acceptedAt }) => ({
      name,
      version,
      hash,
      acceptedAt: acceptedAt.toISOString(),
    })),
  };
}
