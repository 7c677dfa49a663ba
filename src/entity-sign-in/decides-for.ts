// Whether somebody still decides for an organisation: what it signed in with by him stands on that.
import type { AccountStore } from '../accounts/account-store.ts';
import { mayAppoint } from '../mandates/mandate.ts';
import type { MandateStore } from '../mandates/mandate-store.ts';

export interface DecidesForDependencies {
  accounts: Pick<AccountStore, 'findById'>;
  mandates: Pick<MandateStore, 'between'>;
}

/** A representative or administrator whose own account may be used. */
export async function decidesFor(
  { accounts, mandates }: DecidesForDependencies,
  entityId: string,
  personId: string,
): Promise<boolean> {
  const mandate = await mandates.between(entityId, personId);
  if (!mandate || !mayAppoint(mandate)) return false;
  return (await accounts.findById(personId))?.isActive === true;
}
