// Who decides who may act for an organisation: its representative and its administrators, and for a
// branch or department those of the organisation above it, too.
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { MandateStore } from './mandate-store.ts';
import type { Mandate } from './mandate.ts';

export async function leadersOver(
  deps: { mandates: Pick<MandateStore, 'leaders'>; accounts: Pick<AccountStore, 'subAccounts'> },
  entityId: string,
  session?: ClientSession,
): Promise<Mandate[]> {
  const own = await deps.mandates.leaders(entityId, session);
  const [parentage] = await deps.accounts.subAccounts.among([entityId], session);
  if (!parentage) return own;
  return [...own, ...(await deps.mandates.leaders(parentage.parentId, session))];
}
