// What people may read of a platform: its name, where it has one for them.
import type { Peer } from '../peers/peer.ts';
import type { FederationDependencies } from './federation-deps.ts';
import type { StopReason } from './federation.views.ts';

/** One that people have seen here: what officers still talk over has no name for them. */
export function namedPeer(
  { peers }: { peers: Pick<FederationDependencies['peers'], 'find'> },
  peerId: string,
): Peer | undefined {
  const peer = peers.find(peerId);
  return peer?.state === 'active' || peer?.state === 'suspended' ? peer : undefined;
}

/** Whoever was sent to a platform that has no name here reads what to do without one. */
export function namedReason({
  reason,
  peer,
}: {
  reason: StopReason;
  peer?: Peer | undefined;
}): StopReason {
  return reason === 'suspended' && !peer ? 'unnamed' : reason;
}
