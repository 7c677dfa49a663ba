// Registrations of the demonstration's relying parties, in the field names of OpenID Connect
// registration plus our own metadata, ready for `hutong clients import`.
import { createHmac } from 'node:crypto';
import { servicesOf } from './demo-services.ts';
import { testClientPorts } from './ports.ts';
import type { DemoPorts } from './ports.ts';
import type { DemoSecrets, DepartmentKey } from './secrets.ts';

export type PublicKey = Omit<DepartmentKey, 'd'>;

export type ClientRegistration = {
  readonly client_id: string;
  readonly client_name: string;
  readonly 'client_name#en': string;
  readonly client_uri: string;
  readonly initiate_login_uri?: string;
  readonly operator?: string;
  /** Scope → why it is needed, in the words of the consent page. */
  readonly purposes?: Readonly<Record<string, string>>;
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  readonly scope: string;
  readonly subject_type: 'pairwise' | 'public';
  readonly token_endpoint_auth_method: string;
  readonly token_endpoint_auth_signing_alg?: string;
  readonly id_token_signed_response_alg: string;
  readonly client_secret?: string;
  readonly jwks?: { readonly keys: readonly PublicKey[] };
  readonly logo_uri?: string;
  readonly policy_uri?: string;
  readonly backchannel_logout_uri?: string;
  readonly backchannel_logout_session_required?: boolean;
  readonly frontchannel_logout_uri?: string;
  readonly frontchannel_logout_session_required?: boolean;
  readonly consent: 'ask' | 'notice';
  readonly minimum_level?: number;
  readonly subjects?: readonly string[];
  readonly services?: readonly string[];
  readonly mandate_events_uri?: string;
  /** Of the interface that its own tokens are for. */
  readonly access_token_resource?: string;
};

export type DemoClients = {
  readonly portal: ClientRegistration;
  readonly department: ClientRegistration;
  readonly serviceHall: ClientRegistration;
  readonly testClient: ClientRegistration;
  /** For docs/examples/department-system.mjs, and whoever begins with it. */
  readonly departmentSample: ClientRegistration;
  /** A device without keyboard: `npm run device`. */
  readonly terminal: ClientRegistration;
  /** The personnel system: writes the staff directory by SCIM. */
  readonly directory: ClientRegistration;
};

export function registerDemoClients(
  ports: DemoPorts,
  secrets: DemoSecrets,
  issuer: string,
): DemoClients {
  return {
    portal: describePortal(ports, secrets),
    department: describeDepartment(ports, secrets),
    serviceHall: describeServiceHall(ports, secrets),
    testClient: describeTestClient(ports, secrets.clients.testClient),
    departmentSample: describeDepartmentSample(ports, secrets.clients.testClient),
    terminal: describeTerminal(ports),
    directory: describeDirectory(issuer, secrets.clients.directory),
  };
}

function describePortal(ports: DemoPorts, secrets: DemoSecrets): ClientRegistration {
  return {
    ...addresses(ports.portal),
    client_id: 'portal',
    operator: '示例市政务服务和数据管理局',
    purposes: {
      phone: '办事进度需要通知您时与您联系',
      real_name: '显示登录状态，核对办事人',
    },
    client_name: '市民门户',
    'client_name#en': 'Citizen Portal',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    scope: 'openid profile phone real_name',
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secrets.clients.portal,
    id_token_signed_response_alg: 'RS256',
    consent: 'notice',
  };
}

function describeDepartment(ports: DemoPorts, secrets: DemoSecrets): ClientRegistration {
  const { d: _private, ...departmentKey } = secrets.clients.departmentKey;
  return {
    ...addresses(ports.department),
    client_id: 'department',
    operator: '示例市自然资源局',
    purposes: {
      real_name: '核对登记申请人',
      id_document: '按《不动产登记暂行条例》留存申请记录',
      civil_servant: '工作人员办理业务时核对单位和职务',
    },
    client_name: '不动产登记业务系统',
    'client_name#en': 'Property Registration',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    scope: 'openid profile real_name id_document civil_servant',
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [departmentKey] },
    id_token_signed_response_alg: 'ES256',
    consent: 'notice',
    minimum_level: 3,
  };
}

function describeServiceHall(ports: DemoPorts, secrets: DemoSecrets): ClientRegistration {
  return {
    ...addresses(ports.serviceHall),
    client_id: 'service-hall',
    operator: '示例市市场监督管理局',
    purposes: {
      legal_entity: '确认办事的企业',
      real_name: '确认经办人',
    },
    client_name: '企业服务专区',
    'client_name#en': 'Business Services',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: 'openid profile legal_entity real_name',
    subjects: ['naturalPerson', 'legalEntity'],
    services: servicesOf.serviceHall,
    mandate_events_uri: `http://127.0.0.1:${ports.serviceHall}/mandate-events`,
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'client_secret_post',
    client_secret: secrets.clients.serviceHall,
    id_token_signed_response_alg: 'RS256',
    consent: 'ask',
    // As an older system would, in the browser; the others are told from server to server.
    frontchannel_logout_uri: `http://localhost:${ports.serviceHall}/frontchannel-logout`,
    frontchannel_logout_session_required: true,
  };
}

/** Gets its own token (client_credentials) and speaks SCIM at `<issuer>/scim/v2`. */
function describeDirectory(issuer: string, secret: string): ClientRegistration {
  return {
    client_id: 'personnel',
    client_name: '人事系统',
    'client_name#en': 'Personnel system',
    client_uri: `${issuer}/`,
    operator: '示例市人力资源和社会保障局',
    redirect_uris: [],
    post_logout_redirect_uris: [],
    grant_types: ['client_credentials'],
    response_types: [],
    scope: 'scim',
    access_token_resource: `${issuer}/scim/v2`,
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secret,
    id_token_signed_response_alg: 'RS256',
    consent: 'ask',
  };
}

/** Signs people in with a code that they type on their phone (RFC 8628). */
function describeTerminal(ports: DemoPorts): ClientRegistration {
  return {
    client_id: 'terminal',
    client_name: '政务大厅自助终端',
    'client_name#en': 'Hall terminal',
    client_uri: `http://localhost:${ports.portal}/`,
    operator: '示例市政务服务中心',
    purposes: { real_name: '在终端上显示办事人' },
    redirect_uris: [],
    post_logout_redirect_uris: [],
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    response_types: [],
    scope: 'openid profile real_name',
    subject_type: 'public',
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'RS256',
    consent: 'ask',
  };
}

/** For anyone who wants to try a library: usual callback ports, no server of ours behind them. */
function describeTestClient(ports: DemoPorts, secret: string): ClientRegistration {
  const origins = testClientPorts(ports).flatMap((port) => [
    `http://localhost:${port}`,
    `http://127.0.0.1:${port}`,
  ]);
  return {
    client_id: 'test-client',
    client_name: '接入测试应用',
    'client_name#en': 'Integration test',
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

/** Acts for organisations, asks the interface for departments, and is told of mandates. */
function describeDepartmentSample(ports: DemoPorts, testSecret: string): ClientRegistration {
  const [own = 0, ...usual] = testClientPorts(ports);
  const origins = [own, ...usual].map((port) => `http://localhost:${port}`);
  return {
    client_id: 'department-sample',
    client_name: '部门系统接入示例',
    'client_name#en': 'Department example',
    client_uri: `http://localhost:${own}/`,
    operator: '示例市政务服务和数据管理局',
    purposes: { legal_entity: '确认办事的企业' },
    redirect_uris: origins.map((origin) => `${origin}/callback`),
    post_logout_redirect_uris: origins.map((origin) => `${origin}/`),
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    scope: 'openid profile legal_entity mandates:read mandates:check mandates:import',
    subjects: ['naturalPerson', 'legalEntity'],
    services: servicesOf.departmentSample,
    subject_type: 'pairwise',
    token_endpoint_auth_method: 'client_secret_basic',
    // Folders that were made before it was there keep no secret for it.
    client_secret: createHmac('sha256', testSecret).update('department-sample').digest('base64url'),
    id_token_signed_response_alg: 'RS256',
    consent: 'notice',
    mandate_events_uri: `http://127.0.0.1:${own}/events`,
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
