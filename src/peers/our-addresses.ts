// Addresses of ours that a platform whose people come here has to know: what its administrators enter there.
import type { Peer } from './peer.ts';

/** Each followed by `/` and the id of the peer, or the one name of all that come by a chain of trust. */
export const pathsForPeers = {
  return: '/federation/return',
  backchannelLogout: '/federation/backchannel-logout',
  events: '/federation/events',
} as const;

/** One for all peers: what comes back there names its own. */
export const SIGNED_OUT_PATH = '/federation/signed-out';

/** `return`: where it sends people back (`redirect_uris`); `signedOut`: where it sends them after a sign-out
 * there (`post_logout_redirect_uris`); `backchannelLogout`: what it tells of ended sessions (OpenID Connect
 * Back-Channel Logout 1.0); `events`: where it sends security event tokens (RFC 8935). */
export type OurAddressUse = 'return' | 'signedOut' | 'backchannelLogout' | 'events';

export interface OurAddress {
  use: OurAddressUse;
  url: string;
}

/** Of peers whose people come here; others have nothing to enter. */
export function ourAddresses(
  issuer: string,
  { id, roles, connection }: Pick<Peer, 'id' | 'roles' | 'connection'>,
): OurAddress[] {
  if (!roles.includes('upstream')) return [];
  const own = (use: keyof typeof pathsForPeers) => ({
    use,
    url: `${issuer}${pathsForPeers[use]}/${id}`,
  });
  const signedOut = { use: 'signedOut', url: `${issuer}${SIGNED_OUT_PATH}` } as const;
  const ofProtocol = connection.protocol === 'oidc' ? [signedOut, own('backchannelLogout')] : [];
  return [own('return'), ...ofProtocol, own('events')];
}
