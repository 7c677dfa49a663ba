// Which adapter speaks which dialect, and what it must be told.
import type { PeerProtocol } from '../../peers/peer.ts';
import type { UpstreamAdapter } from '../upstream-identity.ts';
import { createJisUpstream } from './jis-upstream.ts';
import { createOidcUpstream } from './oidc-upstream.ts';
import type { UpstreamDependencies } from './oidc-upstream.ts';
import { createTifUpstream } from './tif-upstream.ts';
import { createZhejiangUpstream } from './zhejiang-upstream.ts';

export type UpstreamAdapters = Readonly<Record<PeerProtocol, UpstreamAdapter>>;

export function createUpstreamAdapters(deps: UpstreamDependencies): UpstreamAdapters {
  return {
    oidc: createOidcUpstream(deps),
    tif: createTifUpstream(deps),
    jis: createJisUpstream(deps),
    zhejiang: createZhejiangUpstream(deps),
  };
}

const NEEDED: Readonly<Record<PeerProtocol, readonly string[]>> = {
  // Discovered.
  oidc: [],
  tif: ['authorize', 'token', 'userinfo'],
  jis: ['login', 'gateway'],
  // Persons, organisations or both.
  zhejiang: [],
};

/** Names of addresses without which the adapter of the dialect cannot do anything. */
export function neededAddresses(protocol: PeerProtocol): readonly string[] {
  return NEEDED[protocol];
}
