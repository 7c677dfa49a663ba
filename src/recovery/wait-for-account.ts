// When every factor is lost: a day in which everybody whom the account can reach is told and may
// object. Then a link to the proven contact leads on. Whoever objects too often or wrongly has not
// won anything: the window is always open, and nothing of the account is deleted.
import type { Account } from '../accounts/account.ts';
import { contactOf } from '../credentials/journey-contact.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import type { Locale } from '../platform/http/locale.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { LinkToken } from './link-token-store.ts';
import type { PendingContact, PendingRecovery } from './pending-recovery-store.ts';
import type { RecoveryDependencies } from './recovery-deps.ts';
import { recoveryPaths } from './recovery-paths.ts';
import type { Recovery } from './recovery-store.ts';

/** Waiting times of one account in a month: each of them worries its owner. */
const WAITS = { attempts: 5, windowSeconds: 30 * 86_400 };

export interface WaitDependencies extends Pick<
  RecoveryDependencies,
  'pending' | 'linkTokens' | 'audit' | 'clock' | 'issuer'
> {
  random: Random;
  notices: Pick<RecoveryDependencies['notices'], 'recoveryWaiting' | 'recoveryReady'>;
}

export type BeginWaitOutcome =
  | { ok: true }
  | { ok: false; reason: 'changed_meanwhile' | 'too_many_waits' };

export async function beginWait(
  deps: RecoveryDependencies,
  of: { recovery: Recovery; account: Account; address: string; language: Locale },
): Promise<BeginWaitOutcome> {
  const { recovery, account, address } = of;
  const { id: accountId } = account;
  const rule = { ...WAITS, key: `recovery-waits:${accountId}` };
  const taken = await deps.credentials.budgets.reserve([rule]);
  if (!taken.ok) return { ok: false, reason: 'too_many_waits' };
  const pendingId = deps.credentials.random.id();
  const wake = await deps.database.transaction(async (session) => {
    const content = { ...recovery, accountId, pendingId };
    const to = { stage: 'waiting', content } as const;
    if (!(await deps.recoveries.move(recovery, to, session))) return undefined;
    const contact = contactOf(recovery);
    const pending = await deps.pending.begin({ id: pendingId, accountId, contact }, session);
    const reason = recovery.proof ?? 'contact';
    const event = { type: 'recovery.wait_begun', actor: accountId, address, reason } as const;
    await deps.audit.record({ ...event, result: 'done' }, session);
    return tellOfWait(deps, session, { pending, language: of.language });
  });
  if (!wake) {
    await deps.credentials.budgets.giveBack(taken.reservations);
    return { ok: false, reason: 'changed_meanwhile' };
  }
  wake();
  return { ok: true };
}

/**
 * The same by the word of two reviewers, who have seen papers: part of the transaction of their
 * decision; call what it returns after it.
 */
export async function beginReviewedWait(
  deps: WaitDependencies,
  session: ClientSession,
  of: { accountId: string; contact: PendingContact; decidedBy: string },
): Promise<() => void> {
  const { accountId, contact, decidedBy: actor } = of;
  const begun = { id: deps.random.id(), accountId, contact };
  const pending = await deps.pending.begin(begun, session);
  const event = { type: 'recovery.wait_begun', actor, subject: accountId } as const;
  await deps.audit.record({ ...event, reason: 'review', result: 'done' }, session);
  return tellOfWait(deps, session, { pending, language: defaultLocale });
}

/** Everybody who can be reached may object now; the proven contact is told when it is time. */
async function tellOfWait(
  deps: Omit<WaitDependencies, 'random'>,
  session: ClientSession,
  { pending, language }: { pending: PendingRecovery; language: Locale },
): Promise<() => void> {
  const { accountId, readyAt, id: pendingId, contact, endsAt } = pending;
  const validSeconds = Math.ceil((endsAt.getTime() - deps.clock.now().getTime()) / 1000);
  const link = async (purpose: 'cancel' | 'continue', path: string) => {
    const token = await deps.linkTokens.issue(
      { purpose, accountId, pendingId, validSeconds },
      session,
    );
    return `${deps.issuer}${path}/${token}`;
  };
  const cancelLink = await link('cancel', recoveryPaths.cancelLink);
  const wake = await deps.notices.recoveryWaiting({ accountId, readyAt, cancelLink }, session);
  const continueLink = await link('continue', recoveryPaths.continueLink);
  await deps.notices.recoveryReady(
    { contact, link: continueLink, notBefore: readyAt, language },
    session,
  );
  return wake;
}

export type CancelOutcome = 'cancelled' | 'over';

/** Whoever got the link says that it was not them. Saying it twice says it once. */
export async function cancelWait(
  deps: RecoveryDependencies,
  link: LinkToken,
  address: string,
): Promise<CancelOutcome> {
  const { accountId, pendingId } = link;
  let wake: (() => void) | undefined;
  const isCancelled = await deps.database.transaction(async (session) => {
    wake = undefined;
    if (!(await deps.pending.cancel(accountId, pendingId, session))) return false;
    const event = { type: 'recovery.cancelled', actor: 'anonymous', subject: accountId } as const;
    await deps.audit.record({ ...event, address, result: 'done' }, session);
    wake = await deps.notices.recoveryCancelled(accountId, session);
    return true;
  });
  wake?.();
  if (isCancelled) return 'cancelled';
  const pending =
    pendingId === undefined ? undefined : await deps.pending.find(accountId, pendingId);
  return pending?.state === 'cancelled' ? 'cancelled' : 'over';
}

export type ContinueState =
  | { state: 'ready'; pending: PendingRecovery }
  | { state: 'early'; readyAt: Date }
  | { state: 'cancelled' | 'over' };

/** What has become of the waiting time that a link leads on from. */
export async function stateOfWait(
  deps: Pick<RecoveryDependencies, 'pending' | 'clock'>,
  { accountId, pendingId }: LinkToken,
): Promise<ContinueState> {
  const pending =
    pendingId === undefined ? undefined : await deps.pending.find(accountId, pendingId);
  if (pending?.state === 'cancelled') return { state: 'cancelled' };
  if (pending?.state !== 'waiting') return { state: 'over' };
  const { readyAt } = pending;
  return readyAt > deps.clock.now() ? { state: 'early', readyAt } : { state: 'ready', pending };
}
