// The one place where a relying party speaks to the identity provider: discovery (when first
// needed, tried again after a failure), authorization, tokens, userinfo, logout keys.
import { createRemoteJWKSet, importJWK } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import type { ClientRegistration } from '../demo-clients.ts';
import type { DepartmentKey } from '../secrets.ts';
import type { BegunSignIn, PendingSignIn } from './pending-sign-ins.ts';

export type ProviderSettings = {
  readonly issuer: string;
  readonly registration: ClientRegistration;
  readonly privateKey: DepartmentKey | undefined;
};

export type AuthorizationRequest = {
  readonly begun: BegunSignIn;
  readonly extra: Readonly<Record<string, string>>;
};

export type Tokens = {
  readonly accessToken: string;
  readonly accessExpiresAt: number;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly claims: client.IDToken | undefined;
};

const requestTimeoutSeconds = 10;
const defaultTokenLifeSeconds = 60;

export class IdentityProvider {
  readonly issuer: string;
  readonly #settings: ProviderSettings;
  #discovered: Promise<client.Configuration> | undefined;
  #logoutKeys: JWTVerifyGetKey | undefined;

  constructor(settings: ProviderSettings) {
    this.issuer = settings.issuer;
    this.#settings = settings;
  }

  async authorizationUrl({ begun, extra }: AuthorizationRequest): Promise<URL> {
    const { registration } = this.#settings;
    return client.buildAuthorizationUrl(await this.#configuration(), {
      ...extra,
      redirect_uri: registration.redirect_uris[0] ?? '',
      scope: registration.scope,
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: begun.codeChallenge,
      code_challenge_method: 'S256',
    });
  }

  /** Exchanges the answer for tokens. @throws the errors of openid-client. */
  async exchange(answer: URL, pending: PendingSignIn): Promise<Tokens> {
    const configuration = await this.#configuration();
    const tokens = await client.authorizationCodeGrant(configuration, answer, {
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.codeVerifier,
      idTokenExpected: true,
    });
    return readTokens(tokens);
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    return readTokens(await client.refreshTokenGrant(await this.#configuration(), refreshToken));
  }

  async fetchUserInfo(accessToken: string, subject: string): Promise<client.UserInfoResponse> {
    return client.fetchUserInfo(await this.#configuration(), accessToken, subject);
  }

  async endSessionUrl(idToken: string, language: string | undefined): Promise<URL> {
    const back = this.#settings.registration.post_logout_redirect_uris[0] ?? '';
    return client.buildEndSessionUrl(await this.#configuration(), {
      id_token_hint: idToken,
      post_logout_redirect_uri: back,
      ...(language === undefined ? {} : { ui_locales: language }),
    });
  }

  async logoutKeys(): Promise<JWTVerifyGetKey> {
    const jwksUri = (await this.#configuration()).serverMetadata().jwks_uri;
    if (jwksUri === undefined) throw new Error('the identity provider publishes no keys');
    this.#logoutKeys ??= createRemoteJWKSet(new URL(jwksUri));
    return this.#logoutKeys;
  }

  /** A failed discovery is not remembered: the provider may only be starting. */
  async #configuration(): Promise<client.Configuration> {
    this.#discovered ??= this.#discover();
    try {
      return await this.#discovered;
    } catch (error) {
      this.#discovered = undefined;
      throw error;
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, registration } = this.#settings;
    const configuration = await client.discovery(
      new URL(issuer),
      registration.client_id,
      { id_token_signed_response_alg: registration.id_token_signed_response_alg },
      await this.#authentication(),
      {
        timeout: requestTimeoutSeconds,
        execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
      },
    );
    return configuration;
  }

  async #authentication(): Promise<client.ClientAuth> {
    const { registration, privateKey } = this.#settings;
    const { token_endpoint_auth_method: method, client_secret: secret } = registration;
    if (method === 'private_key_jwt' && privateKey) {
      const key = await importJWK(privateKey, 'ES256');
      if (key instanceof Uint8Array) throw new Error('the client key is not a key pair');
      return client.PrivateKeyJwt({ key, kid: privateKey.kid });
    }
    if (method === 'client_secret_post') return client.ClientSecretPost(secret);
    if (method === 'client_secret_basic') return client.ClientSecretBasic(secret);
    throw new Error(`no credential for client authentication by ${method}`);
  }
}

function readTokens(
  tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers,
): Tokens {
  const lifeSeconds = tokens.expiresIn() ?? defaultTokenLifeSeconds;
  return {
    accessToken: tokens.access_token,
    accessExpiresAt: Date.now() + lifeSeconds * 1000,
    refreshToken: tokens.refresh_token,
    idToken: tokens.id_token,
    claims: tokens.claims(),
  };
}
