// Registrations of the demonstration's relying parties, in the field names of OpenID Connect
// registration plus our own metadata, ready for `hutong clients import`.
import type { DemoPorts } from './ports.ts';
import type { DemoSecrets, DepartmentKey } from './secrets.ts';

export type PublicKey = Omit<DepartmentKey, 'd'>;

export type ClientRegistration = {
  readonly client_id: string;
  readonly client_name: string;
  readonly client_uri: string;
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  readonly scope: string;
  readonly subject_type: 'pairwise';
  readonly token_endpoint_auth_method: string;
  readonly token_endpoint_auth_signing_alg?: string;
  readonly id_token_signed_response_alg: string;
  readonly client_secret?: string;
  readonly jwks?: { readonly keys: readonly PublicKey[] };
  readonly initiate_login_uri?: string;
  readonly logo_uri?: string;
  readonly policy_uri?: string;
  readonly backchannel_logout_uri?: string;
  readonly backchannel_logout_session_required?: boolean;
  readonly consent: 'ask' | 'notice';
  readonly minimum_level?: number;
};

export type DemoClients = {
  readonly portal: ClientRegistration;
  readonly department: ClientRegistration;
  readonly serviceHall: ClientRegistration;
  readonly testClient: ClientRegistration;
};

export function registerDemoClients(ports: DemoPorts, secrets: DemoSecrets): DemoClients {
  const { d: _private, ...departmentKey } = secrets.clients.departmentKey;
  return {
    portal: {
      ...addresses(ports.portal),
      client_id: 'portal',
      client_name: '市民门户',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'openid profile phone real_name',
      subject_type: 'pairwise',
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: secrets.clients.portal,
      id_token_signed_response_alg: 'RS256',
      consent: 'notice',
    },
    department: {
      ...addresses(ports.department),
      client_id: 'department',
      client_name: '不动产登记业务系统',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      scope: 'openid profile real_name id_document',
      subject_type: 'pairwise',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [departmentKey] },
      id_token_signed_response_alg: 'ES256',
      consent: 'notice',
      minimum_level: 3,
    },
    serviceHall: {
      ...addresses(ports.serviceHall),
      client_id: 'service-hall',
      client_name: '企业服务专区',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'openid profile legal_entity real_name',
      subject_type: 'pairwise',
      token_endpoint_auth_method: 'client_secret_post',
      client_secret: secrets.clients.serviceHall,
      id_token_signed_response_alg: 'RS256',
      consent: 'ask',
    },
    testClient: describeTestClient(ports, secrets.clients.testClient),
  };
}

/** For anyone who wants to try a library: usual callback ports, no server of ours behind them. */
function describeTestClient(ports: DemoPorts, secret: string): ClientRegistration {
  const origins = [ports.testClient, 3000, 5000, 8080].flatMap((port) => [
    `http://localhost:${port}`,
    `http://127.0.0.1:${port}`,
  ]);
  return {
    client_id: 'test-client',
    client_name: '接入测试应用',
    client_uri: `http://localhost:${ports.testClient}/`,
    redirect_uris: origins.map((origin) => `${origin}/callback`),
    post_logout_redirect_uris: origins.map((origin) => `${origin}/`),
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    scope: 'openid profile phone email real_name id_document legal_entity civil_servant',
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secret,
    id_token_signed_response_alg: 'RS256',
    consent: 'notice',
  };
}

/**
 * The logout receiver stands at the address, not at the name: `localhost` may resolve to several
 * addresses, and the provider's list of permitted targets is one of addresses.
 */
function addresses(port: number) {
  const origin = `http://localhost:${port}`;
  return {
    client_uri: `${origin}/`,
    initiate_login_uri: `${origin}/sign-in`,
    logo_uri: `${origin}/logo.svg`,
    policy_uri: `${origin}/policy`,
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/signed-out`],
    backchannel_logout_uri: `http://127.0.0.1:${port}/backchannel-logout`,
    backchannel_logout_session_required: true,
  };
}
