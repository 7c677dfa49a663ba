// Whom people may come from at this moment: a registered peer, or a platform of the federation whose chain
// of trust holds, by its issuer.
import type { MaySearch } from '../federation-trust/trust-resolver.ts';
import type { TrustChain } from '../federation-trust/trust-chain.ts';
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import type { Peer, PeerSecrets } from '../peers/peer.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { within } from './upstream/time-limit.ts';
import type { UpstreamSignIn } from './upstream-sign-in-store.ts';

/** Who signs out does not wait for the platforms of a chain. */
const LONGEST_AT_SIGN_OUT_MS = 3000;

export interface FoundUpstream {
  peer: Peer;
  secrets: PeerSecrets;
  /** By which it counts; absent where it is registered. */
  chain?: Pick<TrustChain, 'entities'>;
}

/** `refusal`: why the federation does not vouch for it; absent for what is registered, or unknown. */
export type Upstream<Found> = ({ ok: true } & Found) | { ok: false; refusal?: TrustRefusal };

/** By the chain of trust alone: it is registered nowhere here. */
export type ResolveTrusted = (
  issuer: string,
  maySearch?: MaySearch,
) => Promise<(FoundUpstream & { ok: true }) | { ok: false; refusal: TrustRefusal }>;

type UpstreamDependencies = Pick<FederationDependencies, 'peers' | 'resolveTrusted'>;

/** As the database and the chains have it now. @throws when the database does not answer */
export async function requireUpstream(
  { peers, resolveTrusted }: UpstreamDependencies,
  { peerId, issuer }: { peerId: string; issuer?: string | undefined },
): Promise<Upstream<FoundUpstream>> {
  const peer = await peers.requireActive(peerId, 'upstream');
  if (peer) return { ok: true, peer, secrets: peers.secretsOf(peer.id) };
  // Trusted as registered, or not at all.
  if (issuer === undefined || peers.find(peerId) || registeredPeer(peers, issuer)) {
    return { ok: false };
  }
  const trusted = await resolveTrusted?.(issuer);
  if (trusted?.ok === false) return trusted;
  return trusted?.peer.id === peerId ? trusted : { ok: false };
}

/** The registered peer of an issuer, or the platform that the federation vouches for. */
export async function upstreamOfIssuer(
  { peers, resolveTrusted }: UpstreamDependencies,
  issuer: string,
  maySearch?: MaySearch,
): Promise<Upstream<{ peer: Peer }>> {
  const registered = registeredPeer(peers, issuer);
  if (registered) {
    const peer = peers.active(registered.id, 'upstream');
    return peer ? { ok: true, peer } : { ok: false };
  }
  return (await resolveTrusted?.(issuer, maySearch)) ?? { ok: false };
}

/** Whom somebody came from who is signed in; undefined where that one counts no more, or does not answer. */
export async function upstreamOfSignIn(
  deps: UpstreamDependencies & Pick<FederationDependencies, 'upstreamSignIns'>,
  signInId: string,
): Promise<(FoundUpstream & { signIn: UpstreamSignIn }) | undefined> {
  const signIn = await deps.upstreamSignIns.find(signInId);
  if (!signIn) return undefined;
  const { peerId, chain } = signIn;
  const peer = deps.peers.active(peerId, 'upstream');
  if (peer) return { peer, secrets: deps.peers.secretsOf(peer.id), signIn };
  const [issuer] = chain ?? [];
  if (issuer === undefined) return undefined;
  // A sign-out here goes on whatever becomes of this.
  const asked = requireUpstream(deps, { peerId, issuer }).catch(() => ({ ok: false }) as const);
  const trusted = await within(LONGEST_AT_SIGN_OUT_MS, asked, { ok: false });
  return trusted.ok ? { ...trusted, signIn } : undefined;
}

/** In whatever state: one that an officer has registered is trusted by no chain. */
export function registeredPeer(
  peers: Pick<FederationDependencies['peers'], 'all'>,
  issuer: string,
): Peer | undefined {
  return peers.all().find((peer) => peer.issuer === issuer);
}
