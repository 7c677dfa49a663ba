// Whom people may come from at this moment: a registered peer, or a platform of the federation whose chain
// of trust holds, by its issuer.
import type { Peer, PeerSecrets } from '../peers/peer.ts';
import type { FederationDependencies } from './federation-deps.ts';

export interface FoundUpstream {
  peer: Peer;
  secrets: PeerSecrets;
}

/** By the chain of trust alone; nothing of it is kept. */
export type ResolveTrusted = (
  issuer: string,
) => Promise<(FoundUpstream & { ok: true }) | { ok: false }>;

type UpstreamDependencies = Pick<FederationDependencies, 'peers' | 'resolveTrusted'>;

/** As the database and the chains have it now. @throws when the database does not answer */
export async function requireUpstream(
  { peers, resolveTrusted }: UpstreamDependencies,
  { peerId, issuer }: { peerId: string; issuer?: string | undefined },
): Promise<FoundUpstream | undefined> {
  const peer = await peers.requireActive(peerId, 'upstream');
  if (peer) return { peer, secrets: peers.secretsOf(peer.id) };
  // One that an officer has registered is trusted as registered, or not at all.
  if (issuer === undefined || peers.find(peerId)) return undefined;
  const trusted = await resolveTrusted?.(issuer);
  return trusted?.ok === true && trusted.peer.id === peerId ? trusted : undefined;
}

/** The registered peer of an issuer, or the platform that the federation vouches for. */
export async function upstreamOfIssuer(
  { peers, resolveTrusted }: UpstreamDependencies,
  issuer: string,
): Promise<Peer | undefined> {
  const registered = peers.all().find((peer) => peer.issuer === issuer);
  if (registered) return peers.active(registered.id, 'upstream');
  const trusted = await resolveTrusted?.(issuer);
  return trusted?.ok === true ? trusted.peer : undefined;
}
