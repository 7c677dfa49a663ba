// The tif dialect in front of our own OpenID Connect: each of its three calls is one of ours, made for the
// same registered client, so that sign-in, consent, codes, levels and their ends are the same.
import type { ClientRegistration } from '../../clients/client-registration.ts';
import { readOpaqueToken } from '../../oidc/bearer/opaque-tokens.ts';
import type { OpaqueTokenDependencies } from '../../oidc/bearer/opaque-tokens.ts';
import type { Fetch } from '../../platform/http/in-process-fetch.ts';
import { publishedKey, withEnvelope } from './tif-signature.ts';
import type { TifSigner } from './tif-signature.ts';
import { tifAnswer } from './tif-user.ts';

export interface ServeTifDependencies extends OpaqueTokenDependencies, TifSigner {
  issuer: string;
  clients: { registration(clientId: string): ClientRegistration | undefined };
  /** To ourselves, without the network. */
  fetch: Fetch;
}

export interface TifAnswer {
  status: number;
  body: object;
}

export interface TokenRequest {
  client_id: string;
  client_secret: string;
  code: string;
  redirect_uri: string;
  grant_type: string;
}

/** What of a person the dialect has a field for. */
const SCOPES = ['openid', 'profile', 'phone', 'email', 'real_name', 'id_document', 'legal_entity'];
const REFUSED_CLIENT: TifAnswer = { status: 401, body: { error: 'invalid_client' } };
const REFUSED_TOKEN: TifAnswer = { status: 401, body: { error: 'invalid_token' } };

export function serveTif(deps: ServeTifDependencies) {
  const bridged = (clientId: string) => {
    const registration = deps.clients.registration(clientId);
    return registration?.bridges?.includes('tif') ? registration : undefined;
  };
  return {
    /** Our own authorization request; undefined for who has not registered for the dialect. */
    authorizationAddress(request: {
      client_id: string;
      redirect_uri: string;
      response_type: string;
      state?: string | undefined;
    }): URL | undefined {
      const registration = bridged(request.client_id);
      if (!registration) return undefined;
      const { state, ...given } = request;
      const own = registration.scope.split(' ');
      const scope = SCOPES.filter((each) => own.includes(each)).join(' ');
      const address = new URL('/oauth2/authorize', deps.issuer);
      const parameters = { ...given, scope, ...(state === undefined ? {} : { state }) };
      address.search = new URLSearchParams(parameters).toString();
      return address;
    },
    accessToken: async (request: TokenRequest) =>
      bridged(request.client_id) ? redeem(deps, request) : REFUSED_CLIENT,
    async tokenInfo(token: string): Promise<TifAnswer> {
      const known = await readOpaqueToken(deps, token);
      const isKnown = known !== undefined && known !== 'expired' && bridged(known.clientId);
      if (!isKnown) return REFUSED_TOKEN;
      const answer = await deps.fetch(new URL('/oauth2/userinfo', deps.issuer), {
        headers: { authorization: `Bearer ${token}` },
      });
      if (answer.status === 503) return { status: 503, body: { error: 'temporarily_unavailable' } };
      if (!answer.ok) return REFUSED_TOKEN;
      const released: unknown = await answer.json();
      const { session, clientId } = known;
      const sid = session?.authorizations[clientId]?.sid;
      const { issuer } = deps;
      const content = tifAnswer({ released, amr: session?.amr ?? [], sid, issuer });
      return { status: 200, body: withEnvelope(deps, content) };
    },
    publishedKey: () => publishedKey(deps),
  };
}

async function redeem({ issuer, fetch }: ServeTifDependencies, request: TokenRequest) {
  const { client_id: id, client_secret: secret, ...fields } = request;
  const credentials = [id, secret].map((each) => encodeURIComponent(each)).join(':');
  const answer = await fetch(new URL('/oauth2/token', issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams(fields),
  });
  const body = (await answer.json()) as Record<string, unknown>;
  if (!answer.ok) {
    const { error, error_description } = body;
    return { status: answer.status, body: { error, error_description } };
  }
  // The dialect knows neither ID tokens nor refreshing.
  const { access_token, expires_in } = body;
  const given = { access_token, token_type: 'bearer', expires_in, scope: 'all' };
  return { status: answer.status, body: given };
}
