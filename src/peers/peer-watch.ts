// Looks at active peers beside the requests: every hour for keys and certificates that end, and while a
// peer is left alone for its failures, whether it is back.
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { repeatedWork } from '../platform/repeat.ts';
import { lookAtPeer } from './look-at-peer.ts';
import type { LookDependencies } from './look-at-peer.ts';
import type { Peer } from './peer.ts';
import type { PeerDirectory } from './peer-directory.ts';
import { PeerFailure } from './peer-health.ts';
import type { PeerHealth } from './peer-health.ts';
import type { PeerSightingStore } from './peer-sighting-store.ts';

export interface PeerWatchDependencies {
  peers: Pick<PeerDirectory, 'all' | 'isFresh' | 'onChange'>;
  health: Pick<PeerHealth, 'run' | 'figures' | 'forget'>;
  sightings: Pick<PeerSightingStore, 'note' | 'all'>;
  outbound: LookDependencies;
  clock: Clock;
  logger: Logger;
}

const EVERY_MS = 5000;
const LOOK_MS = 3_600_000;

export function watchPeers(deps: PeerWatchDependencies) {
  const { logger } = deps;
  const end = deps.peers.onChange(({ before, after }) => {
    if (before && !after) deps.health.forget(before.id);
  });
  const work = repeatedWork(() => lookAround(deps), { name: 'peers', everyMs: EVERY_MS, logger });
  return {
    start: () => work.start(),
    async stop() {
      end();
      await work.stop();
    },
  };
}

/** One round; the circuit itself says when a look is due at a peer that failed. */
export async function lookAround(deps: PeerWatchDependencies): Promise<void> {
  const active = deps.peers.isFresh ? deps.peers.all().filter(isActive) : [];
  if (active.length === 0) return;
  const failing = active.filter(({ id }) => deps.health.figures(id).circuit !== 'closed');
  const sightings = await deps.sightings.all();
  const before = deps.clock.now().getTime() - LOOK_MS;
  const unseen = active.filter(({ id }) => (sightings.get(id)?.seenAt.getTime() ?? 0) <= before);
  await Promise.all([...new Set([...failing, ...unseen])].map((peer) => look(deps, peer)));
}

async function look({ health, outbound, sightings }: PeerWatchDependencies, peer: Peer) {
  await health.run(peer.id, async () => {
    const found = await lookAtPeer(outbound, peer);
    await sightings.note(peer.id, found);
    const unreachable = found.problems.find(({ code }) => code === 'unreachable');
    if (unreachable) throw new PeerFailure(unreachable.values['reason'] ?? 'unreachable');
  });
}

function isActive({ state }: Peer): boolean {
  return state === 'active';
}
