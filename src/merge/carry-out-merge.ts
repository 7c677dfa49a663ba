// Background work: merges whose waiting time is over. One transaction closes the account that was
// registered second and gives what it held to the one that stays; what both had open ends after it,
// also when the process ended in between. Any number of processes may do it side by side.
import type { Account } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { MergedContacts } from '../accounts/merged-account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { MergeNotices } from '../notification/merge-notices.ts';
import type { Logger } from '../platform/logger.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { Overtaken } from '../platform/overtaken.ts';
import type { AccountMerge, AccountMergeStore } from './account-merge-store.ts';
import { areMergeable } from './merge-accounts.ts';

export interface CarryOutMergeDependencies {
  merges: AccountMergeStore;
  accounts: Pick<AccountStore, 'findById' | 'transaction' | 'close' | 'takeOver'>;
  notices: Pick<MergeNotices, 'merged' | 'mergeVoid'>;
  audit: AuditLog;
  logger: Logger;
  holdings: MergeHoldings;
}

/** What other domains keep of the two; given in the composition root. */
export interface MergeHoldings {
  /** In the transaction: what is the person's goes to the account that stays. */
  move(merge: AccountMerge, session: ClientSession): Promise<void>;
  /** After it: sessions and grants of an account end. */
  end(accountId: string): Promise<void>;
}

const BATCH = 50;
const ATTEMPTS = 500;

/** One round; returns how many were carried out. */
export async function mergeDue(deps: CarryOutMergeDependencies): Promise<number> {
  if (!(await deps.merges.isAnyDue())) return 0;
  let count = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const merge = await deps.merges.leaseDue();
    if (!merge) break;
    try {
      if (await carryOut(deps, merge)) count += 1;
    } catch (error) {
      // Its lease keeps it away for a while; the others go on.
      deps.logger.error({ err: error, merge: merge.id }, 'a merge was not carried out');
    }
  }
  for (const merge of await deps.merges.toSettle(BATCH)) await settle(deps, merge);
  return count;
}

async function settle(deps: CarryOutMergeDependencies, merge: AccountMerge): Promise<void> {
  await deps.holdings.end(merge.registrantId);
  await deps.holdings.end(merge.holderId);
  await deps.merges.settled(merge.id);
}

async function carryOut(deps: CarryOutMergeDependencies, merge: AccountMerge): Promise<boolean> {
  // Before it too: whoever is signed in to either must not go on between the commit and the end.
  await deps.holdings.end(merge.registrantId);
  const tell = await inTransaction(deps, merge);
  if (tell) {
    tell();
    await settle(deps, merge);
    return true;
  }
  await makeVoid(deps, merge);
  return false;
}

/** Undefined when one of the two is not what it was; nothing was written then. */
async function inTransaction(
  deps: CarryOutMergeDependencies,
  merge: AccountMerge,
): Promise<(() => void) | undefined> {
  const { accounts, merges, audit, notices, holdings } = deps;
  const { registrantId, holderId, proof } = merge;
  let told: (() => void)[] = [];
  try {
    await accounts.transaction(async (session) => {
      told = [];
      if (!(await merges.end(merge, { state: 'done' }, session)))
        throw new Overtaken('it has ended');
      const [registrant, holder] = await Promise.all([
        accounts.findById(registrantId),
        accounts.findById(holderId),
      ]);
      if (!registrant || !holder) throw new Overtaken('an account is gone');
      const isStill = await isStillSame(deps, { merge, registrant, holder }, session);
      if (!isStill) throw new Overtaken('an account is not what it was');
      // Told first: its contacts leave with it.
      told.push(await notices.merged({ accountId: registrantId, isEnded: true }, session));
      told.push(await notices.merged({ accountId: holderId, isEnded: false }, session));
      const by = { actor: 'system', reason: 'merge', within: session };
      const closed = await accounts.close(registrantId, by);
      if (!closed.ok || closed.account.revision !== registrant.revision + 1) {
        throw new Overtaken('the account has changed');
      }
      const to = {
        revision: holder.revision,
        contacts: contactsFor(merge, registrant, holder),
        formerIds: [registrantId, ...registrant.formerIds],
      };
      const taken = await accounts.takeOver(holderId, to, by);
      if (!taken.ok || !taken.hasChanged) throw new Overtaken('the account has changed');
      await holdings.move(merge, session);
      const details = { registrant: registrantId };
      const event = { type: 'merge.completed', actor: 'system', subject: holderId } as const;
      await audit.record({ ...event, result: 'done', reason: proof, details }, session);
    });
  } catch (error) {
    if (error instanceof Overtaken) return undefined;
    throw error;
  }
  return () => {
    for (const tell of told) tell();
  };
}

async function isStillSame(
  { merges }: CarryOutMergeDependencies,
  of: { merge: AccountMerge; registrant: Account; holder: Account },
  session: ClientSession,
): Promise<boolean> {
  const { merge, registrant, holder } = of;
  if (!areMergeable(registrant, holder)) return false;
  const { certificate } = holder;
  const opaqueId = holder.attribute('opaqueId')?.value;
  return merges.isOf(merge.id, { certificate, opaqueId }, session);
}

/**
 * Who signed in to the account that stays has its contacts; the other's fill what is missing. Who
 * could not is reached by those that were proven with the second account.
 */
function contactsFor(
  { proof }: AccountMerge,
  registrant: Account,
  holder: Account,
): MergedContacts {
  const isNewer = proof === 'review';
  const take = (name: 'phone' | 'email') => {
    const own = registrant.attribute(name);
    const kept = holder.attribute(name);
    if (own?.verifiedAt === undefined) return undefined;
    return isNewer || kept?.verifiedAt === undefined ? own.value : undefined;
  };
  return { phone: take('phone'), email: take('email') };
}

async function makeVoid(deps: CarryOutMergeDependencies, merge: AccountMerge): Promise<void> {
  let told: (() => void)[] = [];
  await deps.accounts.transaction(async (session) => {
    told = [];
    if (!(await deps.merges.end(merge, { state: 'void' }, session))) return;
    const details = { registrant: merge.registrantId };
    const event = { type: 'merge.voided', actor: 'system', subject: merge.holderId } as const;
    await deps.audit.record({ ...event, result: 'refused', details }, session);
    for (const accountId of [merge.holderId, merge.registrantId]) {
      told.push(await deps.notices.mergeVoid(accountId, session));
    }
  });
  for (const tell of told) tell();
}
