// What an organisation does with its mandates is told by text messages, which count against a budget of its
// own (notification/sms-sender.ts): what it makes of the city's must not keep others waiting.
import type { AccountStore } from '../accounts/account-store.ts';
import type { MessagePayer } from '../notification/message.ts';
import type { ClientSession } from '../platform/mongo.ts';

interface PayersDependencies {
  accounts: Pick<AccountStore, 'subAccounts'>;
}

/** A branch or department has no budget beside that of the organisation above it. */
export async function payersFor(
  deps: PayersDependencies,
  entityId: string,
  session: ClientSession,
): Promise<readonly MessagePayer[]> {
  return (await payersForEach(deps, [entityId], session))(entityId);
}

/** The same for many organisations. */
export async function payersForEach(
  { accounts }: PayersDependencies,
  entityIds: readonly string[],
  session: ClientSession,
): Promise<(entityId: string) => readonly MessagePayer[]> {
  const parentages = await accounts.subAccounts.among([...new Set(entityIds)], session);
  const parents = new Map(parentages.map(({ id, parentId }) => [id, parentId]));
  return (entityId) => [{ kind: 'organisation', id: parents.get(entityId) ?? entityId }];
}
