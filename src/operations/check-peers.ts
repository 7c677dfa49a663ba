// What doctor says of peers: those that do not answer, and what of theirs ends soon.
import { endingSoon } from '../peers/credential-expiry.ts';
import type { PeerRecord } from '../peers/peer-record.ts';
import type { PeerSighting } from '../peers/peer-sighting-store.ts';
import type { Finding } from './doctor.ts';

/** Somebody looks every hour while an application runs. */
const UNSEEN_MS = 2 * 3_600_000;

export function judgePeers(
  records: readonly PeerRecord[],
  sightings: ReadonlyMap<string, PeerSighting>,
  now: Date,
): Finding[] {
  const active = records.filter(({ peer }) => peer.state === 'active');
  const suspended = records.filter(({ peer }) => peer.state === 'suspended');
  return [
    { severity: 'ok', code: 'active', values: { count: active.length } },
    ...active.flatMap(({ peer }) => judgePeer(peer.id, sightings.get(peer.id), now)),
    ...suspended.map(({ peer }): Finding => ({
      severity: 'note',
      code: 'suspended',
      values: { peer: peer.id },
    })),
  ];
}

function judgePeer(peer: string, sighting: PeerSighting | undefined, now: Date): Finding[] {
  if (!sighting || now.getTime() - sighting.seenAt.getTime() > UNSEEN_MS) {
    return [{ severity: 'warning', code: 'unseen', values: { peer } }];
  }
  const troubles = sighting.problems.map(({ code: problem }): Finding => ({
    severity: 'warning',
    code: 'trouble',
    values: { peer, problem },
  }));
  const ending = endingSoon(sighting.credentials, now).map(({ name, days }): Finding => ({
    severity: 'warning',
    code: days < 0 ? 'ended' : 'ending',
    values: { peer, name, count: Math.abs(days) },
  }));
  return [...troubles, ...ending];
}
