// Whom it concerns what an account holds: the person, or those who may act for the organisation.
import type { AccountStore } from '../accounts/account-store.ts';
import { findAccounts } from '../accounts/find-accounts.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { MandateStore } from './mandate-store.ts';

interface PeopleDependencies {
  accounts: Pick<AccountStore, 'findById'>;
  mandates: Pick<MandateStore, 'leaders'>;
}

/** Account ids, each once. */
export async function peopleBehind(
  deps: PeopleDependencies,
  holderId: string,
  session?: ClientSession,
): Promise<readonly string[]> {
  return (await peopleBehindEach(deps, [holderId], session))(holderId);
}

/** The same for many holders. */
export async function peopleBehindEach(
  deps: PeopleDependencies,
  holderIds: readonly string[],
  session?: ClientSession,
): Promise<(holderId: string) => readonly string[]> {
  const holders = await findAccounts(deps.accounts, holderIds);
  const organisations = new Map<string, Set<string>>();
  for (const { id, kind } of holders.values()) {
    if (kind === 'legalEntity') organisations.set(id, new Set());
  }
  for (const leader of await deps.mandates.leaders([...organisations.keys()], session)) {
    organisations.get(leader.entityId)?.add(leader.holderId);
  }
  return (holderId) => [...(organisations.get(holderId) ?? [holderId])];
}
