// Counts what the provider answers. Grant types and error codes are those we know: a name that a
// client made up is counted as `other`.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { DEVICE_CODE_GRANT } from '../clients/client-schema.ts';
import type { Metrics } from '../platform/metrics.ts';

/** As in the label `grant_type`; the URN of RFC 8628 is shortened. */
const GRANT_TYPES = new Map([
  ['authorization_code', 'authorization_code'],
  ['refresh_token', 'refresh_token'],
  ['client_credentials', 'client_credentials'],
  [DEVICE_CODE_GRANT, 'device_code'],
]);

const ERRORS = new Set([
  // RFC 6749, 4.1.2.1 and 5.2
  'access_denied',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  // OpenID Connect Core 3.1.2.6
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_request_object',
  'invalid_request_uri',
  'login_required',
  'registration_not_supported',
  'request_not_supported',
  'request_uri_not_supported',
  'unmet_authentication_requirements',
  // RFC 8628, 3.5; RFC 8707; RFC 9449
  'authorization_pending',
  'expired_token',
  'slow_down',
  'invalid_target',
  'invalid_dpop_proof',
  'use_dpop_nonce',
]);

const OTHER = 'other';

export function countProtocol(
  provider: Provider,
  metrics: Pick<Metrics, 'grant' | 'authorization'>,
): void {
  provider.on('grant.success', (ctx) => metrics.grant(grantTypeOf(ctx), 'success'));
  provider.on('grant.error', (ctx, error) => metrics.grant(grantTypeOf(ctx), outcomeOf(error)));
  provider.on('authorization.success', () => metrics.authorization('success'));
  provider.on('authorization.error', (_ctx, error) => metrics.authorization(outcomeOf(error)));
}

function grantTypeOf({ oidc }: KoaContextWithOIDC): string {
  const given = oidc.params?.['grant_type'];
  return (typeof given === 'string' ? GRANT_TYPES.get(given) : undefined) ?? OTHER;
}

function outcomeOf({ error }: { error: string }): string {
  return ERRORS.has(error) ? error : OTHER;
}
