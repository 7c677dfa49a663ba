// Sends a person to a peer: what has to come back is kept here, sealed; nothing of the person goes along.
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import { newTraceId } from '../oidc/claims/upstream-hints.ts';
import { askPeer } from './ask-peer.ts';
import type { Arrival, ArrivalPlace } from './arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { noteUntrusted } from './note-untrusted.ts';
import { isTrustedPeerId, TRUSTED_RETURN } from './trusted-return.ts';
import { pathsForPeers } from '../peers/our-addresses.ts';
import { requireUpstream } from './upstream-peer.ts';
import type { UpstreamRequest } from './upstream-identity.ts';

/**
 * The last part of the address that people come back to from a peer: its id; one for all that a chain of
 * trust gives, which we publish before we know them. Their answers name who gave them (RFC 9207).
 */
export function returnName(peerId: string): string {
  return isTrustedPeerId(peerId) ? TRUSTED_RETURN : peerId;
}

export type BeginOutcome =
  | { ok: true; page: URL; state: string }
  | { ok: false; reason: 'peer_unknown' | 'unavailable'; traceId: string }
  | { ok: false; reason: 'not_trusted'; refusal: TrustRefusal; traceId: string };

export interface WantedArrival extends Pick<
  UpstreamRequest,
  'neededLevel' | 'isForced' | 'maxAgeSeconds' | 'isRegistration'
> {
  peerId: string;
  /** Of a platform that nobody has registered here. */
  issuer?: string | undefined;
  place: ArrivalPlace;
  /** Of the request that began it, where a peer of ours has given one; else a new one. */
  traceId?: string | undefined;
  clientId?: string | undefined;
  address: string;
}

export type BeginDependencies = Pick<
  FederationDependencies,
  | 'peers'
  | 'resolveTrusted'
  | 'adapters'
  | 'health'
  | 'arrivals'
  | 'audit'
  | 'refusals'
  | 'random'
  | 'issuer'
  | 'logger'
>;

export async function beginArrival(
  deps: BeginDependencies,
  wanted: WantedArrival,
): Promise<BeginOutcome> {
  const { peerId, issuer, place, clientId, address, traceId: given, ...asked } = wanted;
  const traceId = given ?? newTraceId(deps);
  const found = await requireUpstream(deps, { peerId, issuer });
  if (!found.ok) {
    const { refusal } = found;
    if (!refusal || issuer === undefined) return { ok: false, reason: 'peer_unknown', traceId };
    await noteUntrusted(deps, { issuer, refusal, address, traceId, clientId });
    return { ok: false, reason: 'not_trusted', refusal, traceId };
  }
  const adapter = deps.adapters[found.peer.connection.protocol];
  if (!adapter) return { ok: false, reason: 'peer_unknown', traceId };
  // Whoever left a session open there would come back at once, as if just signed in.
  if (asked.isForced === true && adapter.canForce !== true) {
    return { ok: false, reason: 'unavailable', traceId };
  }
  const { peer } = found;
  const request: UpstreamRequest = {
    state: deps.random.id(256),
    redirectUri: `${deps.issuer}${pathsForPeers.return}/${returnName(peer.id)}`,
    nonce: deps.random.id(256),
    codeVerifier: deps.random.id(256),
    ...asked,
    traceId,
  };
  const begun = await askPeer(deps, peer.id, () => adapter.begin(found, request));
  const details = { peer: peer.id, traceId };
  const record = {
    actor: place.kind === 'link' ? place.accountId : 'anonymous',
    address,
    ...(clientId === undefined ? {} : { clientId }),
    details,
  };
  if (!begun.ok) {
    deps.logger.warn({ ...details, reason: begun.detail }, 'a peer could not be asked');
    await deps.audit.record({
      type: 'federation.unanswered',
      ...record,
      result: 'refused',
      reason: begun.reason,
    });
    return { ok: false, reason: 'unavailable', traceId };
  }
  await deps.arrivals.insert({ peerId: peer.id, issuer: peer.issuer, place, request });
  await deps.audit.record({ type: 'federation.begun', ...record, result: 'done' });
  return { ok: true, page: begun.page, state: request.state };
}

/** True where the browser of this place has begun it. */
export function isOfPlace({ place }: Pick<Arrival, 'place'>, here: ArrivalPlace): boolean {
  if (place.kind === 'sign_in') return here.kind === 'sign_in' && place.uid === here.uid;
  return here.kind === 'link' && place.accountId === here.accountId && place.sid === here.sid;
}
