// We as a client of an OpenID provider: how we prove who we are, by what the peer's settings and the
// provider's metadata say.
import { importJWK } from 'jose';
import type { JWK } from 'jose';
import * as openid from 'openid-client';
import type { Outbound } from '../../platform/outbound.ts';
import type { UpstreamPeer } from '../upstream-identity.ts';
import type { OidcProvider } from './oidc-metadata.ts';
import { failed } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';

const KEY_ALGORITHMS: Readonly<Record<string, string>> = {
  EC: 'ES256',
  OKP: 'EdDSA',
  RSA: 'RS256',
};

/** A certificate that the provider knows the key by, e.g. Entra ID. */
const CERTIFICATE_HEADERS = ['x5t', 'x5t#S256'] as const;

/** `settings`: `token_endpoint_auth_method`, `client_assertion_audience` (`token_endpoint`). */
export async function oidcClient(
  of: UpstreamPeer,
  provider: OidcProvider,
  fetch: Outbound['fetch'],
): Promise<{ ok: true; configuration: openid.Configuration } | Failed> {
  const { connection, issuer } = of.peer;
  const authentication = await clientAuthentication(of, provider);
  if (!('auth' in authentication)) return authentication;
  const algorithm = connection.settings['id_token_signed_response_alg'];
  const configuration = new openid.Configuration(
    provider.metadata,
    connection.clientId,
    algorithm === undefined ? {} : { id_token_signed_response_alg: algorithm },
    authentication.auth,
  );
  configuration[openid.customFetch] = (url, init) => fetch(url, init as RequestInit);
  if (issuer.startsWith('http:')) openid.allowInsecureRequests(configuration);
  return { ok: true, configuration };
}

async function clientAuthentication(
  { peer, secrets }: UpstreamPeer,
  { metadata }: OidcProvider,
): Promise<{ auth: openid.ClientAuth } | Failed> {
  const { clientSecret, clientKey } = secrets;
  const method = peer.connection.settings['token_endpoint_auth_method'] ?? preferredMethod();
  if (method === 'private_key_jwt' && clientKey !== undefined) {
    return keyAuthentication(clientKey, peer.connection.settings, metadata.token_endpoint);
  }
  if (clientSecret === undefined) return failed('unavailable', 'client_credential_missing');
  switch (method) {
    case 'client_secret_basic':
      return { auth: openid.ClientSecretBasic(clientSecret) };
    case 'client_secret_post':
      return { auth: openid.ClientSecretPost(clientSecret) };
    case 'client_secret_jwt':
      return { auth: openid.ClientSecretJwt(clientSecret) };
    default:
      return failed('unavailable', 'client_credential_missing');
  }

  function preferredMethod(): string {
    if (clientKey !== undefined) return 'private_key_jwt';
    // Discovery 3: Basic where nothing is said.
    const offered = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return offered.includes('client_secret_basic') ? 'client_secret_basic' : 'client_secret_post';
  }
}

async function keyAuthentication(
  text: string,
  settings: Readonly<Record<string, string>>,
  tokenEndpoint: string,
): Promise<{ auth: openid.ClientAuth } | Failed> {
  try {
    const jwk = JSON.parse(text) as JWK;
    const algorithm = jwk.alg ?? KEY_ALGORITHMS[jwk.kty ?? ''] ?? '';
    const key = await importJWK(jwk, algorithm);
    if (key instanceof Uint8Array || key.type !== 'private') {
      return failed('unavailable', 'client_key_unusable');
    }
    const privateKey = jwk.kid === undefined ? { key } : { key, kid: jwk.kid };
    const modifyAssertion: openid.ModifyAssertionFunction = (header, payload) => {
      for (const name of CERTIFICATE_HEADERS) if (jwk[name]) header[name] = jwk[name];
      if (settings['client_assertion_audience'] === 'token_endpoint') payload.aud = tokenEndpoint;
    };
    return {
      auth: openid.PrivateKeyJwt(privateKey, { [openid.modifyAssertion]: modifyAssertion }),
    };
  } catch {
    return failed('unavailable', 'client_key_unusable');
  }
}
