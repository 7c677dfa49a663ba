// Which adapter speaks which dialect.
import type { PeerProtocol } from '../../peers/peer.ts';
import type { UpstreamAdapter } from '../upstream-identity.ts';
import { createOidcUpstream } from './oidc-upstream.ts';
import type { UpstreamDependencies } from './oidc-upstream.ts';

export type UpstreamAdapters = Readonly<Partial<Record<PeerProtocol, UpstreamAdapter>>>;

export function createUpstreamAdapters(deps: UpstreamDependencies): UpstreamAdapters {
  return { oidc: createOidcUpstream(deps) };
}
