// What a relying party of a federation says of itself, as a registration of ours: what it may not decide is
// left out or set.
import type { FederationConfig } from '../platform/federation-config.ts';
import type { TrustChain } from './trust-chain.ts';

/** Taken over as they are; our rules judge them. */
const TAKEN: ReadonlySet<string> = new Set([
  'application_type',
  'backchannel_logout_session_required',
  'backchannel_logout_uri',
  'client_name',
  'client_uri',
  'contacts',
  'default_max_age',
  'dpop_bound_access_tokens',
  'frontchannel_logout_session_required',
  'frontchannel_logout_uri',
  'id_token_signed_response_alg',
  'initiate_login_uri',
  'jwks',
  'jwks_uri',
  'logo_uri',
  'policy_uri',
  'post_logout_redirect_uris',
  'redirect_uris',
  'request_object_signing_alg',
  'require_auth_time',
  'require_pushed_authorization_requests',
  'response_modes',
  'response_types',
  'sector_identifier_uri',
  'token_endpoint_auth_signing_alg',
  'tos_uri',
]);
const GRANTS = ['authorization_code', 'refresh_token'];

/** @returns the registration, or the parameter that rules it out */
export function trustedRegistration(
  chain: TrustChain,
  { clientScope }: Pick<FederationConfig, 'clientScope'>,
): { ok: true; registration: Record<string, unknown> } | { ok: false; parameter: string } {
  const given = chain.metadata['openid_relying_party'] ?? {};
  const types = given['client_registration_types'];
  if (Array.isArray(types) && !types.includes('automatic')) {
    return { ok: false, parameter: 'client_registration_types' };
  }
  if (!usesItsKey(given)) return { ok: false, parameter: 'token_endpoint_auth_method' };
  const taken = Object.entries(given).filter(([name]) => TAKEN.has(name.split('#')[0] ?? ''));
  const registration: Record<string, unknown> = {
    ...Object.fromEntries(taken),
    client_id: chain.subject,
    client_name: given['client_name'] ?? nameOf(chain),
    operator: nameOf(chain),
    grant_types: listOf(given['grant_types'] ?? ['authorization_code']).filter(isGrant),
    scope: scopeOf(given['scope'], clientScope),
    token_endpoint_auth_method: 'private_key_jwt',
    subject_type: 'pairwise',
    consent: 'ask',
  };
  // In the chain itself they are as fresh as it is, and nobody has to be asked.
  if (registration['jwks'] !== undefined) delete registration['jwks_uri'];
  return { ok: true, registration };
}

/** Nothing else can show who asks, where nobody has handed over a secret. */
function usesItsKey(given: Readonly<Record<string, unknown>>): boolean {
  const { token_endpoint_auth_method: method, token_endpoint_auth_methods_supported: several } =
    given;
  if (method !== undefined) return method === 'private_key_jwt';
  return several === undefined || listOf(several).includes('private_key_jwt');
}

function scopeOf(asked: unknown, most: string): string {
  const allowed = most.split(' ').filter(Boolean);
  if (typeof asked !== 'string') return allowed.join(' ');
  return allowed
    .filter((scope) => asked.split(' ').includes(scope) || scope === 'openid')
    .join(' ');
}

/** Of the organisation, at most as long as a registration takes. */
function nameOf({ metadata, subject }: TrustChain): string {
  const own = ['openid_relying_party', 'federation_entity'].map(
    (type) => metadata[type]?.['organization_name'],
  );
  const found = own.find((name) => typeof name === 'string' && name.trim() !== '');
  return (typeof found === 'string' ? found : new URL(subject).host).slice(0, 60);
}

function isGrant(grant: unknown): boolean {
  return typeof grant === 'string' && GRANTS.includes(grant);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
