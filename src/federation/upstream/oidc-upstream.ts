// Sign-in through a peer that speaks OpenID Connect: any standard product, by configuration alone.
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { epochSeconds } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Outbound } from '../../platform/outbound.ts';
import type { Peer } from '../../peers/peer.ts';
import type {
  UpstreamAdapter,
  UpstreamAnswer,
  UpstreamBegun,
  UpstreamCallback,
  UpstreamPeer,
  UpstreamRequest,
} from '../upstream-identity.ts';
import { checkIdToken, explainOidcError, readUserInfo } from './oidc-answer.ts';
import { oidcClient } from './oidc-client.ts';
import { readLogoutToken } from './oidc-logout.ts';
import { mapOidcClaims, oidcDialect } from './oidc-mapping.ts';
import { levelNamed } from './stated-fields.ts';
import { OidcProviders } from './oidc-metadata.ts';
import type { OidcProvider } from './oidc-metadata.ts';
import { answerOf, failed, isTicketForm } from './upstream-failure.ts';
import type { Failed } from './upstream-failure.ts';

/** A sign-in that was asked for anew is this old at most when its answer comes, in seconds. */
const FORCED_MAX_AGE_SECONDS = 300;

export interface UpstreamDependencies {
  fetch: Outbound['fetch'];
  clock: Clock;
}

interface Opened {
  ok: true;
  provider: OidcProvider;
  configuration: openid.Configuration;
}

export function createOidcUpstream(deps: UpstreamDependencies): UpstreamAdapter {
  const providers = new OidcProviders(deps);

  async function open(of: UpstreamPeer): Promise<Opened | Failed> {
    const found = await providers.of(of.peer);
    if (!found.ok) return found;
    const client = await oidcClient(of, found.provider, deps.fetch);
    return client.ok ? { ...client, provider: found.provider } : client;
  }

  return {
    canForce: true,
    begin: async (of, request) => {
      const opened = await open(of);
      return opened.ok ? await authorizationPage(opened, of.peer, request) : asBegun(opened);
    },
    complete: async (of, request, callback) => {
      const opened = await open(of);
      if (!opened.ok) return opened;
      try {
        return await exchange(opened, of.peer, { request, callback, clock: deps.clock });
      } catch (error) {
        return explainOidcError(error);
      }
    },
    signOutPage: async (of, session) => {
      const opened = await open(of);
      if (!opened.ok || !opened.provider.metadata.end_session_endpoint) return undefined;
      return openid.buildEndSessionUrl(opened.configuration, {
        post_logout_redirect_uri: session.returnTo,
        ...(session.state === undefined ? {} : { state: session.state }),
        ...signOutHint(session),
      });
    },
    readLogout: async (of, token) => {
      const found = await providers.of(of.peer);
      return found.ok ? readLogoutToken(of, found.provider, { token, clock: deps.clock }) : found;
    },
    levelNamed: (peer, name) => levelNamed(peer, oidcDialect, name),
    accountPage: (peer) => {
      const page = providers.known(peer)?.metadata.account_management_uri;
      const isLess = peer.issuer.startsWith('https:') && page?.startsWith('https:') !== true;
      return isLess ? undefined : page;
    },
    readSample: (peer, sample) => mapOidcClaims(peer, sample, deps.clock.now()),
  };
}

async function authorizationPage(
  { configuration, provider }: Opened,
  peer: Peer,
  request: UpstreamRequest,
): Promise<UpstreamBegun> {
  const parameters = authorizationParameters(peer, provider, request);
  const isPushed =
    provider.metadata.pushed_authorization_request_endpoint !== undefined &&
    peer.connection.settings['pushed_authorization'] !== 'never';
  try {
    const page = isPushed
      ? await openid.buildAuthorizationUrlWithPAR(configuration, parameters)
      : openid.buildAuthorizationUrl(configuration, parameters);
    return { ok: true, page };
  } catch (error) {
    return asBegun(explainOidcError(error));
  }
}

function asBegun({ reason, detail }: Failed): UpstreamBegun {
  return { ok: false, reason: reason === 'invalid' ? 'invalid' : 'unavailable', detail };
}

/** Nothing in it says who the person is. */
function authorizationParameters(
  peer: Peer,
  { metadata }: OidcProvider,
  request: UpstreamRequest,
): Record<string, string> {
  const maxAge = maxAgeOf(request);
  const acr = acrValuesFor(peer, metadata.acr_values_supported, request.neededLevel);
  const isCreating =
    request.isRegistration === true &&
    metadata.prompt_values_supported?.includes('create') === true;
  const prompt = isCreating ? 'create' : request.isForced ? 'login' : undefined;
  return {
    redirect_uri: request.redirectUri,
    scope: peer.connection.settings['scope'] ?? 'openid profile',
    state: request.state,
    nonce: request.nonce,
    code_challenge: createHash('sha256').update(request.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    trace_id: request.traceId,
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(acr === undefined ? {} : { acr_values: acr }),
    ...(prompt === undefined ? {} : { prompt }),
  };
}

/** `prompt` can be taken out of an address by whoever holds the browser; the answer's `auth_time` cannot. */
function maxAgeOf({ maxAgeSeconds, isForced }: UpstreamRequest): number | undefined {
  return maxAgeSeconds ?? (isForced ? FORCED_MAX_AGE_SECONDS : undefined);
}

/** Its names of the level that is needed and of those above, lowest first. */
function acrValuesFor(
  { levelMap }: Peer,
  published: readonly string[] | undefined,
  neededLevel: number | undefined,
): string | undefined {
  if (neededLevel === undefined) return undefined;
  const own = Object.entries(levelMap);
  const known = own.length > 0 ? own : Object.entries(oidcDialect.levels);
  const isTaken = ([name]: [string, number]) =>
    own.length > 0 ? (published?.includes(name) ?? true) : published?.includes(name) === true;
  const sufficient = known
    .filter((each) => each[1] >= neededLevel && isTaken(each))
    .toSorted(([, one], [, other]) => one - other);
  return sufficient.length > 0 ? sufficient.map(([name]) => name).join(' ') : undefined;
}

async function exchange(
  { configuration, provider }: Opened,
  peer: Peer,
  of: { request: UpstreamRequest; callback: UpstreamCallback; clock: Clock },
): Promise<UpstreamAnswer> {
  const { request, callback, clock } = of;
  if (callback['state'] !== request.state) return failed('invalid', 'state_wrong');
  if (!isTicketForm(callback['code'] ?? 'none')) return failed('replayed', 'code_not_accepted');
  const maxAge = maxAgeOf(request);
  const tokens = await openid.authorizationCodeGrant(
    configuration,
    answerAddress(request.redirectUri, callback),
    {
      expectedState: request.state,
      expectedNonce: request.nonce,
      pkceCodeVerifier: request.codeVerifier,
      idTokenExpected: true,
      ...(maxAge === undefined ? {} : { maxAge }),
    },
    { redirect_uri: request.redirectUri },
  );
  const claims = tokens.claims();
  const { id_token: idToken, access_token: accessToken } = tokens;
  if (claims === undefined || idToken === undefined) return failed('invalid', 'answer_invalid');
  await checkIdToken({ idToken, accessToken, claims }, provider, epochSeconds(clock));
  const info =
    peer.connection.settings['userinfo'] === 'never'
      ? {}
      : await readUserInfo(configuration, provider, {
          accessToken,
          subject: claims.sub,
          clientId: peer.connection.clientId,
        });
  return answerOf(mapOidcClaims(peer, { ...info, ...claims }, clock.now()), idToken);
}

function answerAddress(redirectUri: string, callback: UpstreamCallback): URL {
  const address = new URL(redirectUri);
  address.search = '';
  for (const [name, value] of Object.entries(callback)) address.searchParams.set(name, value);
  return address;
}

/** What says nothing of the person: only a token of these may stand in an address. */
const HARMLESS_CLAIMS = new Set(
  (
    'iss sub aud azp exp iat nbf jti nonce sid auth_time acr amr at_hash c_hash s_hash typ ver ' +
    'subject_type real_name_level login_strength former_subs session_state'
  ).split(' '),
);

function signOutHint(session: {
  sessionId?: string | undefined;
  idToken?: string | undefined;
}): Record<string, string> {
  const { idToken, sessionId } = session;
  if (idToken !== undefined && isHarmless(idToken)) return { id_token_hint: idToken };
  return sessionId === undefined ? {} : { logout_hint: sessionId };
}

function isHarmless(idToken: string): boolean {
  try {
    return Object.keys(decodeJwt(idToken)).every((claim) => HARMLESS_CLAIMS.has(claim));
  } catch {
    return false;
  }
}
