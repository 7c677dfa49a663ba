// What an organisation does with its mandates is told by text messages, which count against a budget of its
// own (notification/sms-sender.ts): what it makes of the city's must not keep others waiting.
import type { AccountStore } from '../accounts/account-store.ts';
import type { MessagePayer } from '../notification/message.ts';
import type { ClientSession } from '../platform/mongo.ts';

/** A branch or department has no budget beside that of the organisation above it. */
export async function payersFor(
  { accounts }: { accounts: Pick<AccountStore, 'subAccounts'> },
  entityId: string,
  session: ClientSession,
): Promise<readonly MessagePayer[]> {
  const [parentage] = await accounts.subAccounts.among([entityId], session);
  return [{ kind: 'organisation', id: parentage?.parentId ?? entityId }];
}
