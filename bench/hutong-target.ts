// The product as it would run in a city: its own database (a single-node replica set with its
// journal), app processes in production mode behind what stands in for a TLS proxy, an SMS gateway
// that takes everything. Accounts and clients come in by the operator's commands.
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findMongod } from '../scripts/mongod.mjs';
import { startEmbeddedMongod } from '../src/platform/embedded-mongod.ts';
import { leanEnvironment, leanFlags } from '../src/platform/lean-process.ts';
import { benchClients, readAccounts, registrations } from './clients.ts';
import { HttpLane } from './http-lane.ts';
import { limits } from './limits.ts';
import type { Options, RunningServer } from './options.ts';
import { department, grantMandates, writeHolders } from './mandates.ts';
import { processFigures } from './process-figures.ts';
import { limitProcessor, removeLimit } from './processor-share.ts';
import type { Target } from './target.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);
const ISSUER = 'https://sso.bench-city.gov.cn';
const DISCOVERY_PATH = '/.well-known/openid-configuration';
const READY_LIMIT_MS = 120_000;
/** Above this many accounts the indexes need room. */
const MANY_ACCOUNTS = 100_000;

type Environment = Record<string, string>;

export async function startHutong(options: Options): Promise<Target> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hutong-bench-'));
  const database = await startDatabase(folder, options.accounts);
  const gateway = await startGateway();
  const databaseUri = database.uri.replace('/?', '/bench?');
  const files = {
    limits: path.join(folder, 'limits.json'),
    clients: path.join(folder, 'clients.json'),
    accounts: path.join(folder, 'accounts.csv'),
    holders: path.join(folder, 'holders.csv'),
  };
  const clients = registrations(options.algorithm);
  await writeFile(files.limits, JSON.stringify(limits));
  await writeFile(files.clients, JSON.stringify([...clients, department]));
  const environment: Environment = {
    PATH: process.env['PATH'] ?? '',
    HUTONG_MODE: 'production',
    HUTONG_PUBLIC_URL: ISSUER,
    HUTONG_TRUSTED_PROXIES: '127.0.0.0/8',
    HUTONG_LIMITS: files.limits,
    HUTONG_MASTER_KEY: randomBytes(32).toString('base64url'),
    HUTONG_SMS_URL: gateway.url,
    HUTONG_LOG_LEVEL: 'info',
    HUTONG_DRAIN_SECONDS: '0',
    HUTONG_OPERATIONS_PORT: 'off',
    MONGODB_URI: databaseUri,
    ...(options.workers > 1 ? { HUTONG_WORKERS: String(options.workers) } : {}),
  };
  const hasMandates = options.scenarios.includes('mandate-check');
  await provision(environment, files, { accounts: options.accounts, hasMandates });
  const masterKey = environment['HUTONG_MASTER_KEY'] ?? '';
  const mandates = hasMandates ? await grantMandates({ uri: databaseUri, masterKey }) : [];
  const apps = await startApps(environment, options);
  const origins = apps.map(({ port }) => `http://127.0.0.1:${port}`);
  return {
    name: `Hutong, ${describe(options)}`,
    issuer: ISSUER,
    readyAfter: apps.map(({ readyAfter }) => readyAfter),
    accounts: await readAccounts(files.accounts),
    ...benchClients(clients),
    department: {
      client: { id: department.client_id, secret: department.client_secret, redirectUri: '' },
      mandates,
    },
    connect: (connections) => new HttpLane(ISSUER, origins, connections),
    figures: () => ({
      app: processFigures(apps.map(({ child }) => child.pid ?? 0)),
      database: processFigures([database.pid]),
    }),
    async stop() {
      await Promise.all(apps.map(({ child }) => end(child)));
      for (const { child } of apps) removeLimit(child.pid ?? 0);
      gateway.close();
      await database.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server that runs already; what its processes cost is known when their numbers are given. */
export async function attach(server: RunningServer): Promise<Target> {
  const clients = JSON.parse(await readFile(server.clientsFile, 'utf8')) as unknown;
  return {
    name: server.issuer,
    issuer: server.issuer,
    accounts: await readAccounts(server.accountsFile),
    ...benchClients(clients),
    connect: (connections) => new HttpLane(server.issuer, server.origins, connections),
    figures: () => ({
      app: processFigures(server.pids),
      database: processFigures(server.databasePids),
    }),
    stop: () => Promise.resolve(),
  };
}

export async function startDatabase(folder: string, accounts: number) {
  const found = await findMongod();
  if (found.kind === 'uri') throw new Error('unset MONGODB_URI: this starts a server of its own');
  const cacheSizeGigabytes = accounts > MANY_ACCOUNTS ? 2 : 0.5;
  const place = { binary: found.path, folder, isEphemeral: true };
  const database = await startEmbeddedMongod({ ...place, cacheSizeGigabytes });
  const pid = Number(await readFile(path.join(folder, 'db', 'mongod.lock'), 'utf8'));
  return { ...database, pid };
}

/** Takes every message, as a gateway would; its work is not the server's. */
async function startGateway(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/messages`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function provision(
  environment: Environment,
  files: { clients: string; accounts: string; holders: string },
  { accounts, hasMandates }: { accounts: number; hasMandates: boolean },
): Promise<void> {
  // Seeding is refused in production, and `notice` would want an approval there.
  const env = { ...environment, HUTONG_MODE: 'demonstration' };
  const hutong = (...args: string[]) =>
    run(process.execPath, [path.join(root, 'src/cli.ts'), ...args], { env });
  await hutong('migrate');
  await hutong('clients', 'import', files.clients);
  if (hasMandates) {
    await writeHolders(files.holders);
    await hutong('accounts', 'import', files.holders);
  }
  await hutong('seed', '--accounts', String(accounts), '--csv', files.accounts);
}

async function startApps(environment: Environment, options: Options) {
  const apps = [];
  for (let index = 0; index < options.processes; index += 1) {
    apps.push(await startApp(environment, options));
  }
  const { share } = options;
  // Started at full speed.
  if (share !== undefined) {
    for (const { child } of apps) limitProcessor(child.pid ?? 0, share);
  }
  return apps;
}

/** @param of.entry the program; `probe`: an address that is answered when it is ready */
export async function startApp(
  environment: Environment,
  of: Pick<Options, 'profile' | 'workers'> & { entry?: string; probe?: string },
) {
  const { profile, workers, entry = 'src/main.ts', probe = DISCOVERY_PATH } = of;
  const port = await freePort();
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const begun = performance.now();
  const child = spawn(process.execPath, [...leanFlags, ...profiling, path.join(root, entry)], {
    env: {
      ...environment,
      ...leanEnvironment,
      HUTONG_PORT: String(port),
      UV_THREADPOOL_SIZE: String(Math.max(4, 2 * workers)),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await untilReady(child, `http://127.0.0.1:${port}${probe}`);
  return { child, port, readyAfter: Math.round(performance.now() - begun) };
}

async function untilReady(child: ChildProcess, address: string): Promise<void> {
  const limit = performance.now() + READY_LIMIT_MS;
  const headers = { 'x-forwarded-proto': 'https' };
  while (performance.now() < limit && child.exitCode === null) {
    const isReady = await fetch(address, { headers }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the app process is not ready');
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

function describe({ processes, workers, accounts, algorithm }: Options): string {
  return `${processes} × ${workers} process, ${accounts} accounts, ID tokens ${algorithm}`;
}
