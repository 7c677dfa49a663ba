// Three levels of a federation over HTTP: an anchor, our product as a hub below it and as a city that may
// join below the hub, with officers at both.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll } from 'vitest';
import { DenialStore } from '../../src/federation-trust/denial-store.ts';
import { TrustAnchorStore } from '../../src/federation-trust/trust-anchor-store.ts';
import type { StatementKeys } from '../../src/federation-trust/entity-statement.ts';
import { resolvePeer } from '../../src/federation-trust/trusted-peers.ts';
import { givenAnchors, TrustResolver } from '../../src/federation-trust/trust-resolver.ts';
import { relyingPartyKeys } from '../../src/keys/signing-key.ts';
import { SigningKeyStore } from '../../src/keys/signing-key-store.ts';
import { localesFolder } from '../../src/platform/http/http-app.ts';
import { loadWords } from '../../src/platform/http/locale.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createOutbound } from '../../src/platform/outbound.ts';
import { foundBetween } from './between-platforms.ts';
import { startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import { runHutongHere } from './command-here.ts';
import type { CommandOutcome } from './hutong-command.ts';
import { FederatedClient } from './federated-client.ts';
import { FederationNode } from './federation-node.ts';
import { migratedDatabase } from './migrated-database.ts';
import { MASTER_KEY } from './storage.ts';
import { CITY_PASSWORD, TOTP_SECRET } from './city-accounts.ts';
import { generate } from 'otplib';

/** Whoever holds it is told so by the hub. */
export const MARK = 'https://anchor.example/marks/level-protection-3';
export const OFFICERS = ['--decided-by', 'sunsun', '--approved-by', 'shen'] as const;

const ENDPOINTS = '/mutual-recognition/federation';

export class FederationCity {
  readonly outbound = createOutbound({ allow: ['127.0.0.0/8:*'] });
  readonly #uris: { hub: string; city: string };
  readonly #clients: FederatedClient[] = [];
  folder = '';
  anchor!: FederationNode;
  hub!: CityNode;
  city!: CityNode;
  /** The anchor, as both are given it. */
  trusted!: { entityId: string; jwks: StatementKeys; levelCap: number; strengthCap: number };

  constructor(uris: { hub: string; city: string }) {
    this.#uris = uris;
  }

  async start(): Promise<void> {
    this.folder = await mkdtemp(path.join(tmpdir(), 'hutong-federation-'));
    this.anchor = await FederationNode.start();
    const [hubPort, cityPort] = [await freePort(), await freePort()];
    const hubIssuer = `http://localhost:${hubPort}`;
    const jwks = this.anchor.entity.keys;
    const trusted = { entityId: this.anchor.id, jwks, levelCap: 3, strengthCap: 3 };
    this.trusted = trusted;
    const common = { trustAnchors: [trusted], recheckSeconds: 1 };
    const asHub = { authorityHints: [this.anchor.id], hub: true };
    const asCity = {
      authorityHints: [hubIssuer],
      trustMarks: [{ type: MARK, issuer: hubIssuer }],
    };
    const names = (zh: string, en: string) => ({ organizationName: { 'zh-CN': zh, en } });
    const province = { ...common, ...asHub, ...names('示例省', 'Sample Province') };
    const hubFile = await this.file('hub', province);
    const cityFile = await this.file('city', {
      ...common,
      ...asCity,
      ...names('样板市', 'Sample City'),
    });
    this.anchor.claims['trust_mark_issuers'] = { [MARK]: [hubIssuer] };
    const staff = (login: string, name: string) => ({
      login,
      name,
      kind: 'civilServant' as const,
      totpSecret: TOTP_SECRET,
    });
    [this.hub, this.city] = await Promise.all([
      startCityNode({
        mongodbUri: this.#uris.hub,
        port: hubPort,
        environment: { HUTONG_FEDERATION: hubFile },
        accounts: [staff('sunsun', '孙系统'), staff('shen', '沈审核')],
      }),
      startCityNode({
        mongodbUri: this.#uris.city,
        port: cityPort,
        environment: { HUTONG_FEDERATION: cityFile },
        accounts: [{ login: 'lili', name: '李城市' }, staff('guan', '管系统')],
      }),
    ]);
    await appoint(this.hub, 'sunsun', 'systemAdministrator');
    await appoint(this.hub, 'shen', 'securityAdministrator');
    await appoint(this.city, 'guan', 'systemAdministrator');
    const { jwks: keys } = decodeJwt((await this.configurationOf(this.hub)).body);
    const of = { id: hubIssuer, keys } as never;
    this.anchor.subordinates.set(hubIssuer, { of, claims: capOf(3) });
    this.anchor.isSuperior = true;
  }

  async stop(): Promise<void> {
    const nodes = [this.anchor, ...this.#clients].map((each) => each.close());
    await Promise.all([this.hub.stop(), this.city.stop(), ...nodes]);
    await this.outbound.close();
    await rm(this.folder, { recursive: true });
  }

  /** JSON in the folder of the test. @returns its path */
  async file(name: string, content: object): Promise<string> {
    const file = path.join(this.folder, `${name}.json`);
    await writeFile(file, JSON.stringify(content));
    return file;
  }

  async configurationOf({ issuer }: CityNode) {
    const response = await fetch(`${issuer}/.well-known/openid-federation`);
    return { type: response.headers.get('content-type'), body: await response.text() };
  }

  /** `hutong federation …` at one of the two. */
  hutong(at: 'hub' | 'city', ...args: string[]): Promise<CommandOutcome> {
    return this.hutongTyping(at, [], ...args);
  }

  /** The same with both officers of the hub there. */
  async hutongByTwo(...args: string[]): Promise<CommandOutcome> {
    return this.hutongTyping('hub', await this.proofs(), ...args, ...OFFICERS);
  }

  /** What the two officers of the hub type. */
  async proofs(): Promise<string[]> {
    // Each code counts once: as if half a minute had gone by.
    const secrets = this.hub.storage.database.collection('totpCredentials');
    await secrets.updateMany({}, { $unset: { lastStep: 1 } });
    const code = await generate({ secret: TOTP_SECRET });
    return [CITY_PASSWORD, code, CITY_PASSWORD, code];
  }

  hutongTyping(
    at: 'hub' | 'city',
    typed: readonly string[],
    ...args: string[]
  ): Promise<CommandOutcome> {
    const environment = {
      HUTONG_MODE: 'demonstration',
      HUTONG_PUBLIC_URL: this[at].issuer,
      HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
      HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
      HUTONG_FEDERATION: path.join(this.folder, `${at}.json`),
      MONGODB_URI: this.#uris[at],
    };
    return runHutongHere(['federation', ...args], environment, typed);
  }

  /** What doctor finds of trust at the city. @param changes of its file */
  async doctor(changes: object = {}): Promise<string[]> {
    const before = JSON.parse(
      await readFile(path.join(this.folder, 'city.json'), 'utf8'),
    ) as object;
    const file = await this.file('doctor', { ...before, ...changes });
    const settings = {
      HUTONG_MODE: 'demonstration',
      HUTONG_PUBLIC_URL: this.city.issuer,
      HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
      HUTONG_FEDERATION: file,
      MONGODB_URI: this.#uris.city,
    };
    return foundBetween(this.city, 'federation_trust', { settings });
  }

  /** By both officers, unless `typed` is something else. */
  async admit(
    source: string,
    terms: object,
    { by = [...OFFICERS, '--yes'], typed }: { by?: string[]; typed?: readonly string[] } = {},
  ): Promise<CommandOutcome> {
    const file = await this.file('terms', terms);
    const args = ['subordinates', 'import', source, '--terms', file, ...by];
    return this.hutongTyping('hub', typed ?? (await this.proofs()), ...args);
  }

  /** At the endpoints of the hub. */
  async ask(pathAndQuery: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`${this.hub.issuer}${ENDPOINTS}/${pathAndQuery}`);
    return { status: response.status, body: await response.text() };
  }

  /** What the hub says of the city to whoever asks: claims, or an error. */
  async resolveAtHub(): Promise<Record<string, unknown>> {
    const query = new URLSearchParams({
      sub: this.city.issuer,
      trust_anchor: this.anchor.id,
      entity_type: 'openid_provider',
    });
    const { status, body } = await this.ask(`resolve?${query.toString()}`);
    return status === 200 ? decodeJwt(body) : (JSON.parse(body) as Record<string, unknown>);
  }

  /** The city as the people of the hub would come in by it. */
  async cityAsPeer() {
    const { storage, config, issuer } = this.hub;
    const { federation } = config;
    if (!federation) throw new Error('the hub belongs to no federation');
    const resolver = new TrustResolver({
      ...storage,
      outbound: this.outbound,
      logger: createLogger({ level: 'silent', service: 'test' }),
      anchors: () => givenAnchors(federation),
      anchorKeys: new TrustAnchorStore(storage),
      denials: new DenialStore(storage),
      recheckSeconds: 60,
    });
    const { keys } = await new SigningKeyStore(storage, relyingPartyKeys).read();
    const active = keys.filter(({ state }) => state === 'active').map(({ jwk }) => jwk);
    const own = { issuer, config: federation, resolver, words: loadWords(localesFolder) };
    const deps = { ...own, relyingPartyKeys: { jwks: { keys: active } } };
    return resolvePeer(deps, this.city.issuer);
  }

  /** A relying party that nobody knows at the city, below the hub. */
  async newClient(metadata: object = {}): Promise<FederatedClient> {
    const client = await this.strangeClient(metadata);
    client.node.claims['authority_hints'] = [this.hub.issuer];
    const { code, err } = await this.admit(client.id, { levelCap: 1 });
    if (code !== 0) throw new Error(err);
    return client;
  }

  /** The same below nobody. */
  async strangeClient(metadata: object = {}): Promise<FederatedClient> {
    const client = await FederatedClient.start(this.city.issuer, metadata);
    this.#clients.push(client);
    return client;
  }
}

/** Call it at the top of a test file. */
export function federationCity(): FederationCity {
  const [hub, city] = [migratedDatabase(), migratedDatabase()];
  const federation = new FederationCity({ hub: hub.uri, city: city.uri });
  beforeAll(() => federation.start());
  afterAll(() => federation.stop());
  return federation;
}

/** What a superior says of a level. */
export const capOf = (level: number) => ({
  metadata_policy: {
    openid_provider: { real_name_level_cap: { 'urn:hutong:level_cap': level } },
  },
  metadata_policy_crit: ['urn:hutong:level_cap'],
});

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  await new Promise((ended) => void server.close(ended));
  return port;
}

async function appoint(node: CityNode, login: string, role: string): Promise<void> {
  const found = await node.accountStore.findByLogin(login, { kind: 'civilServant' });
  const accounts = node.storage.database.collection('accounts');
  await accounts.updateOne({ _id: found?.id } as never, { $set: { roles: [role] } });
}
