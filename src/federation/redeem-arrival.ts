// What a peer answered: the code or ticket is redeemed once, and what it says is kept for the page that
// asks the person. What goes wrong has a closed reason; of what the peer wrote nothing is shown.
import type { Peer } from '../peers/peer.ts';
import { actorOf } from './arrival.ts';
import type { Arrival, ArrivalPlace, ArrivalResult } from './arrival.ts';
import type { TrustRefusal } from '../federation-trust/trust-refusal.ts';
import { askPeer } from './ask-peer.ts';
import { isOfPlace, returnName } from './begin-arrival.ts';
import { standingResult } from './complete-arrival.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { noteUntrusted } from './note-untrusted.ts';
import { isOvertaken, readArrival, recordDetails } from './read-arrival.ts';
import type { ReadArrival } from './read-arrival.ts';
import { requireUpstream } from './upstream-peer.ts';
import type { FoundUpstream } from './upstream-peer.ts';
import type { UpstreamCallback, UpstreamFailure, UpstreamIdentity } from './upstream-identity.ts';

/**
 * `over`: unknown, expired, of another browser, or used. `suspended`: the peer is not active any more;
 * `not_trusted`: the federation does not vouch for it any more. `changed_there`: the peer has told since that
 * the identity is closed, changed or signed out.
 */
export type RedeemFailure =
  | UpstreamFailure
  | 'over'
  | 'suspended'
  | 'not_trusted'
  | 'changed_there';

export type RedeemOutcome =
  | { ok: true; read: ReadArrival }
  | {
      ok: false;
      reason: RedeemFailure;
      peer: Peer | undefined;
      traceId: string | undefined;
      /** Of `not_trusted`. */
      refusal?: TrustRefusal;
      /** Of `over`: what it has ended in at this very place, as long as that counts. */
      result?: ArrivalResult;
    };

type RedeemDependencies = Pick<
  FederationDependencies,
  | 'peers'
  | 'resolveTrusted'
  | 'adapters'
  | 'health'
  | 'arrivals'
  | 'upstreamNotices'
  | 'upstreamSignIns'
  | 'links'
  | 'mode'
  | 'numberNeeds'
  | 'accounts'
  | 'audit'
  | 'refusals'
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
  if (!found.ok) {
    const { refusal } = found;
    const { traceId } = request;
    if (!refusal) return failed('suspended', deps.peers.find(peerId), traceId);
    await noteUntrusted(deps, { issuer, refusal, address, traceId });
    return { ok: false, reason: 'not_trusted', peer: undefined, traceId, refusal };
  }
  const { peer } = found;
  const { identity } = arrival;
  if (arrival.stage === 'arrived' && identity) {
    return readOrDrop(deps, { arrival, found, identity, address });
  }
  const result = await standingResult(deps, arrival);
  if (result) return { ok: false, reason: 'over', peer, traceId: request.traceId, result };
  if (arrival.stage !== 'away' || !callback) return failed('over', peer, request.traceId);
  return redeem(deps, { arrival, found, callback, address });
}

async function redeem(
  deps: RedeemDependencies,
  of: { arrival: Arrival; found: FoundUpstream; callback: UpstreamCallback; address: string },
): Promise<RedeemOutcome> {
  const { arrival, found, callback, address } = of;
  const { peer } = found;
  const { request } = arrival;
  const { traceId } = request;
  // Whoever moves it first redeems it: a code is shown to the peer once.
  const present = await deps.arrivals.redeem(arrival);
  if (!present) return failed('over', peer, traceId);
  const adapter = deps.adapters[peer.connection.protocol];
  const answer =
    adapter && (await askPeer(deps, peer.id, () => adapter.complete(found, request, callback)));
  const record = { actor: actorOf(arrival), address, details: { peer: peer.id, traceId } };
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
  const kept = { stage: 'arrived', identity, idToken } as const;
  if (!(await deps.arrivals.move(present, kept))) {
    return failed('over', peer, traceId);
  }
  const arrived = { ...present, ...kept, revision: present.revision + 1 };
  const taken = await readOrDrop(deps, { arrival: arrived, found, identity, address });
  if (!taken.ok) return taken;
  const { read } = taken;
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

/** Unless the peer has told something else of it since it said so. */
async function readOrDrop(
  deps: RedeemDependencies,
  of: { arrival: Arrival; found: FoundUpstream; identity: UpstreamIdentity; address: string },
): Promise<RedeemOutcome> {
  const { arrival, found, identity, address } = of;
  const { peer } = found;
  const chain = found.chain?.entities;
  const read = await readArrival(deps, { arrival, peer, identity, chain });
  if (!(await isOvertaken(deps, read))) return { ok: true, read };
  const { traceId } = arrival.request;
  if (await deps.arrivals.move(arrival, { stage: 'done' })) {
    await deps.audit.record({
      type: 'federation.unanswered',
      actor: actorOf(arrival),
      address,
      result: 'refused',
      reason: 'changed_there',
      details: { peer: peer.id, traceId },
    });
  }
  return failed('changed_there', peer, traceId);
}

function failed(reason: RedeemFailure, peer?: Peer, traceId?: string): RedeemOutcome {
  return { ok: false, reason, peer, traceId };
}
