// Which adapter speaks which dialect.
import type { PeerProtocol } from '../../peers/peer.ts';
import type { UpstreamAdapter } from '../upstream-identity.ts';
import { createJisUpstream } from './jis-upstream.ts';
import { createOidcUpstream } from './oidc-upstream.ts';
import type { UpstreamDependencies } from './oidc-upstream.ts';
import { createTifUpstream } from './tif-upstream.ts';
import { withTimeLimit } from './time-limit.ts';
import { createZhejiangUpstream } from './zhejiang-upstream.ts';

export type UpstreamAdapters = Readonly<Record<PeerProtocol, UpstreamAdapter>>;

export function createUpstreamAdapters(deps: UpstreamDependencies): UpstreamAdapters {
  return {
    oidc: withTimeLimit(createOidcUpstream(deps)),
    tif: withTimeLimit(createTifUpstream(deps)),
    jis: withTimeLimit(createJisUpstream(deps)),
    zhejiang: withTimeLimit(createZhejiangUpstream(deps)),
  };
}
