// The whole provider on a database of its own, for tests that speak to it over HTTP: one process,
// or a second real one beside it behind one address. Clients and accounts come in as an
// operator's would.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AccountStore } from '../../src/accounts/account-store.ts';
import { createApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { allMigrations } from '../../src/migrations.ts';
import { loadConfig } from '../../src/platform/config.ts';
import type { Config } from '../../src/platform/config.ts';
import { limiterNames } from '../../src/platform/http/limits.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { importCityAccounts } from './city-accounts.ts';
import type { CityAccount, CityPerson } from './city-accounts.ts';
import { importCityClients } from './city-clients.ts';
import type { CityClient, CityClientFields } from './city-clients.ts';
import { startFrontDoor, startSecondProcess } from './city-processes.ts';
import { importReadyKeys } from './ready-signing-keys.ts';
import { ShiftedClock } from './shifted-clock.ts';
import { MASTER_KEY, openTestStorage } from './storage.ts';
import type { TestStorage } from './storage.ts';

export interface CityNodeOptions {
  /** The database of this node; `testDatabase().uri`. */
  mongodbUri: string;
  clients?: readonly CityClientFields[];
  accounts?: readonly CityPerson[];
  /** A second app process on the same database; requests go to both in turn. */
  hasSecondProcess?: boolean;
  /** As in the environment of `src/main.ts`. */
  environment?: Readonly<Record<string, string>>;
  /** As in the file HUTONG_LIMITS; generous by default. */
  limits?: object;
  /** Of its address; a free one unless given. */
  port?: number;
  logger?: Logger;
}

export interface CityNode {
  issuer: string;
  config: Config;
  readonly app: App;
  /** The clock of the process inside the test. */
  clock: ShiftedClock;
  /** Stores of the test's own, as if it were one more process. */
  storage: TestStorage;
  accountStore: AccountStore;
  accounts: readonly CityAccount[];
  clients: readonly CityClient[];
  client(clientId: string): CityClient;
  account(login: string): CityAccount;
  addClients(fields: readonly CityClientFields[]): Promise<void>;
  /** Where the processes really listen. */
  readonly origins: readonly string[];
  /** Ends all its processes and starts the one inside the test anew, from then on alone. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

// One address does in minutes what a city does in a day.
export const generousLimits = {
  signIn: {
    knownDevice: { attempts: 100_000, windowSeconds: 60 },
    unknownDevicePerAddress: { attempts: 100_000, windowSeconds: 60 },
    unknownDevicesPerHour: { attempts: 100_000, windowSeconds: 3600 },
    unknownDevicesPerDay: { attempts: 100_000, windowSeconds: 86_400 },
    perAddress: { attempts: 100_000, windowSeconds: 60 },
    perNetwork: { attempts: 100_000, windowSeconds: 60 },
    secondFactor: { attempts: 100_000, windowSeconds: 60 },
    proofOfWorkAfterFailures: 1000,
  },
  hashing: { maxWaiting: 1000, maxWaitingPerAddress: 1000 },
  routes: Object.fromEntries(
    limiterNames.map((name) => [name, { attempts: 100_000, windowSeconds: 60 }]),
  ),
};

export async function startCityNode(options: CityNodeOptions): Promise<CityNode> {
  const limitsFile = path.join(tmpdir(), `hutong-limits-${systemRandom.id()}.json`);
  await writeFile(limitsFile, JSON.stringify(options.limits ?? generousLimits));
  const [free = 0, ownPort = 0, otherPort = 0] = await freePorts(3);
  const publicPort = options.port ?? free;
  const isShared = options.hasSecondProcess === true;
  const issuer = `http://localhost:${publicPort}`;
  const environment = {
    HUTONG_MODE: 'demonstration',
    HUTONG_PUBLIC_URL: issuer,
    HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*',
    HUTONG_LOG_LEVEL: 'silent',
    HUTONG_LIMITS: limitsFile,
    HUTONG_MASTER_KEY: MASTER_KEY.toString('base64url'),
    MONGODB_URI: options.mongodbUri,
    ...options.environment,
  };
  const config = loadConfig({
    ...environment,
    HUTONG_PORT: String(isShared ? ownPort : publicPort),
  });
  const clock = new ShiftedClock();
  const storage = await openTestStorage(options.mongodbUri, allMigrations, clock);
  const accountStore = new AccountStore(storage);
  const accounts = await importCityAccounts(storage, accountStore, options.accounts ?? []);
  const clients = await importCityClients(storage, options.clients ?? []);
  const handOnKeys = await importReadyKeys(storage);
  const logger = options.logger ?? createLogger({ level: 'silent', service: 'test' });
  const start = async () => {
    const made = await createApp(config, { clock, random: systemRandom, logger });
    await listen(made, config.http.port);
    return made;
  };
  let app = await start();
  let second = isShared
    ? await startSecondProcess({ ...environment, HUTONG_PORT: String(otherPort) })
    : undefined;
  const ports = isShared ? [ownPort, otherPort] : [publicPort];
  const door = isShared ? await startFrontDoor(publicPort, ports) : undefined;
  return {
    issuer,
    config,
    get app() {
      return app;
    },
    clock,
    storage,
    accountStore,
    accounts,
    clients,
    client: (clientId) => named(clients, ({ id }) => id === clientId, clientId),
    account: (login) => named(accounts, (account) => account.login === login, login),
    addClients: async (fields) => {
      clients.push(...(await importCityClients(storage, fields)));
    },
    get origins() {
      return ports.map((port) => `http://localhost:${port}`);
    },
    async restart() {
      await Promise.all([app.stop(), second?.stop()]);
      second = undefined;
      ports.splice(1);
      app = await start();
    },
    async stop() {
      await door?.close();
      await Promise.all([app.stop(), second?.stop()]);
      handOnKeys();
      await storage.database.close();
      await rm(limitsFile, { force: true });
    },
  };
}

function named<T>(items: readonly T[], matches: (item: T) => boolean, name: string): T {
  const found = items.find(matches);
  if (!found) throw new Error(`the test has no ${name}`);
  return found;
}

async function listen(app: App, port: number): Promise<void> {
  app.server.listen(port, '127.0.0.1');
  await once(app.server, 'listening');
}

/** Held together until all are known, so that no port is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    probes.map(async (probe) => {
      probe.listen(0, '127.0.0.1');
      await once(probe, 'listening');
      return (probe.address() as AddressInfo).port;
    }),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}
