// One attempt to tell a client that a session has ended: the library makes a fresh token for it.
import type { Provider } from 'oidc-provider';

/** @throws what the library or the outgoing request throws. */
export async function issueLogout(
  provider: Provider,
  of: { clientId: string; accountId: string; sid: string },
): Promise<'delivered' | 'no_receiver'> {
  const client = (await provider.Client.find(of.clientId)) as
    | { backchannelLogoutUri?: string; backchannelLogout(sub: string, sid: string): Promise<void> }
    | undefined;
  if (!client?.backchannelLogoutUri) return 'no_receiver';
  await client.backchannelLogout(of.accountId, of.sid);
  return 'delivered';
}
