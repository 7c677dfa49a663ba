import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { describe, expect, it } from 'vitest';
import { readClientRegistration } from './client-registration.ts';
import { providerMetadata } from './provider-metadata.ts';

const { d: _private, ...ecJwk } = privateJwk('ec');

function privateJwk(kind: 'ec' | 'rsa') {
  const { privateKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kty: kind.toUpperCase() };
}

function accepted(input: object) {
  const base = { client_id: 'portal', client_name: '市民门户' };
  const redirect_uris = ['https://portal.example.gov.cn/callback'];
  const context = { mode: 'production' as const, knownScopes: ['openid', 'profile'] };
  const result = readClientRegistration({ ...base, redirect_uris, ...input }, context);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.client;
}

describe('what the protocol library is given', () => {
  const provider = new Provider('https://id.test', {
    jwks: { keys: [privateJwk('ec'), privateJwk('rsa')] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_ctx, accountId) => accountId,
    sectorIdentifierUriValidate: () => false,
    acrValues: [1, 2, 3, 4].map((level) => `urn:hutong:level:${level}`),
    scopes: ['land:read'],
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256', 'PS256'],
      clientAuthSigningAlgValues: ['RS256', 'ES256', 'PS256'],
      requestObjectSigningAlgValues: ['RS256', 'PS256', 'ES256'],
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      backchannelLogout: { enabled: true },
      dPoP: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
    },
  });
  const Client = provider.Client as unknown as { validate(metadata: object): Promise<void> };

  it.each([
    ['a confidential client', {}],
    ['a public client', { token_endpoint_auth_method: 'none' }],
    [
      'a native client',
      {
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['cn.gov.app:/cb', 'http://127.0.0.1/cb'],
      },
    ],
    ['a machine', { grant_types: ['client_credentials'], redirect_uris: [] }],
    ['a FAPI client', { profile: 'fapi2', jwks: { keys: [ecJwk] } }],
    ['several hosts', { redirect_uris: ['http://localhost:1/cb', 'http://127.0.0.1:2/cb'] }],
    [
      'signed requests',
      {
        jwks: { keys: [ecJwk] },
        request_object_signing_alg: 'ES256',
        require_signed_request_object: true,
      },
    ],
    ['a sector document', { sector_identifier_uri: 'http://127.0.0.1:9/sector.json' }],
    ['a start page on this machine', { initiate_login_uri: 'http://localhost:1/sign-in' }],
    [
      'logout addresses',
      {
        backchannel_logout_uri: 'https://portal.example.gov.cn/bcl',
        backchannel_logout_session_required: true,
        post_logout_redirect_uris: ['https://portal.example.gov.cn/'],
      },
    ],
    ['levels', { default_acr_values: ['urn:hutong:level:2'], minimum_level: 3 }],
  ])('is accepted by it: %s', async (_title, input) => {
    const client = accepted(input);
    const metadata = providerMetadata(client, 's'.repeat(43), 'portal.example.gov.cn');
    await expect(Client.validate(metadata)).resolves.toBeUndefined();
  });

  it('carries a secret only for clients that use one', () => {
    const keyed = accepted({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [ecJwk] },
    });
    expect(providerMetadata(keyed, 'left over', 'h')).not.toHaveProperty('client_secret');
    expect(providerMetadata(accepted({}), 'secret', 'h')).toMatchObject({
      client_secret: 'secret',
    });
  });
});
