// How often one operation asks the database: upper bounds, because round trips are what an operation
// costs beside its cryptography. docs/performance.md has the table; what runs beside the requests
// (outboxes, sealer, heartbeats) is left out by its collections.
import mongoose from 'mongoose';
import type { mongo } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CityBrowser } from '../support/city-browser.ts';
import { startCityNode } from '../support/city-node.ts';
import type { CityNode } from '../support/city-node.ts';
import { migratedDatabase } from '../support/migrated-database.ts';
import { watchable } from '../support/database-commands.ts';
import { TokenClient } from '../support/token-client.ts';

/** What requests themselves read and write. */
const OF_REQUESTS = new Set([
  'accountEndings',
  'accounts',
  'attemptBudgets',
  'consents',
  'knownDevices',
  'oidcArtefacts',
  'oidcGrants',
  'passwordCredentials',
  'routeBudgets',
  'sessions',
  'totpCredentials',
]);

const { uri } = migratedDatabase();
let city: CityNode;
let tokens: TokenClient;
let commands: string[] = [];

function note(event: { commandName: string; command: Record<string, unknown> }): void {
  const collection = String(event.command[event.commandName]);
  const { filter } = event.command as { filter?: { endsAt?: unknown } };
  const isSweep = filter?.endsAt !== undefined;
  if (OF_REQUESTS.has(collection) && !isSweep) commands.push(`${event.commandName} ${collection}`);
}

beforeAll(async () => {
  city = await startCityNode({
    mongodbUri: watchable(uri),
    accounts: [{ login: 'zhang' }],
    clients: [
      { client_id: 'portal' },
      { client_id: 'hall' },
      {
        client_id: 'machine',
        grant_types: ['client_credentials'],
        access_token_resource: 'urn:city:api',
        services: ['read'],
      },
    ],
  });
  tokens = new TokenClient(city.issuer);
  for (const { client } of connections()) client.on('commandStarted', note);
});
afterAll(() => city.stop());

/** Every connection of this process: the app's, and the test's own, which is quiet meanwhile. */
function connections(): { client: mongo.MongoClient }[] {
  return mongoose.connections
    .filter(({ readyState }) => readyState === mongoose.ConnectionStates.connected)
    .map((connection) => ({ client: connection.getClient() }));
}

async function counted<T>(work: () => Promise<T>): Promise<{ result: T; count: number }> {
  commands = [];
  const result = await work();
  return { result, count: commands.length };
}

/** The commands of each operation in one sitting of a new browser. */
async function countSitting() {
  const browser = new CityBrowser(city.issuer);
  const portal = city.client('portal');
  const hall = city.client('hall');
  const page = await counted(() => browser.request(portal));
  const back = await counted(() => browser.walk(page.result.visit, city.account('zhang')));
  const answer = browser.finish(page.result.pending, back.result);
  const redeemed = await counted(() => tokens.redeem(answer));
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = redeemed.result.body;
  const introspected = await counted(() => tokens.introspect(portal, accessToken));
  const userinfo = await counted(() => tokens.userinfo(accessToken));
  const refreshed = await counted(() => tokens.refresh(portal, refreshToken));
  const machine = city.client('machine');
  const granted = await counted(() => tokens.token(machine, { grant_type: 'client_credentials' }));
  const first = await counted(() => browser.authorize(hall, undefined, { prompt: 'none' }));
  const again = await counted(() => browser.authorize(hall, undefined, { prompt: 'none' }));
  const done = [introspected, userinfo, refreshed, granted].map(({ result }) => result.status);
  expect(done).toEqual([200, 200, 200, 200]);
  return {
    page: page.count,
    back: back.count,
    redeemed: redeemed.count,
    introspected: introspected.count,
    userinfo: userinfo.count,
    refreshed: refreshed.count,
    granted: granted.count,
    first: first.count,
    again: again.count,
  };
}

test('each operation asks the database no more often than it must', async () => {
  // What belongs to no request (a portion of a route budget, the touch of a session once a minute, the
  // end of a write nobody waits for) may fall into any one of them, so the fewest of three count.
  const sittings = [await countSitting(), await countSitting(), await countSitting()];
  const most: Awaited<ReturnType<typeof countSitting>> = {
    page: 2,
    back: 16,
    redeemed: 3,
    introspected: 1,
    userinfo: 2,
    refreshed: 3,
    granted: 0,
    first: 6,
    again: 2,
  };
  const names = Object.keys(most) as (keyof typeof most)[];
  const fewest = names.map((name) => ({
    name,
    count: Math.min(...sittings.map((sitting) => sitting[name])),
  }));
  const excess = fewest.filter(({ name, count }) => count > most[name]);
  expect(excess).toEqual([]);
  expect(sittings.every(({ back }) => back > 0)).toBe(true);
});
