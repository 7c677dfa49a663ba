// Whom it concerns what an account holds: the person, or those who may act for the organisation.
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { MandateStore } from './mandate-store.ts';

/** Account ids, each once. */
export async function peopleBehind(
  deps: { accounts: Pick<AccountStore, 'findById'>; mandates: Pick<MandateStore, 'leaders'> },
  holderId: string,
  session?: ClientSession,
): Promise<string[]> {
  const holder = await deps.accounts.findById(holderId);
  if (holder?.kind !== 'legalEntity') return [holderId];
  const leaders = await deps.mandates.leaders(holderId, session);
  return [...new Set(leaders.map((each) => each.holderId))];
}
