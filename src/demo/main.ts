// What `npm start` runs: reads the environment, takes the data folder, starts the city, prints the
// welcome, and ends everything on Ctrl-C, SIGTERM, the end of what launched it, or a part's death.
import { fileURLToPath } from 'node:url';
import { findMongod } from '../../scripts/mongod.mjs';
import { startEmbeddedMongod } from '../platform/embedded-mongod.ts';
import { City } from './city.ts';
import type { CityDependencies, NodeStart } from './city.ts';
import { awaitKeyHolder } from './city-node-readiness.ts';
import { describeCityNode } from './city-parts.ts';
import { isAbandoned, releaseCityLock, takeCityLock } from './city-lock.ts';
import type { CityLock } from './city-lock.ts';
import { prepareDataFolder } from './data-folder.ts';
import { neighbourAccounts, provinceAccounts } from './platforms/platform-accounts.ts';
import {
  databaseBeside,
  describePlatformNode,
  platformAddresses,
  platformsOf,
} from './platforms/platform-parts.ts';
import { describeKeyHolder, takingPart } from './platforms/recognition-parts.ts';
import { seedKeyHolder } from './platforms/seed-key-holder.ts';
import { demoAccounts } from './demo-accounts.ts';
import { registerDemoClients } from './demo-clients.ts';
import { removeDemoFile } from './demo-file.ts';
import { readDemoSettings } from './demo-settings.ts';
import type { DemoSettings } from './demo-settings.ts';
import { endLeftovers, endProcess } from './leftovers.ts';
import { loadSecrets } from './secrets.ts';
import { citySeed, platformSeed, seedNode } from './seed.ts';
import type { NodeSeed, SeedDependencies } from './seed.ts';
import { describeProblem, describeWelcome, sayBoth } from './terminal-words.ts';

const everybody = [...demoAccounts, ...provinceAccounts, ...neighbourAccounts];
const workTree = fileURLToPath(new URL('../../', import.meta.url));

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}

async function run(): Promise<number> {
  const read = readDemoSettings(process.env, workTree);
  if (!read.ok) return fail(sayBoth(`problem.${read.reason}`, { value: read.value }));
  const { settings } = read;
  await prepareDataFolder(settings.folder);
  const taken = await takeCityLock(settings.folder, settings.ports.city);
  if (!taken.ok) {
    const { holder, firstPort } = taken.lock;
    const values = { pid: holder.pid, folder: settings.folder.root, portal: firstPort + 1 };
    return fail(sayBoth('problem.already_running', values));
  }
  try {
    if (taken.abandoned) await endProcess(taken.abandoned, 30_000);
    return await runCity(settings, taken.lock);
  } finally {
    await releaseCityLock(settings.folder, taken.lock);
  }
}

async function runCity(settings: DemoSettings, lock: CityLock): Promise<number> {
  const endings = watchForEnd(lock);
  const ended = await endLeftovers(settings.folder);
  if (ended.length > 0) say(sayBoth('leftovers', { parts: ended.join(', ') }));
  await removeDemoFile(settings);
  const loaded = await loadSecrets(settings.folder, everybody);
  if (!loaded.ok) {
    const file = settings.folder.secretsFile;
    return fail(sayBoth(`problem.secrets_${loaded.reason}`, { file }));
  }
  const { secrets } = loaded;
  const plan = {
    settings,
    secrets,
    clients: registerDemoClients(settings.ports, secrets, settings.issuer),
  };
  // Loaded beside the start of the database, which takes longer.
  const loading = import('./migrate-database.ts');
  const migrate = async (uri: string) => (await loading).migrateDatabase(uri);
  const runCommand: SeedDependencies['runCommand'] = async (args, host) =>
    (await import('../cli/run.ts')).runCommand(args, host);
  const leadPeers: SeedDependencies['leadPeers'] = async (args, host) =>
    (await import('../cli/demonstration-peers.ts')).leadDemonstrationPeers(args, host);
  const recognition = async () => import('../cli/demonstration-recognition.ts');
  const prepareKeyHolder: SeedDependencies['runCommand'] = async (args, host) =>
    (await recognition()).prepareDemonstrationKeyHolder(args, host);
  const admitPlatforms: SeedDependencies['runCommand'] = async (args, host) =>
    (await recognition()).admitDemonstrationPlatforms(args, host);
  const city = new City({
    plan,
    startDatabase: () => startDatabase(settings),
    ...describeNodes({ plan, migrate, runCommand, leadPeers, admitPlatforms, prepareKeyHolder }),
    onProgress: (step) => say(sayBoth(`progress.${step}`)),
  });
  const started = city.start();
  const outcome = await Promise.race([
    started,
    endings.then(() => ({ reason: 'stopped' as const })),
  ]);
  if (!outcome) {
    say(describeWelcome(plan));
    const problem = await Promise.race([city.failed, endings]);
    return finish(city, problem);
  }
  const code = await finish(city, outcome);
  await started;
  return code;
}

function describeNodes(
  deps: SeedDependencies,
): Pick<CityDependencies, 'city' | 'platforms' | 'keyHolder'> {
  const { plan } = deps;
  const { settings } = plan;
  const seeding =
    (seed: NodeSeed): NodeStart['seed'] =>
    (databaseUri, signal) =>
      seedNode(deps, seed, { databaseUri, signal });
  return {
    city: {
      issuer: settings.issuer,
      port: settings.ports.city,
      databaseUri: (ofCity) => ofCity,
      seed: seeding(citySeed(plan)),
      describe: (databaseUri) => takingPart(plan, 'city', describeCityNode(plan, databaseUri)),
    },
    platforms: platformsOf(plan).map((platform) => ({
      issuer: platformAddresses(settings)[platform.key],
      port: settings.ports[platform.key],
      databaseUri: (ofCity) => databaseBeside(ofCity, platform.key),
      seed: seeding(platformSeed(plan, platform)),
      describe: (databaseUri) =>
        takingPart(plan, platform.key, describePlatformNode(plan, platform, databaseUri)),
    })),
    keyHolder: settings.hasNeighbours ? describeKeyHolderStart(deps) : undefined,
  };
}

function describeKeyHolderStart(deps: SeedDependencies): NodeStart {
  const { plan } = deps;
  const { keyHolder: port } = plan.settings.ports;
  return {
    issuer: `http://localhost:${port}`,
    port,
    databaseUri: (ofCity) => databaseBeside(ofCity, 'key-holder'),
    seed: (databaseUri) => seedKeyHolder(deps, databaseUri),
    describe: (databaseUri) => describeKeyHolder(plan, databaseUri),
    awaitReady: (signal) => awaitKeyHolder(port, signal),
  };
}

type Ending = { reason: 'stopped' };

async function finish(city: City, ending: Parameters<typeof describeProblem>[0]): Promise<number> {
  const isWanted = ending.reason === 'stopped';
  if (isWanted) say(sayBoth('stopping'));
  else fail(describeProblem(ending));
  await city.stop();
  if (isWanted) say(sayBoth('stopped'));
  return isWanted ? 0 : 1;
}

/** Settles when somebody wants the city to end. */
async function watchForEnd(lock: CityLock): Promise<Ending> {
  return new Promise((resolve) => {
    const end = () => resolve({ reason: 'stopped' });
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
    const watchLauncher = setInterval(() => {
      void isAbandoned(lock).then((isGone) => {
        if (!isGone) return;
        clearInterval(watchLauncher);
        end();
      });
    }, 1_000);
    watchLauncher.unref();
  });
}

async function startDatabase({ folder, ports }: DemoSettings) {
  const found = await findMongod({ env: { ...process.env, MONGODB_URI: undefined }, say });
  if (found.kind !== 'binary') throw new Error('no database program');
  return startEmbeddedMongod({
    binary: found.path,
    folder: folder.databaseFolder,
    port: ports.database,
  });
}

process.exitCode = await run();
// Terminals may be gone (SIGHUP): what is still open must not keep us here.
process.exit();
