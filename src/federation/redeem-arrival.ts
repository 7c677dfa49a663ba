// What a peer answered: the code or ticket is redeemed once, and what it says is kept for the page that
// asks the person. What goes wrong has a closed reason; of what the peer wrote nothing is shown.
import type { Peer } from '../peers/peer.ts';
import type { Arrival, ArrivalPlace } from './arrival.ts';
import { askPeer } from './ask-peer.ts';
import { isOfPlace, returnName } from './begin-arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { readArrival, recordDetails } from './read-arrival.ts';
import type { ReadArrival } from './read-arrival.ts';
import { requireUpstream } from './upstream-peer.ts';
import type { FoundUpstream } from './upstream-peer.ts';
import type { UpstreamCallback, UpstreamFailure } from './upstream-identity.ts';

/** `over`: unknown, expired, of another browser, or used. `suspended`: the peer is not trusted any more. */
export type RedeemFailure = UpstreamFailure | 'over' | 'suspended';

export type RedeemOutcome =
  | { ok: true; read: ReadArrival }
  | { ok: false; reason: RedeemFailure; peer: Peer | undefined; traceId: string | undefined };

type RedeemDependencies = Pick<
  FederationDependencies,
  | 'peers'
  | 'resolveTrusted'
  | 'adapters'
  | 'health'
  | 'arrivals'
  | 'links'
  | 'mode'
  | 'accounts'
  | 'audit'
  | 'clock'
  | 'logger'
>;

/**
 * Where what came back belongs. Nothing of it is kept yet: whose browser brought it is known only there, and
 * an answer in the wrong browser would sign its owner in for whoever began it.
 */
export async function placeOfAnswer(
  { arrivals }: Pick<FederationDependencies, 'arrivals'>,
  { peerId, state }: { peerId: string; state: string },
): Promise<ArrivalPlace | undefined> {
  const arrival = await arrivals.find(state);
  return arrival && returnName(arrival.peerId) === peerId ? arrival.place : undefined;
}

export interface Redeeming {
  state: string;
  /** Proven by the browser: its interaction, or its session of the account centre. */
  place: ArrivalPlace;
  address: string;
  /** What this browser has brought back; absent: it was taken up before. */
  callback?: UpstreamCallback | undefined;
}

/** Redeems it, or takes up what was redeemed before. A second answer to a state counts as none. */
export async function redeemArrival(
  deps: RedeemDependencies,
  { state, place, address, callback }: Redeeming,
): Promise<RedeemOutcome> {
  const arrival = await deps.arrivals.find(state);
  if (!arrival || !isOfPlace(arrival, place)) return failed('over');
  const { peerId, issuer, request } = arrival;
  const found = await requireUpstream(deps, { peerId, issuer });
  if (!found) return failed('suspended', deps.peers.find(peerId), request.traceId);
  const { peer } = found;
  const { identity } = arrival;
  if (arrival.stage === 'arrived' && identity) {
    return { ok: true, read: await readArrival(deps, { arrival, peer, identity }) };
  }
  if (arrival.stage !== 'away' || !callback) return failed('over', peer, request.traceId);
  return redeem(deps, { arrival, found, callback, address });
}

async function redeem(
  deps: RedeemDependencies,
  of: { arrival: Arrival; found: FoundUpstream; callback: UpstreamCallback; address: string },
): Promise<RedeemOutcome> {
  const { arrival, found, callback, address } = of;
  const { peer } = found;
  const { request, place } = arrival;
  const { traceId } = request;
  // Whoever moves it first redeems it: a code is shown to the peer once.
  if (!(await deps.arrivals.move(arrival, { stage: 'redeeming' }))) {
    return failed('over', peer, traceId);
  }
  const adapter = deps.adapters[peer.connection.protocol];
  const answer =
    adapter && (await askPeer(deps, peer.id, () => adapter.complete(found, request, callback)));
  const actor = place.kind === 'link' ? place.accountId : 'anonymous';
  const record = { actor, address, details: { peer: peer.id, traceId } };
  if (!answer?.ok) {
    const { reason, detail } = answer ?? { reason: 'unavailable' as const, detail: 'no_adapter' };
    deps.logger.warn({ ...record.details, reason, detail }, 'a peer gave no identity');
    await deps.audit.record({
      type: 'federation.unanswered',
      ...record,
      result: 'refused',
      reason: `${reason}:${detail}`,
    });
    return failed(reason, peer, traceId);
  }
  const { identity, idToken } = answer;
  const present = { ...arrival, stage: 'redeeming' as const, revision: arrival.revision + 1 };
  const kept = { stage: 'arrived', identity, idToken } as const;
  if (!(await deps.arrivals.move(present, kept))) {
    return failed('over', peer, traceId);
  }
  const read = await readArrival(deps, {
    arrival: { ...present, ...kept, revision: present.revision + 1 },
    peer,
    identity,
  });
  await deps.audit.record({
    type: 'federation.answered',
    ...record,
    level: read.capped.level,
    result: 'done',
    reason: read.decision.outcome,
    details: recordDetails(read),
  });
  return { ok: true, read };
}

function failed(reason: RedeemFailure, peer?: Peer, traceId?: string): RedeemOutcome {
  return { ok: false, reason, peer, traceId };
}
