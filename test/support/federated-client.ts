// A relying party of a federation that is registered nowhere: it says what it is, and shows its key with
// every request.
import { createHash, randomBytes } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { CityBrowser } from './city-browser.ts';
import type { CityNode } from './city-node.ts';
import { makeEntityKey, publicPart } from './federation-entity.ts';
import type { EntityKey } from './federation-entity.ts';
import { FederationNode } from './federation-node.ts';
import { nextAddress } from './http-visitor.ts';

interface Answered {
  status: number;
  body: Record<string, unknown>;
}

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const REDIRECT_URI = 'https://service.example.com/callback';

export class FederatedClient {
  readonly node: FederationNode;
  readonly #key: EntityKey;
  readonly #issuer: string;
  readonly #verifier = randomBytes(32).toString('base64url');

  private constructor(node: FederationNode, key: EntityKey, issuer: string) {
    this.node = node;
    this.#key = key;
    this.#issuer = issuer;
  }

  static async start(issuer: string, metadata: object = {}): Promise<FederatedClient> {
    const [node, key] = [await FederationNode.start(), await makeEntityKey()];
    node.claims['metadata'] = {
      openid_relying_party: {
        client_name: '省政务服务',
        redirect_uris: [REDIRECT_URI],
        client_registration_types: ['automatic'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [publicPart(key)] },
        ...metadata,
      },
    };
    return new FederatedClient(node, key, issuer);
  }

  get id(): string {
    return this.node.id;
  }

  /** A pushed authorization request. */
  async push(): Promise<Answered> {
    return this.#post('/oauth2/par', Object.fromEntries(this.#parameters()));
  }

  authorizeUrl({ body }: Answered): string {
    const query = new URLSearchParams({
      client_id: this.id,
      request_uri: String(body['request_uri']),
    });
    return `${this.#issuer}/oauth2/authorize?${query.toString()}`;
  }

  /** As somebody could ask in its name. */
  plainUrl(): string {
    return `${this.#issuer}/oauth2/authorize?${this.#parameters().toString()}`;
  }

  async signedUrl(): Promise<string> {
    const request = await this.#sign(Object.fromEntries(this.#parameters()));
    const query = new URLSearchParams({ client_id: this.id, request });
    return `${this.#issuer}/oauth2/authorize?${query.toString()}`;
  }

  redeem(code: string): Promise<Answered> {
    return this.#post('/oauth2/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: this.#verifier,
    });
  }

  /** The whole way, as the first person of the city. */
  async signIn(city: CityNode): Promise<Answered> {
    const browser = new CityBrowser(this.#issuer);
    const page = await browser.open(this.authorizeUrl(await this.push()));
    const end = await browser.walk(page, city.accounts[0]);
    return this.redeem(nextAddress(end)?.searchParams.get('code') ?? '');
  }

  async userinfo(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${this.#issuer}/oauth2/userinfo`, { headers })).status;
  }

  close(): Promise<void> {
    return this.node.close();
  }

  #parameters(): URLSearchParams {
    return new URLSearchParams({
      client_id: this.id,
      response_type: 'code',
      scope: 'openid profile',
      redirect_uri: REDIRECT_URI,
      state: randomBytes(8).toString('hex'),
      nonce: randomBytes(8).toString('hex'),
      code_challenge: createHash('sha256').update(this.#verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
  }

  async #post(path: string, fields: Record<string, string>): Promise<Answered> {
    const client_assertion = await this.#sign({ sub: this.id });
    const proof = { client_assertion, client_assertion_type: ASSERTION };
    const body = new URLSearchParams({ ...fields, client_id: this.id, ...proof });
    const response = await fetch(`${this.#issuer}${path}`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async #sign(claims: Record<string, unknown>): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: this.#key.kid })
      .setIssuer(this.id)
      .setAudience(this.#issuer)
      .setJti(randomBytes(12).toString('hex'))
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(await importJWK(this.#key, 'ES256'));
  }
}
