// The steps of a merge before it is carried out: the other account is proven, everybody who can be
// reached is told and may stop it. What nobody may learn is why one could not begin.
import { PERSON_PRESENT_LEVEL, VERIFIED_LEVEL } from '../accounts/account.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Certificate } from '../accounts/identity-number.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { BudgetStore } from '../credentials/budget-store.ts';
import type { MergeNotices } from '../notification/merge-notices.ts';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { Random } from '../platform/random.ts';
import { MERGE_WAIT_SECONDS } from './account-merge-store.ts';
import type {
  AccountMerge,
  AccountMergeStore,
  MergePair,
  MergeProof,
} from './account-merge-store.ts';

export interface MergeDependencies {
  merges: AccountMergeStore;
  accounts: Pick<AccountStore, 'findById' | 'transaction'>;
  notices: Pick<MergeNotices, 'mergeWaiting' | 'mergeStopped'>;
  budgets: BudgetStore;
  audit: AuditLog;
  clock: Clock;
  random: Random;
  issuer: string;
}

export const STOP_PATH = '/account-merge/stop';

/** Of one holder in a month: each of them worries its owner. */
const WAITS = { attempts: 3, windowSeconds: 30 * 86_400 };

export type ProveMergeOutcome = { ok: true } | { ok: false; reason: 'not_completed' };

/** The visitor has signed in to the other account, second factor included. */
export async function proveOtherAccount(
  deps: MergeDependencies,
  given: { token: string; account: Account; address: string },
): Promise<ProveMergeOutcome> {
  const { token, account, address } = given;
  const known = await deps.merges.findByToken(token, account.id);
  const refuse = async (reason: string): Promise<ProveMergeOutcome> => {
    await deps.audit.record({
      type: 'merge.refused',
      actor: account.id,
      address,
      result: 'refused',
      reason,
    });
    return { ok: false, reason: 'not_completed' };
  };
  if (!known) return refuse('token_unknown');
  const rule = { ...WAITS, key: `merge-waits:${account.id}` };
  const taken = await deps.budgets.reserve([rule]);
  if (!taken.ok) return refuse('too_often');
  let told: () => void = () => undefined;
  try {
    await deps.accounts.transaction(async (session) => {
      const merge = await deps.merges.findByToken(token, account.id, session);
      const by = { actor: account.id, address, proof: 'credential' } as const;
      const begun = merge && (await beginWait(deps, { merge, by }, session));
      if (!begun) throw new Overtaken('the merge has begun, or is not offered any more');
      told = begun;
    });
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    await deps.budgets.giveBack(taken.reservations);
    return refuse('not_as_it_was');
  }
  told();
  return { ok: true };
}

/**
 * Two reviewers have approved what the registrant sent; in the transaction of their decision.
 * Undefined: the accounts are not what they have to be, or a merge waits already.
 */
export async function beginReviewedMerge(
  deps: MergeDependencies,
  of: MergePair & { certificate: Certificate; decidedBy: string },
  session: ClientSession,
): Promise<(() => void) | undefined> {
  const { decidedBy, ...pair } = of;
  await deps.merges.offer({ ...pair, source: 'review' }, session);
  const merge = await deps.merges.offeredTo(of.registrantId, session);
  const by = { actor: decidedBy, proof: 'review' } as const;
  return merge && beginWait(deps, { merge, by }, session);
}

async function beginWait(
  deps: MergeDependencies,
  of: { merge: AccountMerge; by: { actor: string; address?: string; proof: MergeProof } },
  session: ClientSession,
): Promise<(() => void) | undefined> {
  const { merge, by } = of;
  const { registrantId, holderId } = merge;
  const [registrant, holder] = await Promise.all([
    deps.accounts.findById(registrantId),
    deps.accounts.findById(holderId),
  ]);
  if (!registrant || !holder || !areMergeable(registrant, holder)) return undefined;
  const readyAt = secondsFromNow(deps.clock, MERGE_WAIT_SECONDS);
  const stop = { registrant: deps.random.id(128), holder: deps.random.id(128) };
  const to = { proof: by.proof, readyAt, stopTokens: Object.values(stop) };
  if (!(await deps.merges.begin(merge, to, session))) return undefined;
  const { actor, address, proof } = by;
  await deps.audit.record(
    {
      type: 'merge.begun',
      actor,
      subject: holderId,
      address,
      result: 'done',
      reason: proof,
      details: { registrant: registrantId },
    },
    session,
  );
  const link = (token: string) => `${deps.issuer}${STOP_PATH}/${token}`;
  const told = [
    await deps.notices.mergeWaiting(
      { accountId: holderId, readyAt, stopLink: link(stop.holder) },
      session,
    ),
    await deps.notices.mergeWaiting(
      { accountId: registrantId, readyAt, stopLink: link(stop.registrant) },
      session,
    ),
  ];
  return () => {
    for (const tell of told) tell();
  };
}

/** Two people's accounts that are in use, one of them verified in person and the other not at all. */
export function areMergeable(registrant: Account, holder: Account): boolean {
  const inUse = [registrant, holder].every(
    (each) => each.isActive && !each.isClosing && each.kind === 'naturalPerson',
  );
  const { id, realNameLevel } = registrant;
  return (
    inUse &&
    id !== holder.id &&
    realNameLevel < VERIFIED_LEVEL &&
    holder.realNameLevel >= PERSON_PRESENT_LEVEL
  );
}

/** Whoever got the link, or is signed in to either account, says that it is not wanted. */
export async function stopMerge(
  deps: Pick<MergeDependencies, 'merges' | 'accounts' | 'audit' | 'notices'>,
  merge: AccountMerge,
  by: { actor: string; address: string },
): Promise<boolean> {
  let told: (() => void)[] = [];
  const isStopped = await deps.accounts.transaction(async (session) => {
    told = [];
    if (!(await deps.merges.end(merge, { state: 'stopped' }, session))) return false;
    const details = { registrant: merge.registrantId };
    const event = { type: 'merge.stopped', subject: merge.holderId, ...by } as const;
    await deps.audit.record({ ...event, result: 'done', details }, session);
    for (const accountId of [merge.holderId, merge.registrantId]) {
      told.push(await deps.notices.mergeStopped(accountId, session));
    }
    return true;
  });
  for (const tell of told) tell();
  return isStopped;
}
