// A peer as the adapters get it, and a request to it, for tests of sign-in through other platforms.
import { createOutbound } from '../../src/platform/outbound.ts';
import { everyAddress } from '../../src/platform/outbound-rules.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { UpstreamRequest } from '../../src/federation/upstream-identity.ts';
import type { Peer, PeerConnection } from '../../src/peers/peer.ts';

export const RETURN_ADDRESS = 'https://city.example/federation/return/hall';

export function samplePeer(changes: Partial<Omit<Peer, 'connection'>> & PeerChange): Peer {
  const { connection, ...others } = changes;
  return {
    id: 'hall',
    issuer: 'https://hall.example',
    names: { 'zh-CN': '省政务服务大厅', en: 'Provincial hall' },
    kind: 'provinceHub',
    roles: ['upstream'],
    levelMap: {},
    levelCap: 4,
    strengthCap: 3,
    certificateTypeMap: {},
    attributeMap: {},
    clients: [],
    droppedKeys: [],
    notice: { 'zh-CN': '', en: '' },
    state: 'active',
    revision: 1,
    ...others,
    connection: { clientId: 'city', addresses: {}, settings: {}, ...connection },
  };
}

type PeerChange = { connection: Pick<PeerConnection, 'protocol'> & Partial<PeerConnection> };

/** One that nobody else has. */
export function sampleRequest(changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    state: crypto.randomUUID(),
    redirectUri: RETURN_ADDRESS,
    nonce: crypto.randomUUID(),
    codeVerifier: `${crypto.randomUUID()}${crypto.randomUUID()}`,
    traceId: crypto.randomUUID(),
    ...changes,
  };
}

/** What an adapter needs: the real way out, to every address, with a short limit of time. */
export function upstreamDependencies(timeoutMs = 2000) {
  const { fetch } = createOutbound({ allow: everyAddress, timeoutMs, maxBodyBytes: 64 * 1024 });
  return { fetch, clock: systemClock };
}
