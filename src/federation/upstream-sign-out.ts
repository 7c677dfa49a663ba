// Signing out on both sides: here first, then at the peer if the person asks for it; and here when the peer
// says that the session there has ended.
import { SIGNED_OUT_PATH } from '../peers/our-addresses.ts';
import type { Peer } from '../peers/peer.ts';
import { askPeer } from './ask-peer.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { LOGOUT_REMEMBERED_SECONDS } from './upstream/oidc-logout.ts';
import type { SignInsOf } from './upstream-sign-in-store.ts';

/** Where the session at the peer ends; undefined where there is none, or no such page. */
export async function peerSignOutPage(
  deps: Pick<FederationDependencies, 'peers' | 'adapters' | 'upstreamSignIns' | 'issuer'>,
  { signInId, state }: { signInId: string; state: string },
): Promise<URL | undefined> {
  const signIn = await deps.upstreamSignIns.find(signInId);
  const peer = signIn && deps.peers.active(signIn.peerId, 'upstream');
  if (!peer) return undefined;
  const secrets = deps.peers.secretsOf(peer.id);
  const { sessionId, idToken } = signIn;
  const returnTo = `${deps.issuer}${SIGNED_OUT_PATH}`;
  const session = { sessionId, idToken, returnTo, state };
  return deps.adapters[peer.connection.protocol]?.signOutPage({ peer, secrets }, session);
}

export type PeerLogoutOutcome =
  | { ok: true }
  | { ok: false; reason: 'peer_unknown' | 'invalid' | 'replayed' | 'unavailable'; detail: string };

const replayed = { ok: false, reason: 'replayed', detail: 'replayed' } as const;

/** Back-Channel Logout 1.0: what the peer's session had opened here ends within a second or two. */
export async function receivePeerLogout(
  deps: FederationDependencies & {
    isTokenSpent: (id: string) => Promise<boolean>;
    spendToken: (id: string, keptSeconds: number) => Promise<boolean>;
  },
  { peerId, token }: { peerId: string; token: string },
): Promise<PeerLogoutOutcome> {
  const peer = await deps.peers.requireActive(peerId, 'upstream');
  const adapter = peer && deps.adapters[peer.connection.protocol];
  if (!peer || !adapter?.readLogout)
    return { ok: false, reason: 'peer_unknown', detail: 'peer_unknown' };
  const secrets = deps.peers.secretsOf(peer.id);
  const ask = adapter.readLogout.bind(adapter, { peer, secrets }, token);
  const logout = await askPeer(deps, peer.id, ask);
  if (!logout.ok) {
    const reason = logout.reason === 'unavailable' ? 'unavailable' : 'invalid';
    return { ok: false, reason, detail: logout.detail };
  }
  const id = `${peer.id} ${logout.tokenId}`;
  if (await deps.isTokenSpent(id)) return replayed;
  const { sessionId, subject } = logout;
  const { issuer } = peer;
  await deps.upstreamNotices.note({ issuer, subject }, { what: 'ended', sessionId });
  const ended = await endedBy(deps, peer, logout);
  for (const of of ended) await deps.upstreamSignIns.markEnded(of);
  // Last: a token that is refused for another reason, or that we fail upon, must not use up its id.
  if (!(await deps.spendToken(id, LOGOUT_REMEMBERED_SECONDS))) return replayed;
  await deps.audit.record({
    type: 'federation.signed_out',
    actor: 'system',
    result: 'done',
    reason: ended.length > 0 ? 'session_ended' : 'nobody_here',
    details: { peer: peer.id },
  });
  return { ok: true };
}

async function endedBy(
  { links }: Pick<FederationDependencies, 'links'>,
  { id: peerId, issuer }: Peer,
  { sessionId, subject }: { sessionId?: string | undefined; subject?: string | undefined },
): Promise<SignInsOf[]> {
  const link = subject === undefined ? undefined : await links.findLive({ issuer, subject });
  if (sessionId === undefined) return link ? [{ linkId: link.id }] : [];
  const ofPeer = { peerId, sessionId };
  return link ? [ofPeer, { linkId: link.id, sessionId }] : [ofPeer];
}
