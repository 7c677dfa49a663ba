// Who decides who may act for an organisation: its representative and its administrators, and for a
// branch or department those of the organisation above it, too.
import type { AccountStore } from '../accounts/account-store.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { MandateStore } from './mandate-store.ts';
import type { Mandate } from './mandate.ts';

interface LeadersDependencies {
  mandates: Pick<MandateStore, 'leaders'>;
  accounts: Pick<AccountStore, 'subAccounts'>;
}

export async function leadersOver(
  deps: LeadersDependencies,
  entityId: string,
  session?: ClientSession,
): Promise<readonly Mandate[]> {
  return (await leadersOverEach(deps, [entityId], session))(entityId);
}

/** The same for many organisations. */
export async function leadersOverEach(
  deps: LeadersDependencies,
  entityIds: readonly string[],
  session?: ClientSession,
): Promise<(entityId: string) => readonly Mandate[]> {
  const parentages = await deps.accounts.subAccounts.among([...new Set(entityIds)], session);
  const parents = new Map(parentages.map(({ id, parentId }) => [id, parentId]));
  const all = [...new Set([...entityIds, ...parents.values()])];
  const leaders = Map.groupBy(await deps.mandates.leaders(all, session), (each) => each.entityId);
  const own = (entityId: string | undefined) =>
    entityId === undefined ? [] : (leaders.get(entityId) ?? []);
  return (entityId) => [...own(entityId), ...own(parents.get(entityId))];
}
