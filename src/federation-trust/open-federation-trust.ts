// Puts trust by federation together; nothing of it runs without the setting.
import type { ClientDirectory } from '../clients/client-directory.ts';
import type { ClientStore } from '../clients/client-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { SigningKeyKeeper } from '../keys/signing-key-keeper.ts';
import { keyPolicyOf } from '../keys/key-schedule.ts';
import type { KeyPolicy } from '../keys/key-schedule.ts';
import { federationKeys, relyingPartyKeys } from '../keys/signing-key.ts';
import type { KeySetKind } from '../keys/signing-key.ts';
import type { SigningKeyStore } from '../keys/signing-key-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import type { Words } from '../platform/http/locale.ts';
import type { Route } from '../platform/http/route.ts';
import type { LiveProcesses } from '../platform/live-processes-store.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { ChainStore } from './chain-store.ts';
import { DenialStore } from './denial-store.ts';
import { federationRound } from './federation-round.ts';
import { federationRoutes } from './federation.routes.ts';
import { HeldTrustMarks } from './held-trust-marks.ts';
import { ownRoles } from './own-roles.ts';
import type { RelyingPartyAddresses } from './own-roles.ts';
import { OwnStatements, publicKey } from './own-statements.ts';
import { refreshSubordinates } from './refresh-subordinates.ts';
import { SubordinateStore } from './subordinate-store.ts';
import { TrustAnchorStore } from './trust-anchor-store.ts';
import { TrustedClients } from './trusted-clients.ts';
import { resolvePeer } from './trusted-peers.ts';
import type { TrustedPeer } from './trusted-peers.ts';
import type { Trusted } from './trust-refusal.ts';
import { givenAnchors, TrustResolver } from './trust-resolver.ts';
import type { MaySearch } from './trust-resolver.ts';
import type { GivenAnchor } from './trust-resolver.ts';

export interface FederationTrustDependencies {
  issuer: string;
  mode: 'production' | 'demonstration';
  database: Database;
  audit: AuditLog;
  clock: Clock;
  random: Random;
  logger: Logger;
  words: Words;
  processes: Pick<LiveProcesses, 'hasLease' | 'acknowledge' | 'allServersKnow'>;
  /** Of that kind. */
  keyStore(kind: KeySetKind): SigningKeyStore;
  signingKeys: KeyPolicy;
  /** To the network, and to our own address within the process. */
  fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  clientStore: ClientStore;
  clients: ClientDirectory<unknown>;
  knownScopes: readonly string[];
  endGrants(clientId: string): Promise<void>;
  addresses: RelyingPartyAddresses;
}

export interface FederationTrust {
  routes: readonly Route[];
  work: readonly { start(): void; stop(): Promise<void> }[];
  /** Lets relying parties in that nobody has registered. */
  trustedClients: TrustedClients;
  ofPeers: {
    /** A provider as a peer: of a sign-in, a sign-out, a logout token. */
    resolveTrusted: (issuer: string, maySearch?: MaySearch) => Promise<Trusted<TrustedPeer>>;
    /** Whom officers here have stopped to believe, with all below them. */
    deniedEntities: () => Promise<string[]>;
  };
}

export async function openFederationTrust(
  deps: FederationTrustDependencies,
  config: FederationConfig,
): Promise<FederationTrust> {
  const [keys, clientKeys] = await Promise.all([
    openKeys(deps, config, federationKeys),
    openKeys(deps, config, relyingPartyKeys),
  ]);
  const base = { ...deps, config, outbound: { fetch: deps.fetch } };
  const marks = new HeldTrustMarks(base);
  const roles = ownRoles({ ...base, relyingPartyKeys: clientKeys });
  const own = new OwnStatements({ ...base, keys, roles, heldMarks: () => marks.list() });
  const denials = new DenialStore(deps);
  const resolver = new TrustResolver({
    ...base,
    anchors: () => anchorsOf(deps.issuer, config, keys),
    anchorKeys: new TrustAnchorStore(deps),
    denials,
    chains: new ChainStore(deps),
    recheckSeconds: config.recheckSeconds,
  });
  const subordinates = new SubordinateStore(deps);
  const trustedClients = new TrustedClients({
    ...base,
    resolver,
    clients: deps.clientStore,
    directory: deps.clients,
  });
  const round = federationRound({
    ...base,
    refreshAnchors: () => resolver.refreshAnchors(),
    refreshSubordinates: () => refreshSubordinates({ ...base, ...config, subordinates }),
    renewMarks: () => marks.renew(),
    renewClients: (withinSeconds) => trustedClients.renew(withinSeconds),
  });
  return {
    routes: federationRoutes({ ...base, own, subordinates, resolver, keys }),
    work: [keys, clientKeys, round],
    trustedClients,
    ofPeers: {
      resolveTrusted: (issuer, maySearch) =>
        resolvePeer({ ...base, resolver, relyingPartyKeys: clientKeys }, issuer, maySearch),
      deniedEntities: async () => (await denials.list()).map(({ entityId }) => entityId),
    },
  };
}

function openKeys(
  deps: FederationTrustDependencies,
  federation: FederationConfig,
  kind: KeySetKind,
): Promise<SigningKeyKeeper> {
  const policy = keyPolicyOf(kind, { signingKeys: deps.signingKeys, federation });
  return SigningKeyKeeper.open({ ...deps, signingKeys: deps.keyStore(kind), policy });
}

/** Those that are given, and we ourselves where nobody is above us. */
function anchorsOf(
  issuer: string,
  config: FederationConfig,
  keys: SigningKeyKeeper,
): readonly GivenAnchor[] {
  const given = givenAnchors(config);
  if (!config.hub || config.authorityHints.length > 0) return given;
  const own = { keys: keys.jwks.keys.map(publicKey) };
  return [...given, { entityId: issuer, keys: own, levelCap: 4, trustMarks: [] }];
}
