// Trust by federation with what it needs of other domains.
import { pathsForPeers, SIGNED_OUT_PATH } from '../peers/our-addresses.ts';
import { TRUSTED_RETURN } from '../federation/trusted-return.ts';
import { openFederationTrust } from '../federation-trust/open-federation-trust.ts';
import type { FederationTrust } from '../federation-trust/open-federation-trust.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { scopeNames } from '../oidc/claims/claims.ts';
import type { Config } from '../platform/config.ts';
import type { Fetch } from '../platform/http/in-process-fetch.ts';
import type { Domains } from './domains.ts';

const NONE = {
  routes: [],
  work: [],
  trustedClients: undefined,
  ofPeers: { resolveTrusted: undefined, deniedEntities: undefined },
};

/** Empty without the setting. */
export async function openTrust(
  config: Config,
  domains: Domains & { fetch: Fetch },
): Promise<FederationTrust | typeof NONE> {
  if (!config.federation) return NONE;
  const { issuer, mode, signingKeys } = config;
  const of = {
    ...domains,
    mode,
    signingKeys,
    knownScopes: scopeNames,
    addresses: {
      redirect_uris: [`${issuer}${pathsForPeers.return}/${TRUSTED_RETURN}`],
      post_logout_redirect_uris: [`${issuer}${SIGNED_OUT_PATH}`],
      backchannel_logout_uri: `${issuer}${pathsForPeers.backchannelLogout}/${TRUSTED_RETURN}`,
    },
    outbound: { fetch: domains.fetch },
    keyStore: (kind: ConstructorParameters<typeof SigningKeyStore>[1]) =>
      new SigningKeyStore(domains, kind),
    endGrants: (clientId: string) => domains.revocation.revokeOfClient(clientId),
  };
  return openFederationTrust(of, config.federation);
}
