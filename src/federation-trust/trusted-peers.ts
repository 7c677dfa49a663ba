// Identity providers that nobody has agreed with: a chain of trust gives what an officer would otherwise have
// registered of a peer, its cap included.
import type { RealNameLevel } from '../accounts/account.ts';
import { jwksSchema } from '../clients/client-keys.ts';
import { createHash } from 'node:crypto';
import { trustedPeerId } from '../federation/trusted-return.ts';
import { acrValues } from '../oidc/claims/assurance.ts';
import type { LoginStrengthCap, Peer, PeerSecrets, PeerWords } from '../peers/peer.ts';
import type { FederationConfig } from '../platform/federation-config.ts';
import { defaultLocale } from '../platform/http/locale.ts';
import type { Words } from '../platform/http/locale.ts';
import { isEndpoint } from './entity-id.ts';
import { LEVEL_CAP_PARAMETER } from './metadata-policy.ts';
import type { OwnKeys } from './own-statements.ts';
import type { TrustChain } from './trust-chain.ts';
import { refused } from './trust-refusal.ts';
import type { Trusted } from './trust-refusal.ts';
import type { MaySearch, TrustResolver } from './trust-resolver.ts';

export interface TrustedPeersDependencies {
  issuer: string;
  config: FederationConfig;
  resolver: Pick<TrustResolver, 'resolve'>;
  /** By which we show providers who asks. */
  relyingPartyKeys: OwnKeys;
  words: Words;
}

export interface TrustedPeer {
  peer: Peer;
  secrets: PeerSecrets;
  chain: TrustChain;
}

const ROLE = 'openid_provider';

/** The adapter's name of an address → the provider's. */
const ADDRESSES = {
  authorize: 'authorization_endpoint',
  token: 'token_endpoint',
  jwks: 'jwks_uri',
  userinfo: 'userinfo_endpoint',
  endSession: 'end_session_endpoint',
  pushedAuthorization: 'pushed_authorization_request_endpoint',
} as const;
const ISS_SUPPORTED = 'authorization_response_iss_parameter_supported';
const SCOPES = ['openid', 'profile', 'real_name', 'id_document'] as const;
const NEEDED = ['authorize', 'token', 'jwks'] as const;

/**
 * A provider as a peer that signs people in for us. It is registered nowhere here, its chain alone is kept,
 * and it is asked for again whenever it is needed, so that a chain that ended ends it.
 */
export async function resolvePeer(
  deps: TrustedPeersDependencies,
  issuer: string,
  maySearch?: MaySearch,
): Promise<Trusted<TrustedPeer>> {
  if (!deps.config.acceptsProviders)
    return refused('metadata_unusable', issuer, 'acceptsProviders');
  const resolved = await deps.resolver.resolve(issuer, ROLE, maySearch);
  if (!resolved.ok) return resolved;
  const { chain } = resolved;
  const metadata = chain.metadata[ROLE] ?? {};
  const problem = providerProblem(metadata, issuer);
  if (problem !== undefined) return refused('metadata_unusable', issuer, problem);
  const [key] = deps.relyingPartyKeys.jwks.keys;
  return {
    ok: true,
    chain,
    peer: peerOf(deps, chain, metadata),
    secrets: { clientKey: JSON.stringify(key) },
  };
}

/** The parameter for which it cannot be used. */
function providerProblem(
  metadata: Readonly<Record<string, unknown>>,
  issuer: string,
): string | undefined {
  if (metadata['issuer'] !== issuer) return 'issuer';
  const types = metadata['client_registration_types_supported'];
  const isAutomatic = !Array.isArray(types) || types.includes('automatic');
  if (!isAutomatic) return 'client_registration_types_supported';
  // All of them answer at one address of ours: without it one could pass an answer off as another's.
  if (metadata[ISS_SUPPORTED] !== true) return ISS_SUPPORTED;
  return NEEDED.map((name) => ADDRESSES[name]).find((field) => !isEndpoint(metadata[field]));
}

function peerOf(
  { issuer, config, words }: TrustedPeersDependencies,
  chain: TrustChain,
  metadata: Readonly<Record<string, unknown>>,
): Peer {
  const anchor = config.trustAnchors.find(({ entityId }) => entityId === chain.anchor);
  const names = namesOf(chain);
  const notice = (locale: 'zh-CN' | 'en') =>
    words.translate(locale, 'federation-trust.notice', { name: names[locale] });
  const jwks = jwksSchema.safeParse(metadata['jwks']);
  const isHub = chain.metadata['federation_entity']?.['federation_fetch_endpoint'] !== undefined;
  return {
    id: peerIdOf(chain.subject),
    issuer: chain.subject,
    names,
    kind: isHub ? 'provinceHub' : 'cityNode',
    roles: ['upstream'],
    connection: {
      protocol: 'oidc',
      clientId: issuer,
      addresses: addressesOf(metadata),
      settings: {
        scope: scopeOf(metadata),
        token_endpoint_auth_method: 'private_key_jwt',
        authorization_response_iss: 'required',
      },
    },
    clients: [],
    ...(jwks.success ? { jwks: jwks.data } : {}),
    levelMap: levelMapOf(metadata),
    levelCap: Number(metadata[LEVEL_CAP_PARAMETER]) as RealNameLevel,
    strengthCap: (anchor?.strengthCap ?? 1) as LoginStrengthCap,
    certificateTypeMap: {},
    attributeMap: {},
    notice: { 'zh-CN': notice('zh-CN'), en: notice('en') },
    droppedKeys: [],
    state: 'active',
    revision: chain.configuration.claims.iat,
  };
}

/** What our notice tells people of, as far as the provider has it. */
function scopeOf(metadata: Readonly<Record<string, unknown>>): string {
  const published = metadata['scopes_supported'];
  const has = (scope: string) => !Array.isArray(published) || published.includes(scope);
  return SCOPES.filter((scope) => scope === 'openid' || has(scope)).join(' ');
}

/** Always the same for one provider. */
function peerIdOf(entityId: string): string {
  return trustedPeerId(createHash('sha256').update(entityId).digest('hex').slice(0, 20));
}

/** Those of our own names of levels that it knows; else the dialect's. */
function levelMapOf(metadata: Readonly<Record<string, unknown>>): Peer['levelMap'] {
  const published = metadata['acr_values_supported'];
  const known = Array.isArray(published) ? published : [];
  const levels = acrValues.map((name, index) => [name, (index + 1) as RealNameLevel] as const);
  return Object.fromEntries(levels.filter(([name]) => known.includes(name)));
}

function addressesOf(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ADDRESSES).flatMap(([name, field]) => {
      const given = metadata[field];
      return isEndpoint(given) ? [[name, given]] : [];
    }),
  );
}

/** `organization_name`, with language variants (5.2.2), of either role; else its host. */
function namesOf({ metadata, subject }: TrustChain): PeerWords {
  const said = (locale: string) =>
    [ROLE, 'federation_entity']
      .flatMap((type) => [
        metadata[type]?.[`organization_name#${locale}`],
        ...(locale === defaultLocale ? [metadata[type]?.['organization_name']] : []),
      ])
      .find((name): name is string => typeof name === 'string' && name.trim() !== '')
      ?.slice(0, 60);
  const usual = said(defaultLocale) ?? new URL(subject).host;
  return { 'zh-CN': usual, en: said('en') ?? usual };
}
