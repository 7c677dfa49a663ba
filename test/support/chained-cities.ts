// A city whose people may come to another one by a chain of trust alone: nothing is agreed between the two.
// Above both a hub, above that an anchor. The other city runs on two processes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll } from 'vitest';
import type { CityPerson } from './city-accounts.ts';
import type { CityClientFields } from './city-clients.ts';
import { freePorts, generousLimits, startCityNode } from './city-node.ts';
import type { CityNode } from './city-node.ts';
import { capOf } from './federation-city.ts';
import { FederationNode } from './federation-node.ts';
import { migratedDatabase } from './migrated-database.ts';

const CHAIN_SCOPE = 'openid profile phone real_name id_document';

/** So long the word of a city holds. */
export const STATEMENT_SECONDS = 300;

interface ChainedCitiesOptions {
  /** Above this level nobody counts who comes by the hub. */
  levelCap: number;
  /** Accounts of the city that people come from. */
  people: readonly CityPerson[];
  /** Of the city that they come to. */
  clients: readonly CityClientFields[];
  accounts?: readonly CityPerson[];
  /** Requests of one address for which the other city searches, in a window of ten minutes. */
  searches?: number;
}

/** Call it at the top of a test file. */
export function chainedCities(options: ChainedCitiesOptions) {
  const uris = { home: migratedDatabase().uri, city: migratedDatabase().uri };
  const made = {} as {
    anchor: FederationNode;
    hub: FederationNode;
    home: CityNode;
    city: CityNode;
    /** The settings of the city: for its commands. */
    cityFile: string;
    cityUri: string;
  };
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hutong-chain-'));
    const [anchor, hub] = [await FederationNode.start(), await FederationNode.start()];
    anchor.above(hub);
    hub.isSuperior = true;
    const trusted = { entityId: anchor.id, jwks: anchor.entity.keys, levelCap: 4, strengthCap: 2 };
    const file = async (name: string, names: object) => {
      const settings = {
        organizationName: names,
        trustAnchors: [trusted],
        authorityHints: [hub.id],
        recheckSeconds: 1,
        statementSeconds: STATEMENT_SECONDS,
        clientScope: CHAIN_SCOPE,
      };
      const where = path.join(folder, `${name}.json`);
      await writeFile(where, JSON.stringify(settings));
      return where;
    };
    const homeFile = await file('home', { 'zh-CN': '远方市', en: 'Faraway City' });
    const cityFile = await file('city', { 'zh-CN': '样板市', en: 'Sample City' });
    const [homePort = 0, cityPort = 0] = await freePorts(2);
    const [home, city] = await Promise.all([
      startCityNode({
        mongodbUri: uris.home,
        port: homePort,
        environment: { HUTONG_FEDERATION: homeFile },
        accounts: options.people,
      }),
      startCityNode({
        mongodbUri: uris.city,
        port: cityPort,
        hasSecondProcess: true,
        ...(options.searches === undefined ? {} : { limits: limitsOf(options.searches) }),
        environment: { HUTONG_FEDERATION: cityFile },
        clients: options.clients,
        accounts: options.accounts ?? [],
      }),
    ]);
    for (const node of [home, city]) await admit(hub, node, options.levelCap);
    Object.assign(made, { anchor, hub, home, city, cityFile, cityUri: uris.city });
  }, 120_000);
  afterAll(async () => {
    const { anchor, hub, home, city } = made;
    await Promise.all([home.stop(), city.stop()]);
    await Promise.all([anchor.close(), hub.close()]);
    await rm(folder, { recursive: true });
  });
  return made;
}

function limitsOf(searches: number): object {
  const trustSearch = { attempts: searches, windowSeconds: 600 };
  return { ...generousLimits, routes: { ...generousLimits.routes, trustSearch } };
}

/** From then on the hub speaks for this city. */
async function admit(hub: FederationNode, { issuer }: CityNode, levelCap: number): Promise<void> {
  const answer = await fetch(`${issuer}/.well-known/openid-federation`);
  const { jwks } = decodeJwt(await answer.text());
  const of = { id: issuer, keys: jwks } as never;
  hub.subordinates.set(issuer, { of, claims: capOf(levelCap) });
}
