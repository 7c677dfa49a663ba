// Merges of accounts with what other domains keep of the two: what is the person's goes to the account
// that stays, everything else ends with the other (docs/decisions).
import { LinkStore } from '../federation/link-store.ts';
import { openMerge } from '../merge/open-merge.ts';
import type { AccountMerge } from '../merge/account-merge-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import { LinkTokenStore } from '../recovery/link-token-store.ts';
import { PendingRecoveryStore } from '../recovery/pending-recovery-store.ts';
import { StockAccountStore } from '../stock-accounts/stock-account-store.ts';
import type { Domains } from './domains.ts';

const OPEN: ReadonlySet<string> = new Set(['waiting', 'more_needed']);

export function openMerging(domains: Domains) {
  const { ending, revocation, credentials } = domains;
  return openMerge({
    ...domains,
    budgets: credentials.budgets,
    notices: domains.notification.mergeNotices,
    holdings: {
      move: (merge, session) => move(domains, merge, session),
      async end(accountId) {
        await ending.endAllOfAccount(accountId, { reason: 'account_unavailable', actor: 'system' });
        await revocation.revokeOfAccount(accountId, 'account_unavailable');
      },
    },
  });
}

async function move(domains: Domains, merge: AccountMerge, session: ClientSession): Promise<void> {
  const { registrantId, holderId, proof } = merge;
  await moveMandates(domains, merge, session);
  await new StockAccountStore(domains).rebind(registrantId, holderId, session);
  await new LinkStore(domains).rebind(registrantId, holderId, session);
  const { desk } = domains.review;
  for (const { id, state } of await desk.statusOf(registrantId)) {
    if (!OPEN.has(state)) continue;
    await desk.withdraw(id, registrantId, session);
    await domains.evidenceFiles.caseWithdrawn(id, session);
  }
  const links = new LinkTokenStore(domains);
  const pending = new PendingRecoveryStore(domains);
  for (const accountId of [registrantId, holderId]) {
    await links.revoke(accountId, session);
    await pending.cancel(accountId, undefined, session);
  }
  if (proof === 'review') await moveWayIn(domains, merge, session);
}

/** One the person has in the other account already stays as it is there. */
async function moveMandates(
  domains: Domains,
  { registrantId, holderId }: AccountMerge,
  session: ClientSession,
): Promise<void> {
  const { mandates, authorizations } = domains;
  for (const { id, ...mandate } of await mandates.ofHolder(registrantId)) {
    if (!(await mandates.end(id, 'account_merged', session))) continue;
    await authorizations.endOfMandates([id], 'account_merged', session);
    const moved = await mandates.grant({ ...mandate, holderId }, session);
    const [same] = moved ? [moved] : await mandates.same({ ...mandate, holderId }, session);
    if (same) await mandates.rename(id, same.id, session);
  }
}

/** Who could not sign in to the account that stays signs in as in the other; what was lost ends. */
async function moveWayIn(
  { credentials, clock }: Domains,
  { registrantId, holderId }: AccountMerge,
  session: ClientSession,
): Promise<void> {
  const { passwords, totp, passkeys, recoveryCodes, devices } = credentials;
  await devices.forgetAll(holderId, session);
  await totp.erase(holderId, session);
  await passkeys.erase(holderId, session);
  await recoveryCodes.erase(holderId, session);
  const own = await passwords.find(registrantId);
  if (!own) {
    await passwords.erase(holderId, session);
    return;
  }
  const { hash, mustChange } = own;
  await passwords.set(holderId, { hash, changedAt: clock.now(), mustChange }, session);
}
