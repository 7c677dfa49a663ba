// Our roles in a federation, as metadata of an entity configuration (OpenID Federation 1.0, 5.1).
import type { FederationConfig } from '../platform/federation-config.ts';
import { LEVEL_CAP_PARAMETER } from './metadata-policy.ts';
import { publicKey } from './own-statements.ts';
import type { OwnKeys } from './own-statements.ts';

/** Where people, and words of the end of their sessions, come back to from other providers. */
export interface RelyingPartyAddresses {
  redirect_uris: readonly string[];
  post_logout_redirect_uris: readonly string[];
  backchannel_logout_uri: string;
}

export interface OwnRolesDependencies {
  issuer: string;
  config: FederationConfig;
  relyingPartyKeys: OwnKeys;
  addresses: RelyingPartyAddresses;
  /** Of this process, to its own address. */
  fetch: (url: string) => Promise<Response>;
}

/** The highest that we give: what a superior allows less, it says. */
const HIGHEST_LEVEL = 4;
const AUTOMATIC = ['automatic'];
const KEPT_MS = 60_000;

/** Read from our own discovery document, so that nobody has to keep two of them alike. */
export function ownRoles(deps: OwnRolesDependencies): () => Promise<Record<string, object>> {
  let kept: { provider: object; until: number } | undefined;
  return async () => {
    const now = performance.now();
    if (!kept || now >= kept.until) kept = { provider: await provider(deps), until: now + KEPT_MS };
    return {
      ...(deps.config.acceptsClients ? { openid_provider: kept.provider } : {}),
      ...(deps.config.acceptsProviders ? { openid_relying_party: relyingParty(deps) } : {}),
    };
  };
}

async function provider({ issuer, config, fetch }: OwnRolesDependencies): Promise<object> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  if (response.status !== 200) throw new Error('the discovery document was not answered');
  const { organizationName: names } = config;
  return {
    ...((await response.json()) as object),
    organization_name: names['zh-CN'],
    'organization_name#en': names.en,
    client_registration_types_supported: AUTOMATIC,
    [LEVEL_CAP_PARAMETER]: HIGHEST_LEVEL,
  };
}

function relyingParty({ config, relyingPartyKeys, addresses }: OwnRolesDependencies): object {
  const { organizationName: names, contacts } = config;
  return {
    client_name: names['zh-CN'],
    'client_name#en': names.en,
    organization_name: names['zh-CN'],
    ...(contacts.length > 0 ? { contacts } : {}),
    client_registration_types: AUTOMATIC,
    application_type: 'web',
    ...addresses,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: relyingPartyKeys.jwks.keys.map(publicKey) },
    subject_type: 'pairwise',
  };
}
