// A city in which systems of departments use the interface for them: people, organisations, mandates
// between them, and the systems with their tokens.
import { socialCreditCheckDigit } from '../../src/accounts/social-credit-code.ts';
import { mandateHooks } from '../../src/app/mandate-hooks.ts';
import type { Mandate } from '../../src/mandates/mandate.ts';
import { openMandates } from '../../src/mandates/open-mandates.ts';
import type { Mandates } from '../../src/mandates/open-mandates.ts';
import { TOTP_SECRET } from './city-accounts.ts';
import type { CityPerson } from './city-accounts.ts';
import { CityBrowser } from './city-browser.ts';
import type { CityClientFields } from './city-clients.ts';
import { startCityNode } from './city-node.ts';
import type { CityNode, CityNodeOptions } from './city-node.ts';
import { answered, dpopProof, TokenClient } from './token-client.ts';
import type { Answered, DpopKey } from './token-client.ts';

export const usccs = ['91440000MA0DEMB1', '91440000MA0DEMC2', '91440000MA0DEMD3'].map((start) => {
  const code = `${start}X`;
  return `${code}${socialCreditCheckDigit(code)}`;
}) as [string, string, string];

const entities: readonly CityPerson[] = usccs.map((uscc, at) => ({
  login: `entity-${at}`,
  kind: 'legalEntity',
  name: `示例企业${at}`,
  fields: { uscc },
}));

const people: readonly CityPerson[] = [
  { login: 'liu', name: '刘经办', totpSecret: TOTP_SECRET },
  { login: 'zhao', name: '赵管理', totpSecret: TOTP_SECRET },
  { login: 'stranger', name: '陌生人', totpSecret: TOTP_SECRET },
];

const system = {
  grant_types: ['authorization_code', 'client_credentials', 'refresh_token'],
  scope: 'openid legal_entity mandates:read mandates:check',
  subjects: ['naturalPerson', 'legalEntity'],
};

const clients: readonly CityClientFields[] = [
  { ...system, client_id: 'tax', services: ['tax-filing', 'invoices'] },
  { ...system, client_id: 'land', services: ['land-register'] },
  {
    ...system,
    client_id: 'window',
    services: ['tax-filing'],
    scope: `${system.scope} mandates:check-certificate`,
  },
  { client_id: 'portal' },
];

export class DepartmentCity {
  readonly city: CityNode;
  readonly tokens: TokenClient;
  readonly mandated: Mandates;
  readonly #browsers = new Map<string, CityBrowser>();

  private constructor(city: CityNode) {
    this.city = city;
    this.tokens = new TokenClient(city.issuer);
    this.mandated = openMandates(city.storage, mandateHooks(city.storage));
  }

  static async start(
    mongodbUri: string,
    options: Partial<CityNodeOptions> = {},
  ): Promise<DepartmentCity> {
    const { clients: more = [], accounts = [], ...rest } = options;
    const city = await startCityNode({
      mongodbUri,
      clients: [...clients, ...more],
      accounts: [...people, ...entities, ...accounts],
      ...rest,
    });
    return new DepartmentCity(city);
  }

  get api(): string {
    return `${this.city.issuer}/api/v1`;
  }

  stop(): Promise<void> {
    return this.city.stop();
  }

  idOf(login: string): string {
    return this.city.account(login).id;
  }

  /** @param entity its place in `usccs` */
  async grant(login: string, entity: number, facts: Partial<Mandate> = {}): Promise<Mandate> {
    const { database } = this.city.storage;
    const mandate = {
      entityId: this.idOf(`entity-${entity}`),
      holderId: this.idOf(login),
      role: 'handler',
      grantedBy: 'test',
      ...facts,
    } as const;
    const made = await database.transaction((session) =>
      this.mandated.mandates.grant(mandate, session),
    );
    if (!made) throw new Error('not granted');
    return made;
  }

  async end(id: string): Promise<void> {
    await this.city.storage.database.transaction((session) =>
      this.mandated.mandates.end(id, 'removed', session),
    );
  }

  async clientToken(clientId: string, scope = 'mandates:check', dpop?: DpopKey): Promise<string> {
    const fields = { grant_type: 'client_credentials', scope, resource: this.api };
    const answer = await this.tokens.token(this.city.client(clientId), fields, dpop);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return String(answer.body.access_token);
  }

  /** Signs the person in where that has not been done; gives all the tokens. */
  async signIn(login: string, clientId: string, more: Readonly<Record<string, string>> = {}) {
    const browser = this.#browsers.get(login) ?? new CityBrowser(this.city.issuer);
    this.#browsers.set(login, browser);
    // As nobody but themselves: whom they may act for is asked here, and not chosen.
    const scope = 'openid legal_entity mandates:read';
    const parameters = { scope, resource: this.api, acting_as: 'self', ...more };
    const client = this.city.client(clientId);
    const answer = await browser.authorize(client, this.city.account(login), parameters);
    const { body } = await this.tokens.redeem(answer, { resource: this.api });
    const { payload } = { payload: await this.tokens.verifyIdToken(answer, String(body.id_token)) };
    return {
      browser,
      accessToken: String(body.access_token),
      idToken: String(body.id_token),
      sub: String(payload.sub),
    };
  }

  async call(
    path: string,
    options: {
      token?: string;
      method?: string;
      body?: unknown;
      headers?: Record<string, string>;
      dpop?: DpopKey;
    } = {},
  ): Promise<Answered> {
    const { token, body, headers = {}, dpop } = options;
    const method = options.method ?? (body === undefined ? 'GET' : 'POST');
    const url = `${this.api}${path}`;
    const [bare = url] = url.split('?');
    const proof =
      dpop && token ? await dpopProof(dpop, { method, url: bare, accessToken: token }) : '';
    const response = await fetch(url, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `${dpop ? 'DPoP' : 'Bearer'} ${token}` }),
        ...(proof === '' ? {} : { dpop: proof }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return answered(response);
  }

  /** @param asked who, for which entity (its place in `usccs`), and what else the check says */
  check(
    token: string,
    {
      sub,
      entity,
      ...more
    }: {
      sub: string;
      entity: number;
      service?: string;
      use_key?: string;
      sub_account?: string;
    },
  ): Promise<Answered> {
    const body = { person: { sub }, uscc: usccs[entity], ...more };
    return this.call('/mandate-checks', { token, body });
  }
}
