// Several accounts by their ids: asked for in one turn, they share their commands.
import type { Account } from './account.ts';
import type { AccountStore } from './account-store.ts';

/** By id, those that there are. */
export async function findAccounts(
  accounts: Pick<AccountStore, 'findById'>,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, Account>> {
  const found = await Promise.all([...new Set(ids)].map((id) => accounts.findById(id)));
  return new Map(found.flatMap((account) => (account ? [[account.id, account] as const] : [])));
}
