// What a scenario needs to know of the server it loads, whoever started it.
import type { HttpLane, Reply } from './http-lane.ts';
import type { ProcessFigures } from './process-figures.ts';
import type { CodeAnswer } from './visitor.ts';

export interface BenchClient {
  id: string;
  secret: string;
  redirectUri: string;
}

export interface BenchAccount {
  login: string;
  password: string;
}

/** Of somebody whom the system of the department knows. */
export interface BenchMandate {
  sub: string;
  uscc: string;
  service: string;
}

export interface Target {
  name: string;
  issuer: string;
  /** People; a sign-in takes the next one in turn. */
  accounts: readonly BenchAccount[];
  /** Relying parties with the code flow and refresh tokens. */
  web: readonly BenchClient[];
  /** Has client_credentials, and gets JWT access tokens signed with ES256. */
  machine: BenchClient;
  /** Absent where none were made: a server that somebody else started, the bare library. */
  department?: { client: BenchClient; mandates: readonly BenchMandate[] };
  /** Milliseconds from the start of each app process to its first answer, when it was started here. */
  readyAfter?: readonly number[];
  connect(connections: number): HttpLane;
  figures(): { app: ProcessFigures; database: ProcessFigures };
  stop(): Promise<void>;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
}

/** Calls of relying parties; each throws when the answer is not the right one. */
export class RelyingParty {
  readonly #lane: HttpLane;
  readonly #address: string;

  constructor(lane: HttpLane, address: string) {
    this.#lane = lane;
    this.#address = address;
  }

  async redeem(answer: CodeAnswer): Promise<Tokens> {
    const { code, verifier, client, nonce } = answer;
    const tokens = await this.#tokens(client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
    });
    if (claimsOf(tokens.id_token)['nonce'] !== nonce) throw new Error('the nonce is another one');
    return tokens;
  }

  async refresh(client: BenchClient, refreshToken: string): Promise<Tokens> {
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const tokens = await this.#tokens(client, fields);
    if (tokens.refresh_token === refreshToken) throw new Error('the refresh token did not rotate');
    return tokens;
  }

  async clientCredentials(client: BenchClient): Promise<void> {
    const reply = await this.#post('/oauth2/token', client, { grant_type: 'client_credentials' });
    const { access_token: token } = parse(reply, 200);
    const [header = ''] = String(token).split('.');
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: string };
    if (alg !== 'ES256' || claimsOf(String(token))['client_id'] !== client.id) {
      throw new Error(`not the access token that was asked for: ${reply.body}`);
    }
  }

  /** For the interface for departments. */
  async departmentToken(client: BenchClient, resource: string): Promise<string> {
    const fields = { grant_type: 'client_credentials', scope: 'mandates:check', resource };
    const { access_token: token } = parse(await this.#post('/oauth2/token', client, fields), 200);
    return String(token);
  }

  async checkMandate(token: string, { sub, uscc, service }: BenchMandate): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const json = { person: { sub }, uscc, service };
    const reply = await this.#lane.send('/api/v1/mandate-checks', { headers, json }, this.#address);
    if (parse(reply, 200)['allowed'] !== true) throw new Error(`not allowed: ${reply.body}`);
  }

  async introspect(client: BenchClient, token: string): Promise<void> {
    const body = parse(await this.#post('/oauth2/introspect', client, { token }), 200);
    if (body['active'] !== true || body['client_id'] !== client.id) {
      throw new Error(`not active: ${JSON.stringify(body)}`);
    }
  }

  async userinfo(token: string, subject: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await this.#lane.send('/oauth2/userinfo', { headers }, this.#address);
    if (parse(reply, 200)['sub'] !== subject) throw new Error(`another subject: ${reply.body}`);
  }

  async discovery(issuer: string): Promise<void> {
    const path = '/.well-known/openid-configuration';
    const reply = await this.#lane.send(path, {}, this.#address);
    if (parse(reply, 200)['issuer'] !== issuer) throw new Error(`another issuer: ${reply.body}`);
  }

  async #tokens(client: BenchClient, fields: Readonly<Record<string, string>>): Promise<Tokens> {
    const reply = await this.#post('/oauth2/token', client, fields);
    const body = parse(reply, 200) as Partial<Tokens>;
    const { access_token, refresh_token, id_token } = body;
    if (!access_token || !refresh_token || !id_token) throw new Error(`no tokens: ${reply.body}`);
    return { access_token, refresh_token, id_token };
  }

  async #post(path: string, client: BenchClient, fields: Readonly<Record<string, string>>) {
    const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    return this.#lane.send(path, { headers, fields }, this.#address);
  }
}

/** Claims of a JWT; its signature is not looked at, which would cost the load more than the server. */
export function claimsOf(jwt: string): Record<string, unknown> {
  const [, payload = ''] = jwt.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

function parse(reply: Reply, status: number): Record<string, unknown> {
  if (reply.status !== status) throw new Error(`${reply.status} ${reply.body.slice(0, 300)}`);
  return JSON.parse(reply.body) as Record<string, unknown>;
}
