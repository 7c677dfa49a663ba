// An event that a peer brings, or that was fetched from it: checked, and followed once.
import type { AuditLog } from '../audit/audit-log.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { Peer } from '../peers/peer.ts';
import type { PeerKeys } from '../federation/upstream/peer-keys.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { EventRefusal } from './event-delivery-error.ts';
import { followPeerEvent } from './follow-peer-event.ts';
import type { FollowedChanges } from './follow-peer-event.ts';
import { readPeerEvent } from './peer-event.ts';
import type { PeerEvent } from './peer-event.ts';
import type { ReceivedEventStore } from './received-event-store.ts';

export interface ReceivePeerEventDependencies {
  peers: Pick<PeerDirectory, 'requireActive'>;
  keysOf: PeerKeys;
  received: ReceivedEventStore;
  changes: FollowedChanges;
  audit: AuditLog;
  clock: Clock;
  logger: Logger;
}

const LATER = 'try again later';

/** Undefined: taken, whether or not it did anything. */
export async function receivePeerEvent(
  deps: ReceivePeerEventDependencies,
  { peerId, token }: { peerId: string; token: string },
): Promise<EventRefusal | undefined> {
  // Whether there is no such peer or it is suspended concerns nobody outside.
  const peer = await deps.peers.requireActive(peerId, 'upstream');
  if (!peer) return { status: 403, err: 'access_denied', description: 'not a peer of ours' };
  const keys = await deps.keysOf(peer);
  if (!keys) return { status: 503, err: 'invalid_key', description: 'your keys were not read' };
  const read = await readPeerEvent(peer, token, { keys, clock: deps.clock });
  if (!read.ok) return { status: 400, err: read.err, description: read.description };
  return follow(deps, peer, read.event);
}

async function follow(
  deps: ReceivePeerEventDependencies,
  peer: Peer,
  event: PeerEvent,
): Promise<EventRefusal | undefined> {
  const { received, changes, logger } = deps;
  const key = `${peer.id}\0${event.jti}`;
  const begun = await received.begin(key);
  if (begun === 'busy') return { status: 503, err: 'invalid_request', description: LATER };
  if (begun === 'done') {
    logger.info({ peer: peer.id }, 'an event of a peer came again');
    return undefined;
  }
  try {
    const followed = await followPeerEvent(changes, peer, event);
    await record(deps, { peer, event, followed });
  } catch (error) {
    await received.letGo(key);
    throw error;
  }
  await received.done(key);
  return undefined;
}

async function record(
  { audit }: ReceivePeerEventDependencies,
  of: { peer: Peer; event: PeerEvent; followed: readonly string[] },
): Promise<void> {
  const { peer, event, followed } = of;
  const { traceId } = event;
  const types = followed.map((type) => type.slice(type.search(/[^/:]+$/u))).join(' ');
  const trace = traceId === undefined ? {} : { trace: traceId };
  const details = { peer: peer.id, event: types || 'none', ...trace };
  await audit.record({ type: 'account_events.received', actor: 'system', result: 'done', details });
}
