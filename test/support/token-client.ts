// A client's way to the endpoints it calls itself: token, userinfo, introspection, revocation, PAR.
// Answers come as they are, because most tests are about refusals.
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import type { CityClient } from './city-clients.ts';
import type { Answer } from './city-browser.ts';

export interface Answered {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & {
    access_token?: string;
    refresh_token?: string;
    id_token?: string;
    error?: string;
  };
}

export interface DpopKey {
  privateKey: CryptoKey;
  publicJwk: JWK;
}

export class TokenClient {
  readonly issuer: string;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(issuer: string) {
    this.issuer = issuer;
    this.#keys = createRemoteJWKSet(new URL('/oauth2/jwks', issuer));
  }

  async redeem(answer: Answer, extra: Readonly<Record<string, string>> = {}, dpop?: DpopKey) {
    const fields = {
      grant_type: 'authorization_code',
      code: answer.code,
      redirect_uri: answer.client.redirectUri,
      code_verifier: answer.verifier,
      ...extra,
    };
    return this.token(answer.client, fields, dpop);
  }

  async refresh(client: CityClient, refreshToken: string, dpop?: DpopKey): Promise<Answered> {
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken };
    return this.token(client, fields, dpop);
  }

  async token(
    client: CityClient,
    fields: Readonly<Record<string, string>>,
    dpop?: DpopKey,
  ): Promise<Answered> {
    return this.#send({ path: '/oauth2/token', client, fields, dpop });
  }

  async introspect(client: CityClient, token: string): Promise<Answered> {
    return this.post('/oauth2/introspect', client, { token });
  }

  async revoke(client: CityClient, token: string): Promise<Answered> {
    return this.post('/oauth2/revoke', client, { token });
  }

  async userinfo(accessToken: string): Promise<Answered> {
    return answered(
      await fetch(`${this.issuer}/oauth2/userinfo`, {
        headers: { authorization: `Bearer ${accessToken}` },
      }),
    );
  }

  async push(
    client: CityClient,
    fields: Readonly<Record<string, string>>,
    dpop?: DpopKey,
  ): Promise<Answered> {
    return this.#send({ path: '/oauth2/par', client, fields, dpop });
  }

  /** Any endpoint that takes a form and the client's own authentication. */
  async post(
    path: string,
    client: CityClient,
    fields: Readonly<Record<string, string>>,
  ): Promise<Answered> {
    return this.#send({ path, client, fields });
  }

  async #send(of: {
    path: string;
    client: CityClient;
    fields: Readonly<Record<string, string>>;
    dpop?: DpopKey | undefined;
  }): Promise<Answered> {
    const { path, client, fields, dpop } = of;
    const { headers, extra } = await this.authentication(client);
    const url = `${this.issuer}${path}`;
    const send = async (nonce?: string) =>
      fetch(url, {
        method: 'POST',
        headers: {
          ...headers,
          ...(dpop ? { dpop: await dpopProof(dpop, { method: 'POST', url, nonce }) } : {}),
        },
        body: new URLSearchParams({ ...extra, ...fields }),
      });
    const first = await answered(await send());
    if (first.body.error !== 'use_dpop_nonce') return first;
    return answered(await send(first.headers.get('dpop-nonce') ?? undefined));
  }

  async authentication(client: CityClient): Promise<{
    headers: Record<string, string>;
    extra: Record<string, string>;
  }> {
    switch (client.authMethod) {
      case 'client_secret_basic': {
        const pair = `${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret ?? '')}`;
        const basic = Buffer.from(pair).toString('base64');
        return { headers: { authorization: `Basic ${basic}` }, extra: {} };
      }
      case 'client_secret_post':
        return { headers: {}, extra: { client_id: client.id, client_secret: client.secret ?? '' } };
      case 'private_key_jwt':
        return { headers: {}, extra: await this.assertion(client) };
      default:
        return { headers: {}, extra: { client_id: client.id } };
    }
  }

  async assertion(client: CityClient): Promise<Record<string, string>> {
    if (!client.key) throw new Error(`${client.id} has no key`);
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'own' })
      .setIssuer(client.id)
      .setSubject(client.id)
      .setAudience(this.issuer)
      .setJti(randomBytes(16).toString('base64url'))
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(client.key);
    return {
      client_id: client.id,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    };
  }

  /** The claims of an ID token, after the checks a client must make. */
  async verifyIdToken(answer: Answer, idToken: string): Promise<JWTPayload> {
    const options = { issuer: this.issuer, audience: answer.client.id };
    const { payload } = await jwtVerify(idToken, this.#keys, options);
    if (payload['nonce'] !== answer.nonce) throw new Error('the nonce is another one');
    return payload;
  }

  async verify(token: string, audience: string) {
    return jwtVerify(token, this.#keys, { issuer: this.issuer, audience });
  }
}

export async function makeDpopKey(): Promise<DpopKey> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  return { privateKey: pair.privateKey, publicJwk: await exportJWK(pair.publicKey) };
}

export async function dpopProof(
  key: DpopKey,
  of: { method: string; url: string; nonce?: string | undefined; accessToken?: string },
): Promise<string> {
  const ath = of.accessToken && createHash('sha256').update(of.accessToken).digest('base64url');
  return new SignJWT({
    htm: of.method,
    htu: of.url,
    ...(of.nonce === undefined ? {} : { nonce: of.nonce }),
    ...(ath ? { ath } : {}),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.publicJwk })
    .setJti(randomBytes(16).toString('base64url'))
    .setIssuedAt()
    .sign(key.privateKey);
}

export async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body = (isJson ? JSON.parse(text) : { text }) as Answered['body'];
  return { status: response.status, headers: response.headers, body };
}
