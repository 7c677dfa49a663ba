// Peers as figures: whether they are talked to, how calls fare, and when what they show ends.
import type { Metrics } from '../platform/metrics.ts';
import { peerStates } from './peer.ts';
import type { PeerDirectory } from './peer-directory.ts';
import type { PeerHealth } from './peer-health.ts';
import type { PeerSightingStore } from './peer-sighting-store.ts';

const CIRCUITS = { closed: 0, probing: 1, open: 2 } as const;

interface Observed {
  metrics: Pick<Metrics, 'observe'>;
  peers: Pick<PeerDirectory, 'all'>;
  health: Pick<PeerHealth, 'figures'>;
  sightings: Pick<PeerSightingStore, 'all'>;
}

export function observePeers(deps: Observed): void {
  const { metrics, peers, health } = deps;
  const figures = () => peers.all().map(({ id }) => ({ id, ...health.figures(id) }));
  metrics.observe({
    name: 'hutong_peer_state',
    help: 'State of a peer: 0 draft, 1 tested, 2 approved, 3 active, 4 suspended.',
    labels: ['peer'],
    kind: 'gauge',
    scope: 'process',
    read: () => peers.all().map(({ id, state }) => [[id], peerStates.indexOf(state)] as const),
  });
  metrics.observe({
    name: 'hutong_peer_circuit',
    help: 'Circuit breaker of a peer: 0 closed, 1 probing, 2 open.',
    labels: ['peer'],
    kind: 'gauge',
    scope: 'process',
    read: () => figures().map(({ id, circuit }) => [[id], CIRCUITS[circuit]] as const),
  });
  metrics.observe({
    name: 'hutong_peer_calls_total',
    help: 'Calls to a peer: answered, failed, or spared while the circuit is open.',
    labels: ['peer', 'outcome'],
    kind: 'counter',
    scope: 'process',
    read: () =>
      figures().flatMap(({ id, succeeded, failed, spared }) => [
        [[id, 'answered'], succeeded] as const,
        [[id, 'failed'], failed] as const,
        [[id, 'spared'], spared] as const,
      ]),
  });
  metrics.observe({
    name: 'hutong_peer_last_success_timestamp_seconds',
    help: 'When a peer answered this process last.',
    labels: ['peer'],
    kind: 'gauge',
    scope: 'process',
    read: () =>
      figures().flatMap(({ id, lastSuccessAt }) =>
        lastSuccessAt ? [[[id], lastSuccessAt.getTime() / 1000] as const] : [],
      ),
  });
  observeExpiry(deps);
}

function observeExpiry({ metrics, peers, sightings }: Observed): void {
  metrics.observe({
    name: 'hutong_peer_credential_expiry_timestamp_seconds',
    help: 'When the next key or certificate of a peer ends, by kind.',
    labels: ['peer', 'kind'],
    kind: 'gauge',
    scope: 'shared',
    read: async () => {
      const seen = await sightings.all();
      return peers.all().flatMap(({ id }) => {
        const credentials = seen.get(id)?.credentials ?? [];
        return (['signingKey', 'certificate'] as const).flatMap((kind) => {
          const ends = credentials.flatMap((each) =>
            each.kind === kind && each.expiresAt ? [each.expiresAt.getTime() / 1000] : [],
          );
          return ends.length === 0 ? [] : [[[id, kind], Math.min(...ends)] as const];
        });
      });
    },
  });
}
