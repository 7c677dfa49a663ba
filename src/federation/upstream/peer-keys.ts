// Keys of what a peer signs on its own, whatever dialect its sign-in speaks.
import { createLocalJWKSet } from 'jose';
import type { JWK, JWTVerifyGetKey } from 'jose';
import { countingKeys } from '../../peers/dropped-keys.ts';
import type { Peer } from '../../peers/peer.ts';
import { OidcProviders } from './oidc-metadata.ts';

export type PeerKeys = (peer: Peer) => Promise<JWTVerifyGetKey | undefined>;

/** Those that an OpenID provider publishes; of other platforms those that were registered. */
export function peerKeys(deps: ConstructorParameters<typeof OidcProviders>[0]): PeerKeys {
  const providers = new OidcProviders(deps);
  return async (peer) => {
    if (peer.connection.protocol === 'oidc') {
      const found = await providers.of(peer);
      return found.ok ? found.provider.keysForStrangers : undefined;
    }
    const keys = await countingKeys(peer, (peer.jwks?.keys ?? []) as JWK[]);
    return keys.length === 0 ? undefined : createLocalJWKSet({ keys });
  };
}
