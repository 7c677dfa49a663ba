// Puts the parts of this domain together: storage behind the library, the provider, and what the
// application mounts. A change of keys or settings builds a new provider behind the same mount.
import type { Adapter, AdapterPayload, JWKS, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Account } from '../accounts/account.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { SparingLog } from '../audit/sparing-log.ts';
import type { ServiceCatalogue } from '../clients/service-catalogue.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { ClientKeySets } from '../clients/client-key-sets.ts';
import type { ConsentStore } from '../consent/consent-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Random } from '../platform/random.ts';
import type { SessionEnding } from '../sessions/session-ending.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { ArtefactAdapter } from './storage/artefact-adapter.ts';
import type { ArtefactModel } from './storage/artefact-model.ts';
import type { ArtefactStore } from './storage/artefact-store.ts';
import { ClientAdapter } from './storage/client-adapter.ts';
import { DeviceCodeAdapter } from './storage/device-code-adapter.ts';
import type { DeviceCodeStore } from './storage/device-code-store.ts';
import type { DeviceDecisions } from './device/device-decisions.ts';
import { createGrantLoader } from './claims/existing-grant.ts';
import { mayBeUsed } from './identity/introspected.ts';
import type { RequestIdentityDependencies } from './identity/request-identity.ts';
import { GrantAdapter } from './storage/grant-adapter.ts';
import { InteractionAdapter } from './storage/interaction-adapter.ts';
import type { GrantRevocation } from './storage/grant-revocation.ts';
import type { GrantStore } from './storage/grant-store.ts';
import { pairwiseSubject } from './claims/pairwise.ts';
import { countProtocol } from './protocol-metrics.ts';
import { createProvider } from './provider.ts';
import { recordSuspicion } from './record-suspicion.ts';
import { RefreshGrace } from './storage/refresh-grace.ts';
import { createResourceServerLookup, mayIntrospect } from './claims/resource-servers.ts';
import type { IsRegisteredResource } from './claims/resource-servers.ts';
import { SessionAdapter } from './storage/session-adapter.ts';
import { admitByTrust } from './claims/trusted-client.ts';
import type { ClientTrustDependencies } from './claims/trusted-client.ts';
import { createAccountLookup, sectorOf } from './claims/signed-in-account.ts';
import type { AccountLookupDependencies } from './claims/signed-in-account.ts';
import { withPublishedKeys } from './claims/signed-with.ts';
import { createSignOutPage, renderSignedOut } from './pages/sign-out-pages.ts';
import { currentRequest, requestMemo } from './storage/request-memo.ts';
import { SessionStanding } from './storage/session-standing.ts';
import { TokenStanding } from './storage/token-standing.ts';

export interface ProtocolDependencies extends ClientTrustDependencies {
  issuer: string;
  isSecure: boolean;
  cookies: CookieNames;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  logger: Logger;
  metrics: Pick<Metrics, 'grant' | 'authorization'>;
  refreshGraceSeconds: number;
  jwks: JWKS;
  accounts: { findById(id: string): Promise<Account | undefined> };
  /** What the staff directory says of an account, as it has it now. */
  staffClaim(accountId: string): Promise<object | undefined>;
  numberOfSignIn: AccountLookupDependencies['numberOfSignIn'];
  provenance: AccountLookupDependencies['provenance'];
  accountView: AccountLookupDependencies['accountView'];
  credentials: {
    passwords: { find(accountId: string): Promise<{ revision: number } | undefined> };
    passkeys: { has(accountId: string, id: string): Promise<boolean> };
  };
  entitySignIns: { has(id: string): Promise<boolean>; use(id: string): Promise<boolean> };
  upstreamSignIns: { has(id: string): Promise<boolean>; use(id: string): Promise<boolean> };
  /** The platform that a session came from. */
  signOutPlace: Parameters<typeof createSignOutPage>[0]['signOutPlace'];
  services: ServiceCatalogue;
  clients: { find(clientId: string): AdapterPayload | undefined };
  /** Clients of other platforms that are suspended are nobody's. */
  peers: Pick<PeerDirectory, 'stops'>;
  clientKeys: ClientKeySets;
  isRegisteredResource: IsRegisteredResource;
  artefacts: ArtefactStore;
  deviceCodes: DeviceCodeStore;
  decisions: DeviceDecisions;
  grants: GrantStore;
  revocation: GrantRevocation;
  sessions: SessionStore;
  ending: SessionEnding;
  outbox: RequestIdentityDependencies['outbox'];
  database: RequestIdentityDependencies['database'];
  mandates: RequestIdentityDependencies['mandates'];
  suggestions: RequestIdentityDependencies['suggestions'];
  actingEnding: RequestIdentityDependencies['actingEnding'];
  consents: ConsentStore;
  /** Every request the library sends. */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  /** Called when an interaction begins, before the browser is sent to its page. */
  onInteraction(ctx: KoaContextWithOIDC, uid: string): string;
}

export function createProtocol(deps: ProtocolDependencies): Provider {
  const { keyring } = deps;
  const findAccount = createAccountLookup(deps);
  const provider = createProvider({
    issuer: deps.issuer,
    isSecure: deps.isSecure,
    clock: deps.clock,
    services: deps.services,
    adapter: adapterFactory(deps),
    jwks: deps.jwks,
    cookieKeys: keyring.secrets('cookie', 'oidc'),
    cookieNames: deps.cookies,
    // A key that never rotates: a client that alternates between two processes must not be sent back.
    dpopNonceSecret: keyring.mac('artefactId', 'dpop-nonce', ''),
    findAccount,
    loadExistingGrant: createGrantLoader(deps),
    pairwiseIdentifier: (_ctx, accountId, client) =>
      pairwiseSubject(keyring, sectorOf(client), accountId),
    getResourceServerInfo: createResourceServerLookup(deps.issuer, deps.isRegisteredResource),
    isIntrospectionAllowed: async (ctx, client, token) => {
      if (!mayIntrospect(client as { clientId: string }, token)) return false;
      return mayBeUsed(findAccount, ctx, token);
    },
    interactionUrl: (ctx, interaction) => deps.onInteraction(ctx, interaction.uid),
    renderSignOut: createSignOutPage({
      findClient: (clientId) => {
        const provider = currentRequest()?.oidc.provider;
        return provider?.Client.find(clientId) ?? Promise.resolve(undefined);
      },
      signOutPlace: deps.signOutPlace,
    }),
    renderSignedOut,
    fetch: (url, init) => send(deps, url, init),
  });
  recordRefusals(provider, deps);
  recordSuspicion(provider, deps);
  countProtocol(provider, deps.metrics);
  provider.on('server_error', (ctx, error) => {
    requestMemo(ctx).failure = error;
  });
  return provider;
}

/** What a person or a rule refused; wrong requests and silent probes are ordinary traffic. */
const RECORDED_REFUSALS = new Set(['access_denied', 'unmet_authentication_requirements']);

/** Where a client shows who it is. */
const CLIENT_ERRORS = [
  'grant.error',
  'introspection.error',
  'revocation.error',
  'pushed_authorization_request.error',
] as const;

function recordRefusals(provider: Provider, { audit, logger }: ProtocolDependencies): void {
  const onFailure = (error: unknown) => logger.error({ err: error }, 'a refusal was not recorded');
  const sparing = new SparingLog(audit);
  const recordClient = (ctx: KoaContextWithOIDC, error: Error & { error?: string }) => {
    if (error.error !== 'invalid_client') return;
    // Unless it is registered, anything may have been sent as its id.
    const clientId = ctx.oidc.client?.clientId;
    const actor = clientId === undefined ? 'anonymous' : `client:${clientId}`;
    const facts = { actor, clientId, address: ctx.ip, reason: error.error };
    sparing.record({ type: 'oidc.client_refused', result: 'refused', ...facts }).catch(onFailure);
  };
  for (const event of CLIENT_ERRORS) provider.on(event as 'grant.error', recordClient);
  provider.on('authorization.error', (ctx, { error: reason }) => {
    if (!RECORDED_REFUSALS.has(reason)) return;
    const { client, session } = ctx.oidc;
    const actor = session?.accountId ?? 'anonymous';
    const facts = { actor, clientId: client?.clientId, address: ctx.ip, reason };
    audit
      .record({ type: 'oidc.authorization_refused', result: 'refused', ...facts })
      .catch(onFailure);
  });
}

// Logout notices go out from the outbox with a record of each delivery. The library would send
// them by itself, within the person's request: it is told that they have arrived. And it would
// fetch a client's keys as often as it is asked to.
async function send(
  deps: ProtocolDependencies,
  url: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  if (currentRequest()?.oidc.route === 'end_session_confirm') {
    return new Response(null, { status: 204 });
  }
  const address = String(url instanceof Request ? url.url : url);
  if (init?.method === 'GET' && deps.clientKeys.has(address)) {
    return deps.clientKeys.answer(address);
  }
  return deps.fetch(address, init);
}

function adapterFactory(deps: ProtocolDependencies): (model: string) => Adapter {
  const readers = {
    session: (uid: string) => deps.sessions.findByUid(uid),
    grant: (id: string) => deps.grants.find(id),
    account: (id: string) => deps.accounts.findById(id),
  };
  const refreshGrace = new RefreshGrace({ ...deps, graceSeconds: deps.refreshGraceSeconds });
  const standing = new TokenStanding(readers);
  const sessionStanding = new SessionStanding(readers);
  const artefactDeps = { ...deps, refreshGrace, standing };
  return (model) => {
    switch (model) {
      case 'Session':
        return new SessionAdapter({ ...deps, standing: sessionStanding });
      case 'Grant':
        return new GrantAdapter(deps);
      case 'Client':
        return new ClientAdapter(async (clientId) => {
          await admitByTrust(deps, clientId);
          const client = deps.peers.stops(clientId) ? undefined : deps.clients.find(clientId);
          return withPublishedKeys(deps.clientKeys, client);
        });
      case 'Interaction':
        return new InteractionAdapter({ ...artefactDeps, readers });
      case 'DeviceCode':
        return new DeviceCodeAdapter(artefactDeps);
      default:
        return new ArtefactAdapter(model as ArtefactModel, artefactDeps);
    }
  };
}
