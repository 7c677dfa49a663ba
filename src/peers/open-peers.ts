// Puts the parts of this domain together: what other domains ask of peers, what officers do to them, and
// the look at them beside the requests.
import type { Metrics } from '../platform/metrics.ts';
import { observePeers } from './observe-peers.ts';
import { PeerHealth } from './peer-health.ts';
import type { PeerDirectory } from './peer-directory.ts';
import { PeerOffice } from './peer-office.ts';
import type { PeerOfficeDependencies } from './peer-office.ts';
import { PeerSightingStore } from './peer-sighting-store.ts';
import { watchPeers } from './peer-watch.ts';
import type { PeerWatchDependencies } from './peer-watch.ts';

type OpenPeersDependencies = Omit<PeerWatchDependencies, 'health' | 'sightings'> &
  Omit<PeerOfficeDependencies, 'peers'> &
  ConstructorParameters<typeof PeerSightingStore>[0] & {
    peers: PeerDirectory;
    peerStore: PeerOfficeDependencies['peers'];
    metrics: Pick<Metrics, 'observe'>;
  };

export function openPeers(deps: OpenPeersDependencies) {
  const health = new PeerHealth(deps);
  const sightings = new PeerSightingStore(deps);
  const own = { ...deps, health, sightings };
  observePeers(own);
  return {
    health,
    sightings,
    office: new PeerOffice({ ...deps, peers: deps.peerStore }),
    work: watchPeers(own),
  };
}
