// What the fields of a registration mean together. Every rule speaks for itself, so that all
// problems can be told at once.
import { isEntityClientId } from './client-id.ts';
import { jwksProblems, onlySigningAlgorithm } from './client-keys.ts';
import { problem } from './client-problem.ts';
import type { ClientProblem } from './client-problem.ts';
import type { ClientRegistration } from './client-registration.ts';
import { DEVICE_CODE_GRANT } from './client-schema.ts';
import { redirectUriProblem } from './client-uri.ts';

export interface ClientRuleContext {
  /** A demonstration accepts what a production installation wants to have decided by someone. */
  mode: 'production' | 'demonstration';
  knownScopes: readonly string[];
  /** Given in this registration; kept or made ones are not judged. */
  secret: string | undefined;
  /** Brought by a chain of trust: its id is its entity identifier. */
  isByTrust?: boolean | undefined;
}

type Rule = (client: ClientRegistration, context: ClientRuleContext) => ClientProblem[];

const SECRET_CHARACTERS = 32;

export function ruleProblems(
  client: ClientRegistration,
  context: ClientRuleContext,
): ClientProblem[] {
  return rules.flatMap((rule) => rule(client, context));
}

const clientId: Rule = ({ client_id: given }, { isByTrust = false }) =>
  isByTrust === isEntityClientId(given) ? [] : [problem('client_id', 'client_id_form', { given })];

const redirectUris: Rule = (client) => {
  const fields = ['redirect_uris', 'post_logout_redirect_uris'] as const;
  const found = fields.flatMap((field) =>
    client[field].flatMap((given, index) => {
      const code = redirectUriProblem(given, client.application_type);
      return code ? [problem(`${field}[${index}]`, code, { given })] : [];
    }),
  );
  const isNeeded = client.response_types.length > 0 && client.redirect_uris.length === 0;
  return isNeeded ? [...found, problem('redirect_uris', 'redirect_uri_needed')] : found;
};

const grants: Rule = (client) => {
  const found: ClientProblem[] = [];
  const usesCode = client.grant_types.includes('authorization_code');
  if (client.grant_types.length === 0) found.push(problem('grant_types', 'empty'));
  if (usesCode !== client.response_types.includes('code')) {
    found.push(problem('response_types', 'grants_do_not_match'));
  }
  if (client.grant_types.includes('refresh_token') && !hasSubjects(client)) {
    found.push(problem('grant_types', 'grants_do_not_match'));
  }
  const isPublic = client.token_endpoint_auth_method === 'none';
  if (isPublic && client.grant_types.includes('client_credentials')) {
    found.push(problem('grant_types', 'public_client_credentials'));
  }
  if (isPublic && !client.require_pkce) found.push(problem('require_pkce', 'public_without_pkce'));
  return found;
};

const scopes: Rule = (client, { knownScopes }) => {
  const own = client.scope.split(' ').filter(Boolean);
  const unknown = own.filter((scope) => !knownScopes.includes(scope));
  const found = unknown.map((scope) =>
    problem('scope', 'scope_unknown', { scope, options: knownScopes.join(' ') }),
  );
  if (hasSubjects(client) && !own.includes('openid')) {
    found.push(problem('scope', 'scope_openid_missing'));
  }
  const purposes = Object.keys(client.purposes).filter(
    (key) => !own.includes(key.split('#')[0] ?? ''),
  );
  return [...found, ...purposes.map((key) => problem(`purposes.${key}`, 'purpose_without_scope'))];
};

const credentials: Rule = (client, { mode, secret }) => {
  const found: ClientProblem[] = [];
  const method = client.token_endpoint_auth_method;
  if (secret !== undefined && !usesSecret(client)) {
    found.push(problem('client_secret', 'secret_not_used', { method }));
  } else if (secret !== undefined && mode === 'production' && secret.length < SECRET_CHARACTERS) {
    found.push(problem('client_secret', 'secret_too_short', { minimum: SECRET_CHARACTERS }));
  }
  if (client.jwks && client.jwks_uri) found.push(problem('jwks_uri', 'jwks_twice'));
  const signsRequests = client.request_object_signing_alg || client.require_signed_request_object;
  const needsKeys = method === 'private_key_jwt' || signsRequests;
  if (needsKeys && !client.jwks && !client.jwks_uri) {
    found.push(problem('jwks', 'jwks_needed'));
  }
  if (client.token_endpoint_auth_signing_alg && method !== 'private_key_jwt') {
    found.push(problem('token_endpoint_auth_signing_alg', 'signing_alg_not_used'));
  }
  return [...found, ...(client.jwks ? jwksProblems(client.jwks) : [])];
};

/** What is not given by default: the field that asks for it, and the approval it needs. */
const approvals: Rule = (client, { mode }) => {
  if (mode === 'demonstration') return [];
  const own = client.scope.split(' ');
  const asked = [
    ['subject_type', 'public_subject', hasSubjects(client) && client.subject_type === 'public'],
    ['require_pkce', 'pkce_exemption', client.profile !== 'fapi2' && !client.require_pkce],
    ['scope', 'scope', own.some(needsApproval)],
    ['mandate_events_uri', 'scope', client.mandate_events_uri !== undefined],
    ['account_events_delivery', 'scope', client.account_events_delivery !== undefined],
    ['consent', 'notice', client.consent === 'notice'],
  ] as const;
  return asked
    .filter(([, approval, isAsked]) => isAsked && !client.approvals[approval])
    .map(([field, approval]) =>
      problem(field, 'approval_needed', { approval: `approvals.${approval}` }),
    );
};

const APPROVED_SCOPES: readonly string[] = ['offline_access', 'id_document', 'scim'];

/** Scopes of our own interfaces are named `subject:action`. */
function needsApproval(scope: string): boolean {
  return APPROVED_SCOPES.includes(scope) || scope.includes(':');
}

/** The dialect knows neither PKCE nor keys of clients. */
const bridges: Rule = (client) => {
  if (!client.bridges?.includes('tif')) return [];
  const needed = [
    [!client.require_pkce, 'require_pkce: false'],
    [usesSecret(client), 'token_endpoint_auth_method: client_secret_basic'],
    [!client.require_pushed_authorization_requests, 'require_pushed_authorization_requests: false'],
    [!client.dpop_bound_access_tokens, 'dpop_bound_access_tokens: false'],
    [client.grant_types.includes('authorization_code'), 'grant_types: authorization_code'],
  ] as const;
  return needed
    .filter(([isMet]) => !isMet)
    .map(([, value]) => problem('bridges', 'tif_requires', { value }));
};

const accountEvents: Rule = (client) => {
  const isPushed = client.account_events_delivery === 'push';
  if (isPushed === (client.account_events_uri !== undefined)) return [];
  return [problem('account_events_uri', isPushed ? 'events_uri_needed' : 'events_uri_not_used')];
};

/** Front-Channel Logout 1.0, 2: scheme, host and port of a registered redirect address. */
const frontchannel: Rule = (client) => {
  const given = client.frontchannel_logout_uri;
  const origin = given === undefined ? undefined : URL.parse(given)?.origin;
  if (given === undefined || origin === undefined) return [];
  const isOwn = client.redirect_uris.some((uri) => URL.parse(uri)?.origin === origin);
  return isOwn ? [] : [problem('frontchannel_logout_uri', 'uri_other_origin', { given })];
};

/** Nobody but the holder of a key can speak for a sector without redirect addresses. */
const device: Rule = (client) => {
  if (!client.grant_types.includes(DEVICE_CODE_GRANT)) return [];
  const found: ClientProblem[] = [];
  if (client.profile === 'fapi2') found.push(problem('grant_types', 'fapi2_without_device'));
  if (client.subject_type === 'pairwise' && !canHavePairwiseSubjects(client)) {
    found.push(problem('subject_type', 'device_subject_public'));
  }
  const needsSector =
    client.subject_type === 'pairwise' &&
    client.response_types.length > 0 &&
    client.sector_identifier_uri === undefined;
  if (needsSector && found.length === 0) {
    found.push(problem('sector_identifier_uri', 'device_sector_needed'));
  }
  return found;
};

/** Device clients need a key that is published at an address (`jwks_uri`) for it. */
export function canHavePairwiseSubjects(
  client: Pick<ClientRegistration, 'grant_types' | 'token_endpoint_auth_method' | 'jwks_uri'>,
): boolean {
  if (!client.grant_types.includes(DEVICE_CODE_GRANT)) return true;
  return client.token_endpoint_auth_method === 'private_key_jwt' && client.jwks_uri !== undefined;
}

/** True when people sign in to it; a machine of its own has no subjects. */
export function hasSubjects({ grant_types }: Pick<ClientRegistration, 'grant_types'>): boolean {
  return grant_types.includes('authorization_code') || grant_types.includes(DEVICE_CODE_GRANT);
}

/** FAPI 2.0 Security Profile, 5.3: what a client of that profile cannot choose otherwise. */
const fapi2: Rule = (client) => {
  if (client.profile !== 'fapi2') return [];
  const found: ClientProblem[] = [];
  const requires = (field: string, isMet: boolean, value: string) => {
    if (!isMet) found.push(problem(field, 'fapi2_requires', { value }));
  };
  const method = client.token_endpoint_auth_method;
  requires('token_endpoint_auth_method', method === 'private_key_jwt', 'private_key_jwt');
  requires(
    'id_token_signed_response_alg',
    client.id_token_signed_response_alg !== 'RS256',
    FAPI_ALGS,
  );
  requires('require_pkce', client.require_pkce, 'true');
  requires(
    'require_pushed_authorization_requests',
    client.require_pushed_authorization_requests,
    'true',
  );
  requires('dpop_bound_access_tokens', client.dpop_bound_access_tokens, 'true');
  const alg = client.token_endpoint_auth_signing_alg;
  requires('token_endpoint_auth_signing_alg', alg !== 'RS256', FAPI_ALGS);
  if (alg === undefined && !onlySigningAlgorithm(client.jwks)) {
    found.push(
      problem('token_endpoint_auth_signing_alg', 'fapi2_alg_unclear', { value: FAPI_ALGS }),
    );
  }
  return found;
};

const FAPI_ALGS = 'ES256, PS256';

export function usesSecret(
  client: Pick<ClientRegistration, 'token_endpoint_auth_method'>,
): boolean {
  return client.token_endpoint_auth_method.startsWith('client_secret_');
}

const rules: readonly Rule[] = [
  clientId,
  redirectUris,
  grants,
  scopes,
  credentials,
  approvals,
  accountEvents,
  bridges,
  frontchannel,
  device,
  fapi2,
];
