// A test city in which people act for companies: accounts with mandates as the domain grants them, and
// the page on which an identity is chosen, filled in.
import { afterAll, beforeAll } from 'vitest';
import { draftAccount } from '../../src/accounts/account-draft.ts';
import { commandAccounts } from '../../src/app/standing.ts';
import { endMandates } from '../../src/mandates/end-mandates.ts';
import type { Mandate, MandateEndReason, MandateRole } from '../../src/mandates/mandate.ts';
import type { CityAccount, CityPerson } from './city-accounts.ts';
import type { Answer, PendingRequest, RequestParameters } from './city-browser.ts';
import { CityBrowser, pageName } from './city-browser.ts';
import type { CityClientFields } from './city-clients.ts';
import { startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import type { Visit } from './http-visitor.ts';
import { LogoutReceiver } from './logout-receiver.ts';
import { TokenClient } from './token-client.ts';

const CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** GB 32100: of a company that nobody has. */
export function usccOf(number: number): string {
  const body = `91440000MA1D${String(number).padStart(4, '0')}0`;
  const sum = WEIGHTS.reduce(
    (total, weight, at) => total + weight * CHARACTERS.indexOf(body[at] ?? '0'),
    0,
  );
  return `${body}${CHARACTERS[(31 - (sum % 31)) % 31]}`;
}

export function company(number: number): CityPerson {
  return {
    login: `company-${number}`,
    kind: 'legalEntity',
    name: `第${number}号演示公司`,
    fields: { uscc: usccOf(number) },
  };
}

export interface Appointment {
  role?: MandateRole;
  services?: readonly string[];
  clients?: readonly string[];
  expiresAt?: Date;
  isSingleUse?: boolean;
  parentId?: string;
}

/** What the domain does in a process of its own: its transactions are the real ones. */
export function mandatesOf(city: CityNode) {
  const { mandated, notices, accounts } = commandAccounts(city.storage);
  const { database, audit } = city.storage;
  const { mandates } = mandated;
  return {
    mandates,
    accounts,
    async appoint(holder: { id: string }, entity: { id: string }, given: Appointment = {}) {
      const { role = 'administrator', ...limits } = given;
      const facts = { entityId: entity.id, holderId: holder.id, role, grantedBy: 'register' };
      const made = await database.transaction((session) =>
        mandates.grant({ ...facts, ...limits }, session),
      );
      if (!made) throw new Error('the mandate was not granted');
      return made;
    },
    /** Of a branch or department of this organisation, as its leaders make one. */
    async madeBelow(parent: Pick<CityAccount, 'id'>, name: string): Promise<{ id: string }> {
      const draft = draftAccount(
        { kind: 'legalEntity', name, realNameLevel: 2 },
        { source: 'parent', grade: 'D', areContactsConfirmed: false, now: new Date() },
      );
      if (!draft.ok) throw new Error('no such name');
      const made = await accounts.insert(
        { ...draft.draft, parentId: parent.id },
        { actor: 'test' },
      );
      if (!made.ok) throw new Error(made.reason);
      return made.account;
    },
    async end(mandate: Mandate, reason: MandateEndReason): Promise<void> {
      const by = { entityName: '演示公司', reason, actor: 'system' };
      const deps = { ...mandated, accounts, audit, notices };
      const told = await database.transaction((session) =>
        endMandates(deps, [mandate], { ...by, session }),
      );
      told();
    },
  };
}

/** The values that the page offers, in its order. */
export function offered(page: Visit): string[] {
  const radios = page.body.matchAll(/<input type="radio" name="identity" value="([^"]+)"/gu);
  return [...radios].map(([, value = '']) => value);
}

export function preselected(page: Visit): string | undefined {
  const radio = /<input type="radio" name="identity" value="([^"]+)" id="[^"]+" checked>/u;
  return radio.exec(page.body)?.[1];
}

/** What a client has after redeeming. */
export interface Held {
  clientId: string;
  accessToken: string;
  refreshToken: string;
  idToken: Record<string, unknown>;
}

export function usccIn(claims: Record<string, unknown>): string | undefined {
  return (claims['acting_as'] as { uscc?: string } | undefined)?.uscc;
}

export const SCOPE = 'openid profile legal_entity';
export const API = 'https://api.hall.example.gov.cn';

const people = ['zhang', 'wanggang', 'zhaomin', 'qianbei', 'sunli', 'zhouwei'];

export interface ActingCityOptions {
  environment?: Readonly<Record<string, string>>;
  accounts?: CityPerson[];
  clients?: CityClientFields[];
}

/** A city on two processes with companies, clients that serve them, and a receiver of sign-outs. */
export class ActingCity {
  readonly receiver = new LogoutReceiver();
  node!: CityNode;
  tokens!: TokenClient;
  domain!: ReturnType<typeof mandatesOf>;

  async start(mongodbUri: string, more: ActingCityOptions = {}): Promise<void> {
    await this.receiver.start();
    const client = (client_id: string, fields: object = {}) => ({
      client_id,
      subjects: ['naturalPerson', 'legalEntity'],
      scope: SCOPE,
      backchannel_logout_uri: this.receiver.uriOf(client_id),
      ...fields,
    });
    this.node = await startCityNode({
      mongodbUri,
      hasSecondProcess: true,
      clients: [
        client('portal', { subjects: ['naturalPerson'] }),
        client('hall', { services: ['tax', 'social'] }),
        client('bureau'),
        client('asking', { consent: 'ask' }),
        client('registry', { scope: `${SCOPE} real_name` }),
        client('companies', { subjects: ['legalEntity'], services: ['tax'] }),
        client('staff', { subjects: ['civilServant'] }),
        client('strict', { minimum_entity_level: 4 }),
        client('api-hall', {
          access_token_resource: API,
          resources: [API],
          services: ['tax', 'social'],
        }),
        ...(more.clients ?? []),
      ],
      accounts: [
        ...people.map((login) => ({ login })),
        ...[1, 2, 3, 4, 5].map(company),
        ...(more.accounts ?? []),
      ],
      ...(more.environment ? { environment: more.environment } : {}),
    });
    this.receiver.trust(this.node.issuer);
    this.tokens = new TokenClient(this.node.issuer);
    this.domain = mandatesOf(this.node);
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await this.receiver.stop();
  }

  company(number: number): CityAccount {
    return this.node.account(`company-${number}`);
  }

  appoint(login: string, number: number, given: Appointment = {}): Promise<Mandate> {
    return this.domain.appoint(this.node.account(login), this.company(number), given);
  }

  /** A browser in which this person is signed in, at a client that knows people only. */
  async signedIn(login: string): Promise<CityBrowser> {
    const browser = new CityBrowser(this.node.issuer);
    await browser.signIn(this.node.client('portal'), this.node.account(login));
    return browser;
  }

  /** A request up to its first page or answer. */
  async request(browser: CityBrowser, clientId: string, parameters: RequestParameters = {}) {
    return browser.request(this.node.client(clientId), { scope: SCOPE, ...parameters });
  }

  /** A request up to the page of the choice. */
  async choicePage(
    browser: CityBrowser,
    clientId: string,
    parameters: RequestParameters = {},
  ): Promise<{ pending: PendingRequest; page: Visit }> {
    const { pending, visit } = await this.request(browser, clientId, parameters);
    if (pageName(visit) === 'choose-identity') return { pending, page: visit };
    throw new Error(`no choice but ${pageName(visit)} at ${visit.url}`);
  }

  /** A whole authorization in which this identity is chosen; consent is given. */
  async authorizeAs(
    browser: CityBrowser,
    identity: string,
    { client, ...parameters }: RequestParameters & { client: string },
  ): Promise<Held> {
    const { pending, page } = await this.choicePage(browser, client, parameters);
    const after = await choose(browser, page, identity);
    const end =
      pageName(after) === 'consent' ? await browser.press(after, 'consent-accept') : after;
    const { resource } = parameters;
    return this.redeem(browser.finish(pending, end), resource === undefined ? {} : { resource });
  }

  /** The same where nothing is asked. */
  async authorize(browser: CityBrowser, client: string, parameters: RequestParameters = {}) {
    const { pending, visit } = await this.request(browser, client, parameters);
    return this.redeem(browser.finish(pending, visit));
  }

  async redeem(answer: Answer, extra: Readonly<Record<string, string>> = {}): Promise<Held> {
    const { status, body } = await this.tokens.redeem(answer, extra);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    return {
      clientId: answer.client.id,
      accessToken: String(body.access_token),
      refreshToken: String(body.refresh_token),
      idToken: await this.tokens.verifyIdToken(answer, String(body.id_token)),
    };
  }

  async refresh(held: Held): Promise<Held> {
    const client = this.node.client(held.clientId);
    const { status, body } = await this.tokens.refresh(client, held.refreshToken);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    const { payload } = await this.tokens.verify(String(body.id_token), held.clientId);
    return {
      clientId: held.clientId,
      accessToken: String(body.access_token),
      refreshToken: String(body.refresh_token),
      idToken: payload,
    };
  }

  /** The organisation that every door tells of; `mixed` when they tell of different ones. */
  async actingEverywhere({ clientId, accessToken, refreshToken, idToken }: Held) {
    const client = this.node.client(clientId);
    const userinfo = await this.tokens.userinfo(accessToken);
    const access = await this.tokens.introspect(client, accessToken);
    const refresh = await this.tokens.introspect(client, refreshToken);
    const told = [idToken, userinfo.body, access.body, refresh.body].map(usccIn);
    return new Set(told).size === 1 ? told[0] : `mixed: ${told.join()}`;
  }

  /** What a client sees of tokens: at userinfo, at introspection, and when it refreshes. */
  async stateOf({ clientId, accessToken, refreshToken }: Held) {
    const client = this.node.client(clientId);
    const userinfo = await this.tokens.userinfo(accessToken);
    const introspected = await this.tokens.introspect(client, accessToken);
    const refresh = await this.tokens.refresh(client, refreshToken);
    return [userinfo.status, introspected.body['active'], refresh.body.error ?? refresh.status];
  }
}

/** Of tokens that ended. */
export const DEAD = [401, false, 'invalid_grant'];

export async function choose(browser: CityBrowser, page: Visit, identity: string): Promise<Visit> {
  return browser.press(page, 'choose', { identity });
}

/** Call it at the top of a test file. */
export function actingCity(
  uri: string,
  prepare: () => Promise<ActingCityOptions> = () => Promise.resolve({}),
): ActingCity {
  const city = new ActingCity();
  beforeAll(async () => city.start(uri, await prepare()), 60_000);
  afterAll(() => city.stop());
  return city;
}
