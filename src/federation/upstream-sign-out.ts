// Signing out on both sides: here first, then at the peer if the person asks for it; and here when the peer
// says that the session there has ended.
import { decodeJwt } from 'jose';
import { SIGNED_OUT_PATH } from '../peers/our-addresses.ts';
import type { Peer } from '../peers/peer.ts';
import { askPeer } from './ask-peer.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { TRUSTED_RETURN } from './trusted-return.ts';
import { LOGOUT_REMEMBERED_SECONDS } from './upstream/oidc-logout.ts';
import { registeredPeer, upstreamOfSignIn } from './upstream-peer.ts';
import type { FoundUpstream } from './upstream-peer.ts';
import type { SignInsOf } from './upstream-sign-in-store.ts';

/** Where the session at the peer ends; undefined where there is none, or no such page. */
export async function peerSignOutPage(
  deps: Pick<
    FederationDependencies,
    'peers' | 'resolveTrusted' | 'adapters' | 'upstreamSignIns' | 'issuer'
  >,
  { signInId, state }: { signInId: string; state: string },
): Promise<URL | undefined> {
  const found = await upstreamOfSignIn(deps, signInId);
  if (!found) return undefined;
  const { peer, secrets, signIn } = found;
  const { sessionId, idToken } = signIn;
  const returnTo = `${deps.issuer}${SIGNED_OUT_PATH}`;
  const session = { sessionId, idToken, returnTo, state };
  return deps.adapters[peer.connection.protocol]?.signOutPage({ peer, secrets }, session);
}

export type PeerLogoutOutcome =
  | { ok: true }
  | { ok: false; reason: 'peer_unknown' | 'invalid' | 'replayed' | 'unavailable'; detail: string };

const replayed = { ok: false, reason: 'replayed', detail: 'replayed' } as const;

/** The platform that somebody came from, where she may sign out there, too. */
export function signOutPlaceOf(deps: Parameters<typeof upstreamOfSignIn>[0]) {
  return async (signInId: string): Promise<Peer | undefined> => {
    const found = await upstreamOfSignIn(deps, signInId);
    // Of a chain: one without that address has no such page, and says so.
    const hasPage = found?.chain === undefined || 'endSession' in found.peer.connection.addresses;
    return hasPage ? found?.peer : undefined;
  };
}

type Speaker =
  | ({ ok: true } & FoundUpstream)
  | { ok: false; reason: 'peer_unknown' | 'unavailable'; detail: string };

const UNKNOWN = { ok: false, reason: 'peer_unknown', detail: 'peer_unknown' } as const;

/**
 * Who is to have signed the token: the peer whose address it came to, or, at the address that all platforms
 * of a chain share, the one that it names. Nobody is looked for of whom nobody has come.
 */
async function speakerOf(
  deps: FederationDependencies,
  { peerId, token }: { peerId: string; token: string },
): Promise<Speaker> {
  const { peers, upstreamSignIns, resolveTrusted } = deps;
  if (peerId !== TRUSTED_RETURN) {
    const peer = await peers.requireActive(peerId, 'upstream');
    return peer ? { ok: true, peer, secrets: peers.secretsOf(peer.id) } : UNKNOWN;
  }
  const issuer = issuerNamedIn(token);
  if (issuer === undefined || registeredPeer(peers, issuer)) return UNKNOWN;
  const hasCome = () => upstreamSignIns.hasFrom(issuer);
  const trusted = await resolveTrusted?.(issuer, hasCome);
  if (trusted?.ok !== false) return trusted ?? UNKNOWN;
  const { reason } = trusted.refusal;
  const isLater = reason === 'unreachable' && (await hasCome());
  return isLater ? { ok: false, reason: 'unavailable', detail: reason } : UNKNOWN;
}

/** Not believed before the signature is. */
function issuerNamedIn(token: string): string | undefined {
  try {
    const { iss } = decodeJwt<{ iss: unknown }>(token);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

/** Back-Channel Logout 1.0: what the peer's session had opened here ends within a second or two. */
export async function receivePeerLogout(
  deps: FederationDependencies & {
    isTokenSpent: (id: string) => Promise<boolean>;
    spendToken: (id: string, keptSeconds: number) => Promise<boolean>;
  },
  { peerId, token }: { peerId: string; token: string },
): Promise<PeerLogoutOutcome> {
  const speaker = await speakerOf(deps, { peerId, token });
  if (!speaker.ok) return speaker;
  const { peer, secrets } = speaker;
  const adapter = deps.adapters[peer.connection.protocol];
  if (!adapter?.readLogout) return UNKNOWN;
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
