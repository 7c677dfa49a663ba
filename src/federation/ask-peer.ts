// A call to a peer counts for its health: one that keeps failing is left alone for a while, and people are
// told at once instead of waiting.
import { PeerFailure } from '../peers/peer-health.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { isOutOfOrder } from './upstream/upstream-failure.ts';
import type { UpstreamFailure } from './upstream-identity.ts';

interface Refused<Reason> {
  ok: false;
  reason: Reason;
  detail: string;
}

/** What the adapter says; `unavailable` where the peer was not asked. */
export async function askPeer<Done extends { ok: true }, Reason extends UpstreamFailure>(
  { health }: Pick<FederationDependencies, 'health'>,
  peerId: string,
  ask: () => Promise<Done | Refused<Reason>>,
): Promise<Done | Refused<Reason | 'unavailable'>> {
  const called = await health.run(peerId, async () => {
    const answer = await ask();
    if (!answer.ok && isOutOfOrder(answer)) throw new PeerFailure(answer.detail);
    return answer;
  });
  return called.ok ? called.value : { ok: false, reason: 'unavailable', detail: called.detail };
}
