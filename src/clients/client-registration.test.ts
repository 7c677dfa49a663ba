import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readClientRegistration } from './client-registration.ts';

const ecJwk = publicJwk('ES256');
const rsaJwk = publicJwk('RS256', 2048);
const base = {
  client_id: 'portal',
  client_name: '市民门户',
  redirect_uris: ['https://portal.example.gov.cn/callback'],
};
const context = {
  mode: 'production' as const,
  knownScopes: ['openid', 'profile', 'phone', 'email', 'id_document', 'offline_access'],
};

function publicJwk(alg: string, modulusLength = 2048) {
  const { publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength });
  return { ...publicKey.export({ format: 'jwk' }), kid: `${alg}-${modulusLength}` };
}

function problems(input: object, mode: 'production' | 'demonstration' = 'production') {
  const result = readClientRegistration({ ...base, ...input }, { ...context, mode });
  return result.ok ? [] : result.problems.map(({ field, code }) => `${field} ${code}`);
}

function accepted(input: object, mode: 'production' | 'demonstration' = 'production') {
  const result = readClientRegistration({ ...base, ...input }, { ...context, mode });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.client;
}

describe('a registration is refused', () => {
  it.each([
    ['a text for a list', { redirect_uris: 'https://a.test/' }, 'redirect_uris expected_list'],
    ['an unknown field', { redirect_url: 'x' }, 'redirect_url unknown_field'],
    ['a name of the wrong type', { client_name: 7 }, 'client_name expected_text'],
    ['control characters in a name', { client_name: 'a\u202eb' }, 'client_name text_form'],
    ['an over-long name', { client_name: 'x'.repeat(61) }, 'client_name too_long'],
    ['an id with a dot', { client_id: 'a.b' }, 'client_id client_id_form'],
    ['an id with a dollar', { client_id: '$where' }, 'client_id client_id_form'],
    ['no redirect address', { redirect_uris: [] }, 'redirect_uris redirect_uri_needed'],
    [
      'a bad redirect address',
      { redirect_uris: ['http://a.test/'] },
      'redirect_uris[0] uri_not_https',
    ],
    ['the implicit flow', { response_types: ['id_token'] }, 'response_types[0] not_one_of'],
    ['the password grant', { grant_types: ['password'] }, 'grant_types[0] not_one_of'],
    [
      'a symmetric algorithm',
      { id_token_signed_response_alg: 'HS256' },
      'id_token_signed_response_alg not_one_of',
    ],
    [
      'no signature',
      { id_token_signed_response_alg: 'none' },
      'id_token_signed_response_alg not_one_of',
    ],
    [
      'client_secret_jwt',
      { token_endpoint_auth_method: 'client_secret_jwt' },
      'token_endpoint_auth_method not_one_of',
    ],
    ['an unknown scope', { scope: 'openid everything' }, 'scope scope_unknown'],
    ['no openid', { scope: 'profile' }, 'scope scope_openid_missing'],
    ['refresh without code', { grant_types: ['refresh_token'] }, 'grant_types grants_do_not_match'],
    ['a short secret', { client_secret: 'short' }, 'client_secret secret_too_short'],
    [
      'a public client with a secret',
      { token_endpoint_auth_method: 'none', client_secret: 'x'.repeat(40) },
      'client_secret secret_not_used',
    ],
    [
      'a public client without PKCE',
      { token_endpoint_auth_method: 'none', require_pkce: false },
      'require_pkce public_without_pkce',
    ],
    ['no key for signed requests', { require_signed_request_object: true }, 'jwks jwks_needed'],
    [
      'no key for private_key_jwt',
      { token_endpoint_auth_method: 'private_key_jwt' },
      'jwks jwks_needed',
    ],
    [
      'a private key',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ ...ecJwk, d: 'x' }] } },
      'jwks.keys[0] jwk_private',
    ],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'x' }] } }, 'jwks.keys[0] jwk_symmetric'],
    ['a weak key', { jwks: { keys: [publicJwk('RS256', 1024)] } }, 'jwks.keys[0] jwk_weak'],
    ['a broken key', { jwks: { keys: [{ ...ecJwk, x: 'AA' }] } }, 'jwks.keys[0] jwk_invalid'],
    ['one kid twice', { jwks: { keys: [ecJwk, ecJwk] } }, 'jwks.keys[1] jwk_kid_twice'],
    [
      'keys twice',
      { jwks: { keys: [ecJwk] }, jwks_uri: 'https://a.test/jwks' },
      'jwks_uri jwks_twice',
    ],
    [
      'public subjects without approval',
      { subject_type: 'public' },
      'subject_type approval_needed',
    ],
    ['no PKCE without approval', { require_pkce: false }, 'require_pkce approval_needed'],
    [
      'offline access without approval',
      { scope: 'openid offline_access' },
      'scope approval_needed',
    ],
    ['certificates without approval', { scope: 'openid id_document' }, 'scope approval_needed'],
    ['notice without approval', { consent: 'notice' }, 'consent approval_needed'],
    [
      'an approval of something else',
      { consent: 'notice', approvals: { scope: '2026-17' } },
      'consent approval_needed',
    ],
    [
      'a foreign front-channel address',
      { frontchannel_logout_uri: 'https://evil.test/' },
      'frontchannel_logout_uri uri_other_origin',
    ],
    ['a level out of range', { minimum_level: 5 }, 'minimum_level out_of_range'],
    [
      'a purpose for a scope it lacks',
      { purposes: { phone: '联系' } },
      'purposes.phone purpose_without_scope',
    ],
    [
      'encrypted request objects',
      { request_object_encryption_alg: 'RSA-OAEP' },
      'request_object_encryption_alg not_supported',
    ],
    [
      'a language that is none',
      { 'client_name#not a language': 'x' },
      'client_name#not a language language_form',
    ],
  ])('with %s', (_title, input, expected) => {
    expect(problems(input)).toContain(expected);
  });

  it('with all its problems at once', () => {
    expect(
      problems({
        redirect_uris: ['http://a.test/', 'https://a.test/#x'],
        scope: 'openid nothing',
        client_secret: 'short',
        frontchannel_logout_uri: 'https://b.test/',
        userinfo_signed_response_alg: 'ES256',
      }),
    ).toEqual([
      'userinfo_signed_response_alg not_supported',
      'redirect_uris[0] uri_not_https',
      'redirect_uris[1] uri_fragment',
      'scope scope_unknown',
      'client_secret secret_too_short',
      'frontchannel_logout_uri uri_other_origin',
    ]);
  });

  it('when it claims FAPI 2.0 and does not keep it', () => {
    expect(
      problems({
        profile: 'fapi2',
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'RS256',
        require_pkce: false,
        dpop_bound_access_tokens: false,
        jwks: { keys: [ecJwk, rsaJwk] },
      }),
    ).toEqual([
      'token_endpoint_auth_method fapi2_requires',
      'id_token_signed_response_alg fapi2_requires',
      'require_pkce fapi2_requires',
      'dpop_bound_access_tokens fapi2_requires',
      'token_endpoint_auth_signing_alg fapi2_alg_unclear',
    ]);
  });

  it.each([null, [], 'x', 7])('when it is no object: %j', (input) => {
    expect(readClientRegistration(input, context)).toMatchObject({ ok: false });
  });
});

describe('a registration is completed', () => {
  it('with safe defaults', () => {
    expect(accepted({})).toMatchObject({
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'openid',
      subject_type: 'pairwise',
      id_token_signed_response_alg: 'RS256',
      require_pkce: true,
      consent: 'ask',
      profile: 'standard',
    });
  });

  it('with what FAPI 2.0 implies', () => {
    expect(accepted({ profile: 'fapi2', jwks: { keys: [rsaJwk] } })).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      id_token_signed_response_alg: 'ES256',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
    });
  });

  it('and keeps names in other languages, a PKCE exemption and scopes', () => {
    const given = {
      'client_name#en': 'Citizen portal',
      require_pkce: false,
      approvals: { pkce_exemption: '网信办批复 2026-17' },
      scope: 'openid phone',
    };
    expect(accepted(given)).toMatchObject(given);
  });

  it('without what a registration server adds, and without nulls', () => {
    const result = accepted({
      client_id_issued_at: 1,
      client_secret_expires_at: 0,
      logo_uri: null,
    });
    expect(Object.keys(result)).not.toContain('client_secret_expires_at');
    expect(Object.keys(result)).not.toContain('logo_uri');
  });

  it('leniently in a demonstration', () => {
    const given = { client_name: undefined, subject_type: 'public', client_secret: 'secret' };
    const client = accepted(given, 'demonstration');
    expect(client).toMatchObject({ client_name: 'portal', subject_type: 'public' });
  });
});
