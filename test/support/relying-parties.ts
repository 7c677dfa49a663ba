// The three relying parties of the demonstration in front of a plain provider, and a visitor's ways
// through them. What a person would read is found by `data-page` and `data-problem`.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { registerDemoClients } from '../../src/demo/demo-clients.ts';
import type { ClientRegistration, DemoClients } from '../../src/demo/demo-clients.ts';
import { portsFrom } from '../../src/demo/ports.ts';
import { createRelyingParty } from '../../src/demo/relying-party/relying-party.ts';
import type { SiteKey } from '../../src/demo/relying-party/sites.ts';
import { makeSecrets } from '../../src/demo/secrets.ts';
import type { DemoSecrets } from '../../src/demo/secrets.ts';
import { HttpVisitor, nextAddress } from './http-visitor.ts';
import type { Visit } from './http-visitor.ts';
import { startPlainProvider } from './plain-provider.ts';
import type { PlainProvider } from './plain-provider.ts';

export const person = {
  subject_type: 'natural_person',
  name: '王演示',
  phone_number: '+8619900000003',
  real_name_level: 3,
  id_document: { type: '111', number: '44000019850615003X' },
};

export const actingAs = {
  type: 'legal_entity',
  name: '云样板信息技术（演示）有限公司',
  role: 'handler',
  mandate_id: 'm1',
};

export type RunningSite = {
  readonly url: string;
  readonly lines: readonly object[];
  readonly stop: () => Promise<void>;
};

export type RelyingParties = {
  readonly plain: PlainProvider;
  readonly clients: DemoClients;
  readonly sites: Readonly<Record<SiteKey, RunningSite>>;
  readonly stop: () => Promise<void>;
};

/**
 * Call it at the top of a test file; the object is filled before the first test runs. In each test
 * the provider signs Wang in at level 3 until the test decides otherwise.
 */
export function relyingParties(): RelyingParties {
  const parties = {} as RelyingParties;
  beforeAll(async () => {
    Object.assign(parties, await startRelyingParties());
  });
  beforeEach(() => {
    parties.plain.decision = { accountId: 'wang', level: 3 };
  });
  afterAll(() => parties.stop());
  return parties;
}

async function startRelyingParties(): Promise<RelyingParties> {
  const secrets = await makeSecrets([]);
  const servers = {
    portal: await listenOnFreePort(),
    department: await listenOnFreePort(),
    'service-hall': await listenOnFreePort(),
  };
  const clients = registerDemoClients(
    {
      ...portsFrom(1),
      portal: portOf(servers.portal),
      department: portOf(servers.department),
      serviceHall: portOf(servers['service-hall']),
    },
    secrets,
    'http://localhost:1',
  );
  // What writes the staff directory is of no use to a provider that has none.
  const { directory: _directory, ...known } = clients;
  const plain = await startPlainProvider({
    clients: Object.values(known).map(withoutOwnMetadata),
    claims: {
      wang: person,
      li: { ...person, name: '李测试' },
      chen: { ...person, acting_as: actingAs },
    },
  });
  const { issuer } = plain;
  const run = (site: SiteKey, registration: ClientRegistration) =>
    runSite({ site, registration, server: servers[site], issuer, secrets });
  const sites = {
    portal: run('portal', clients.portal),
    department: run('department', clients.department),
    'service-hall': run('service-hall', clients.serviceHall),
  };
  return {
    plain,
    clients,
    sites,
    stop: async () => {
      await Promise.all(Object.values(sites).map((site) => site.stop()));
      await plain.stop();
    },
  };
}

export type SiteOptions = {
  readonly site: SiteKey;
  readonly registration: ClientRegistration;
  readonly server: Server;
  readonly issuer: string;
  readonly secrets: DemoSecrets | undefined;
};

export function runSite(options: SiteOptions): RunningSite {
  const { site, registration, server, issuer, secrets } = options;
  const lines: object[] = [];
  const url = registration.client_uri.slice(0, -1);
  const app = createRelyingParty(
    {
      site,
      issuer,
      publicUrl: url,
      registration,
      privateKey: site === 'department' ? secrets?.clients.departmentKey : undefined,
      links: { portal: '/', department: '/', serviceHall: '/', account: '/' },
    },
    (line) => lines.push(line),
  );
  const handle = app.callback();
  server.on('request', (request, response) => void handle(request, response));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, lines, stop };
}

export async function listenOnFreePort(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** A plain provider knows the standard metadata only, and has scopes of its own. */
export function withoutOwnMetadata(registration: ClientRegistration) {
  const { consent: _1, minimum_level: _2, operator: _3, purposes: _4, ...rest } = registration;
  const { 'client_name#en': _5, scope: _6, subjects: _7, services: _8, ...others } = rest;
  const { mandate_events_uri: _9, ...standard } = others;
  return structuredClone(standard) as never;
}

export function pageOf(visit: Visit): string | undefined {
  return /<body data-page="([^"]+)"/u.exec(visit.body)?.[1];
}

export function problemOf(visit: Visit): string | undefined {
  return /data-problem="([^"]+)"/u.exec(visit.body)?.[1];
}

export function subjectOf(visit: Visit): string | undefined {
  return /id="subject" data-sub="([^"]+)"/u.exec(visit.body)?.[1];
}

export function claimOf(visit: Visit, claim: string): string | undefined {
  return new RegExp(`data-claim="${claim}">([^<]*)<`, 'u').exec(visit.body)?.[1];
}

/** Signs in at a site; the plain provider asks nothing. */
export async function signIn(site: RunningSite, visitor = new HttpVisitor()): Promise<HttpVisitor> {
  const visit = await visitor.visit(`${site.url}/sign-in`);
  if (pageOf(visit) !== 'home') throw new Error(`not signed in at ${site.url}: ${visit.body}`);
  return visitor;
}

/** Goes as far as the answer of the provider, which is not yet delivered. */
export async function pauseBeforeAnswer(site: RunningSite, visitor: HttpVisitor): Promise<URL> {
  return followToAnswer(visitor, new URL('/sign-in', site.url));
}

export async function followToAnswer(visitor: HttpVisitor, start: URL | undefined): Promise<URL> {
  const visit = await visitor.visit(start ?? '', (next) => next.pathname === '/callback');
  const answer = nextAddress(visit);
  if (!answer) throw new Error(`no answer at ${visit.url}`);
  return answer;
}
