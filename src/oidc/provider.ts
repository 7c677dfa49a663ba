// The configuration of oidc-provider, and nothing else: what is on, what is off, and which of our
// functions answers which question. docs/protocol.md says why.
import { errors, Provider } from 'oidc-provider';
import type {
  Adapter,
  Configuration,
  Grant,
  JWKS,
  KoaContextWithOIDC,
  ResourceServer,
} from 'oidc-provider';
import { IDP_HINT_PARAMETER, TRACE_PARAMETER } from './claims/upstream-hints.ts';
import { accountPaths } from '../account/account-paths.ts';
import { accountEventUris } from '../account-events/account-event-uris.ts';
import { AIM_PARAMETER } from '../account/sign-in-aim.ts';
import type { ServiceCatalogue } from '../clients/service-catalogue.ts';
import type { Clock } from '../platform/clock.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { PROOF_ALGORITHMS } from './bearer/dpop-proof.ts';
import { acrValues } from './claims/assurance.ts';
import { POLL_PATH } from './claims/own-apis.ts';
import { ACTING_CLAIMS, scopeClaims, scopeNames } from './claims/claims.ts';
import { clientExtraProperties, clientExtras } from './claims/client-extras.ts';
import { SERVICE_PARAMETER, SUSPICION_PARAMETER } from './claims/demand.ts';
import { USER_CODE_CHARSET, USER_CODE_MASK } from './device/device-code.ts';
import { DEVICE_PATH, leadToFailure, leadToSuccess } from './pages/device-pages.ts';
import { explainRefusals } from './pages/error-words.ts';
import { CHOOSE_IDENTITY } from './identity/identity-demand.ts';
import { checkRequestObject, checkTrustedRequest } from './claims/trusted-client.ts';
import { checkActing } from './identity/check-acting.ts';
import { signInOf } from './identity/introspected.ts';
import { buildInteractionPolicy } from './claims/interaction-policy.ts';
import { ttl } from './lifetimes.ts';
import { POLL_SECONDS } from './storage/device-code-store.ts';
import { renderProtocolError } from './pages/protocol-errors.ts';
import { checkSizes } from './pages/request-limits.ts';
import { checkService, limitToRegistration } from './claims/requested-items.ts';
import { defaultResource } from './claims/resource-servers.ts';
import type { SignedInAccount } from './claims/signed-in-account.ts';

export interface ProviderDependencies {
  issuer: string;
  isSecure: boolean;
  clock: Clock;
  services: ServiceCatalogue;
  adapter: (model: string) => Adapter;
  jwks: JWKS;
  cookieKeys: string[];
  cookieNames: { host(name: string): string; secure(name: string): string };
  /** 32 bytes, the same on every process. */
  dpopNonceSecret: Buffer;
  findAccount: (
    ctx: KoaContextWithOIDC,
    id: string,
    token?: object,
  ) => Promise<SignedInAccount | undefined>;
  loadExistingGrant: (ctx: KoaContextWithOIDC) => Promise<Grant | undefined>;
  pairwiseIdentifier: (ctx: KoaContextWithOIDC, accountId: string, client: object) => string;
  getResourceServerInfo: (
    ctx: KoaContextWithOIDC,
    resource: string,
    client: object,
  ) => ResourceServer;
  isIntrospectionAllowed: (
    ctx: KoaContextWithOIDC,
    client: object,
    token: object,
  ) => Promise<boolean>;
  interactionUrl: (ctx: KoaContextWithOIDC, interaction: { uid: string }) => string;
  renderSignOut: (ctx: KoaContextWithOIDC, form: string) => void;
  renderSignedOut: (ctx: KoaContextWithOIDC) => Promise<void> | void;
  fetch: (url: string | URL | Request, options?: RequestInit) => Promise<Response>;
}

const SIGNING = ['RS256', 'ES256', 'PS256'] as const;

/** Beside what the library says of itself. */
const DISCOVERY = {
  ui_locales_supported: ['zh-CN', 'en'],
  claims_locales_supported: ['zh-CN'],
  // Initiating User Registration 1.0 has named the member.
  prompt_values_supported: ['none', 'login', 'consent', CHOOSE_IDENTITY],
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
};

const ROUTES = {
  authorization: '/oauth2/authorize',
  token: '/oauth2/token',
  userinfo: '/oauth2/userinfo',
  jwks: '/oauth2/jwks',
  introspection: '/oauth2/introspect',
  revocation: '/oauth2/revoke',
  pushed_authorization_request: '/oauth2/par',
  device_authorization: '/oauth2/device',
  code_verification: DEVICE_PATH,
  end_session: '/oauth2/logout',
};

export function createProvider(deps: ProviderDependencies): Provider {
  const provider = new Provider(deps.issuer, configuration(deps));
  provider.proxy = true;
  explainRefusals(provider);
  giveSidToFrontChannelClients(provider);
  provider.on('device_authorization.success', (_ctx, body: Record<string, unknown>) => {
    // RFC 8628, 3.2: optional, but devices should not have to know the default.
    body['interval'] = POLL_SECONDS;
  });
  return provider;
}

function configuration(deps: ProviderDependencies): Configuration {
  return {
    adapter: deps.adapter,
    jwks: deps.jwks,
    acrValues,
    claims: { ...claimsOption(), sid: null, iss: null },
    scopes: scopeNames,
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      subject_type: 'pairwise',
      id_token_signed_response_alg: 'RS256',
      backchannel_logout_session_required: true,
    },
    extraClientMetadata: { properties: [...clientExtraProperties] },
    cookies: cookies(deps),
    discovery: discovery(deps),
    // This is where the library asks before it decides anything.
    extraParams: {
      acting_as: checkParameters,
      uscc_hint: null,
      [IDP_HINT_PARAMETER]: null,
      [TRACE_PARAMETER]: null,
      [AIM_PARAMETER]: null,
      [SERVICE_PARAMETER]: null,
      [SUSPICION_PARAMETER]: null,
    },
    extraTokenClaims: signInOf,
    features: features(deps),
    fetch: deps.fetch,
    findAccount: deps.findAccount,
    interactions: {
      policy: buildInteractionPolicy(deps),
      url: (ctx, interaction) => deps.interactionUrl(ctx, interaction),
    },
    loadExistingGrant: deps.loadExistingGrant,
    pairwiseIdentifier: deps.pairwiseIdentifier,
    subjectTypes: ['pairwise', 'public'],
    // Checked once, at registration: a dead department server must not break sign-in.
    sectorIdentifierUriValidate: () => false,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: [...SIGNING],
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256'],
      dPoPSigningAlgValues: [...PROOF_ALGORITHMS],
      requestObjectSigningAlgValues: ['RS256', 'PS256', 'ES256'],
    },
    pkce: { required: (_ctx, client) => isPkceMissing(client) },
    expiresWithSession: (ctx, source) => endsWithSession(ctx, source),
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // FAPI 2.0 Security Profile 5.3.2.1: no rotation, the token is bound to the sender anyway.
    rotateRefreshToken: (ctx) =>
      ctx.oidc.client ? clientExtras(ctx.oidc.client).profile !== 'fapi2' : true,
    renderError: renderProtocolError,
    routes: ROUTES,
    ttl,
    clientBasedCORS: (_ctx, origin, client) => isOwnOrigin(origin, client),
  } as Configuration;
}

function discovery({ issuer }: ProviderDependencies) {
  return {
    ...DISCOVERY,
    account_events_poll_endpoint: `${issuer}${POLL_PATH}`,
    account_event_types_supported: Object.values(accountEventUris),
    // Where people look after their accounts, as MSC4191 names it.
    account_management_uri: `${issuer}${accountPaths.overview}`,
  };
}

function checkParameters(ctx: KoaContextWithOIDC): void {
  checkSizes(ctx);
  checkService(ctx);
  checkActing(ctx);
  checkTrustedRequest(ctx);
  limitToRegistration(ctx);
}

// For whom somebody acts belongs into the ID token, where the library lets through what stands under
// `openid`; whether it is released is decided by its own scope (claims.ts).
function claimsOption(): Record<string, string[]> {
  const lists = Object.entries(scopeClaims).map(([scope, names]) => [scope, [...names]]);
  return { ...Object.fromEntries(lists), openid: [...scopeClaims.openid, ...ACTING_CLAIMS] };
}

function cookies({ cookieKeys, cookieNames, isSecure }: ProviderDependencies) {
  const shared = { ...cookieOptions({ isSecure }), signed: true } as const;
  return {
    keys: cookieKeys,
    names: {
      session: cookieNames.host('hutong_session'),
      interaction: cookieNames.secure('hutong_interaction'),
      resume: cookieNames.secure('hutong_resume'),
    },
    long: { ...shared, path: '/' },
    short: shared,
  };
}

function features(deps: ProviderDependencies) {
  return {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: {
      enabled: true,
      charset: USER_CODE_CHARSET,
      mask: USER_CODE_MASK,
      deviceInfo: (ctx: KoaContextWithOIDC) => ({
        userAgent: ctx.get('user-agent').slice(0, 300),
        address: ctx.ip,
      }),
      userCodeInputSource: leadToFailure,
      successSource: leadToSuccess,
    },
    dPoP: { enabled: true, nonceSecret: deps.dpopNonceSecret },
    fapi: {
      enabled: true,
      profile: (_ctx: KoaContextWithOIDC, client: object | undefined) =>
        client && clientExtras(client).profile === 'fapi2' ? '2.0' : undefined,
    },
    introspection: { enabled: true, allowedPolicy: deps.isIntrospectionAllowed },
    pushedAuthorizationRequests: { enabled: true },
    // Signed ones only (RFC 9101); `none` is not among the algorithms.
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: checkRequestObject },
    resourceIndicators: {
      enabled: true,
      defaultResource,
      getResourceServerInfo: deps.getResourceServerInfo,
    },
    revocation: { enabled: true, allowedPolicy: isOwnToken },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: deps.renderSignOut,
      postLogoutSuccessSource: deps.renderSignedOut,
    },
    userinfo: { enabled: true },
  };
}

/** The library knows back-channel logout only, and asks its client whether it needs a `sid`. */
function giveSidToFrontChannelClients({ Client }: Provider): void {
  const prototype = Client.prototype as unknown as { includeSid: (this: object) => unknown };
  const { includeSid } = prototype;
  prototype.includeSid = function (this: object) {
    const { frontchannelLogoutUri, frontchannelNeedsSid } = clientExtras(this);
    return includeSid.call(this) || (frontchannelLogoutUri !== undefined && frontchannelNeedsSid);
  };
}

/** What a device was given does not end when the phone that approved it signs out. */
function endsWithSession(ctx: KoaContextWithOIDC, { scopes }: { scopes: Set<string> }): boolean {
  return ctx.oidc.route !== 'device_resume' && !scopes.has('offline_access');
}

/** RFC 7009, 2.1: a client ends its own tokens, and nobody else's. */
function isOwnToken(
  _ctx: KoaContextWithOIDC,
  client: { clientId: string },
  token: { clientId?: string | undefined },
): boolean {
  return token.clientId === client.clientId;
}

/**
 * Asked about requests without `code_challenge`. @throws InvalidRequest in place of a plain `true`,
 * which the library would answer without naming the parameter.
 */
function isPkceMissing(client: object): false {
  const { requiresPkce, profile } = clientExtras(client);
  const isPublic = (client as { clientAuthMethod?: string }).clientAuthMethod === 'none';
  if (!requiresPkce && !isPublic && profile !== 'fapi2') return false;
  throw new errors.InvalidRequest('code_challenge is missing: this client must use PKCE with S256');
}

/** Scripts of public clients call us from the origins of their redirect URIs. */
function isOwnOrigin(origin: string, client: object): boolean {
  const { clientAuthMethod, redirectUris } = client as {
    clientAuthMethod: string;
    redirectUris: string[];
  };
  return (
    clientAuthMethod === 'none' &&
    redirectUris.some((uri) => URL.canParse(uri) && new URL(uri).origin === origin)
  );
}
