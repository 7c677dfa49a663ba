// The account centre as a client of our own provider: its registration, its requests and how it
// reads the answers. What is known of ourselves is not discovered over the network.
import * as openid from 'openid-client';
import type { Fetch } from '../platform/http/in-process-fetch.ts';
import { ACCOUNT_CLIENT_ID, accountPaths } from './account-paths.ts';
import { AIM_PARAMETER } from './sign-in-aim.ts';
import type { SignInAim } from './sign-in-aim.ts';

const SIGNING_ALGORITHM = 'RS256';

export interface AccountClientDependencies {
  issuer: string;
  fetch: Fetch;
  clients: { find(clientId: string): unknown };
}

export interface SignInRequest {
  /** The password is asked for again; this many seconds ago it was given, at most. */
  maxAge?: number;
  acrValues?: string;
  /** What it is for; absent: what the page tells that it returns to. */
  aim?: SignInAim | undefined;
}

export interface NewSignIn extends Omit<SignInRequest, 'aim'> {
  nonce: string;
  codeVerifier: string;
}

export interface BegunSignIn extends NewSignIn {
  state: string;
}

export interface SignedIn {
  accountId: string;
  sid: string;
  idToken: string;
  authTime: number;
  acr: string | undefined;
  amr: string[];
}

export type SignInAnswer =
  | ({ ok: true } & SignedIn)
  /** The provider said no, e.g. because the person chose not to go on. */
  | { ok: false; reason: 'refused'; error: string }
  /** The answer is not one to what was asked, or came too late. */
  | { ok: false; reason: 'answer_invalid'; error: string };

/** In registration field names; the secret is made at the first registration. */
export function accountClientRegistration(issuer: string): Record<string, unknown> {
  return {
    client_id: ACCOUNT_CLIENT_ID,
    client_name: '账户中心',
    'client_name#en': 'Account centre',
    client_uri: `${issuer}${accountPaths.overview}`,
    redirect_uris: [`${issuer}${accountPaths.callback}`],
    post_logout_redirect_uris: [`${issuer}${accountPaths.signedOut}`],
    backchannel_logout_uri: `${issuer}${accountPaths.backchannelLogout}`,
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: SIGNING_ALGORITHM,
    scope: 'openid',
    consent: 'notice',
    // Inside the provider's own walls a subject is the account itself.
    subject_type: 'public',
    approvals: {
      public_subject: 'part of the provider: it reads the account from its own stores',
      notice: 'part of the provider: it shows people their own account',
    },
  };
}

export class AccountClient {
  readonly #deps: AccountClientDependencies;
  #known: { secret: string; configuration: openid.Configuration } | undefined;

  constructor(deps: AccountClientDependencies) {
    this.#deps = deps;
  }

  /** @param keep what the answer needs, for which it gives the state that brings it back */
  async begin(request: SignInRequest, keep: (begun: NewSignIn) => string): Promise<URL> {
    const { aim: _aim, ...kept } = request;
    const begun = {
      ...kept,
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const { maxAge, acrValues, aim } = request;
    return openid.buildAuthorizationUrl(this.#configuration(), {
      redirect_uri: `${this.#deps.issuer}${accountPaths.callback}`,
      scope: 'openid',
      state: keep(begun),
      nonce: begun.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(begun.codeVerifier),
      code_challenge_method: 'S256',
      ...(maxAge === undefined ? {} : { max_age: String(maxAge), prompt: 'login' }),
      ...(acrValues === undefined ? {} : { acr_values: acrValues }),
      ...(aim === undefined ? {} : { [AIM_PARAMETER]: aim }),
    });
  }

  /** @param query the query of the answer, as it came */
  async finish(query: string, begun: BegunSignIn): Promise<SignInAnswer> {
    const answer = new URL(`${this.#deps.issuer}${accountPaths.callback}?${query}`);
    try {
      const tokens = await openid.authorizationCodeGrant(this.#configuration(), answer, {
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        pkceCodeVerifier: begun.codeVerifier,
        idTokenExpected: true,
        ...(begun.maxAge === undefined ? {} : { maxAge: begun.maxAge }),
      });
      return readAnswer(tokens.id_token, tokens.claims());
    } catch (error) {
      return explain(error);
    }
  }

  /** Query parameters of a sign-out (RP-Initiated Logout 1.0, 2). */
  signOutQuery(idToken: string): string {
    return openid
      .buildEndSessionUrl(this.#configuration(), {
        id_token_hint: idToken,
        post_logout_redirect_uri: `${this.#deps.issuer}${accountPaths.signedOut}`,
      })
      .searchParams.toString();
  }

  /** Made again when the secret has changed. */
  #configuration(): openid.Configuration {
    const registered = this.#deps.clients.find(ACCOUNT_CLIENT_ID) as { client_secret?: string };
    const secret = registered?.client_secret;
    if (secret === undefined) throw new Error(`the client ${ACCOUNT_CLIENT_ID} is not registered`);
    if (this.#known?.secret === secret) return this.#known.configuration;
    const configuration = configure(this.#deps, secret);
    this.#known = { secret, configuration };
    return configuration;
  }
}

function configure({ issuer, fetch }: AccountClientDependencies, secret: string) {
  const configuration = new openid.Configuration(
    {
      issuer,
      authorization_endpoint: `${issuer}/oauth2/authorize`,
      token_endpoint: `${issuer}/oauth2/token`,
      end_session_endpoint: `${issuer}/oauth2/logout`,
      jwks_uri: `${issuer}/oauth2/jwks`,
      authorization_response_iss_parameter_supported: true,
    },
    ACCOUNT_CLIENT_ID,
    { id_token_signed_response_alg: SIGNING_ALGORITHM },
    openid.ClientSecretBasic(secret),
  );
  configuration[openid.customFetch] = (url, init) => fetch(url, init as RequestInit);
  if (issuer.startsWith('http:')) openid.allowInsecureRequests(configuration);
  return configuration;
}

function readAnswer(idToken: string | undefined, claims: openid.IDToken | undefined): SignInAnswer {
  const known: Partial<openid.IDToken> = claims ?? {};
  const { sub, sid, auth_time: authTime, acr, amr } = known;
  if (idToken === undefined || typeof sub !== 'string' || typeof sid !== 'string') {
    return { ok: false, reason: 'answer_invalid', error: 'claims_missing' };
  }
  return {
    ok: true,
    accountId: sub,
    sid,
    idToken,
    authTime: typeof authTime === 'number' ? authTime : 0,
    acr: typeof acr === 'string' ? acr : undefined,
    amr: Array.isArray(amr) ? amr.map(String) : [],
  };
}

function explain(error: unknown): SignInAnswer {
  if (error instanceof openid.AuthorizationResponseError) {
    return { ok: false, reason: 'refused', error: error.error };
  }
  if (error instanceof openid.ResponseBodyError && error.status < 500) {
    return { ok: false, reason: 'answer_invalid', error: error.error };
  }
  if (error instanceof openid.ClientError && error.code !== 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
    return { ok: false, reason: 'answer_invalid', error: error.code ?? 'invalid_response' };
  }
  throw error;
}
