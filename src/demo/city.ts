// The demonstration city: database, seed, city node, relying parties and inbox, started side by
// side as far as they can be, stopped in order. When one part dies, the whole city ends and says so.
import { createServer } from 'node:net';
import type { EmbeddedMongod } from '../platform/embedded-mongod.ts';
import { MongodError } from '../platform/embedded-mongod-errors.ts';
import { describePortHolder } from '../platform/process-table.ts';
import { describeInbox, describeRegisters, describeRelyingParties } from './city-parts.ts';
import type { CityPlan } from './city-parts.ts';
import { removeDemoFile, writeDemoFile } from './demo-file.ts';
import { awaitCityNode } from './city-node-readiness.ts';
import { writeServicesFile } from './demo-services.ts';
import { writeGatewaysFile } from './inbox/gateways-file.ts';
import { startPart } from './part-process.ts';
import type { PartDescription, PartEnd, RunningPart } from './part-process.ts';
import { createAuthority } from './registers/entity-credentials/authority.ts';
import { writeVerificationFile } from './registers/verification-file.ts';
import { describeDialects, writeAppearanceFiles } from './platforms/platform-parts.ts';
import type { SeedResult } from './seed.ts';

export type CityProblem =
  | { reason: 'port_held'; port: number; holder: string }
  | { reason: 'database_failed'; message: string }
  | { reason: 'seed_failed'; step: string; output: string }
  | { reason: 'part_died'; part: string; how: string; logFile: string; lastLines: string }
  | { reason: 'city_node_silent'; logFile: string; lastLines: string }
  | { reason: 'stopped' };

/** The city node, that of a platform beside it, or the key holder. */
export type NodeStart = {
  readonly issuer: string;
  readonly port: number;
  readonly databaseUri: (ofCity: string) => string;
  readonly seed: (databaseUri: string, signal: AbortSignal) => Promise<SeedResult>;
  readonly describe: (databaseUri: string) => PartDescription;
  /** That of a city where missing. */
  readonly awaitReady?: (signal: AbortSignal) => Promise<boolean>;
};

export type CityDependencies = {
  readonly plan: CityPlan;
  readonly startDatabase: () => Promise<EmbeddedMongod>;
  readonly city: NodeStart;
  /** Beside it; none where it stands alone. */
  readonly platforms: readonly NodeStart[];
  /** Of mutual recognition, where there are platforms: they know it by what its seed hands out. */
  readonly keyHolder?: NodeStart | undefined;
  /** Told what is being waited for. */
  readonly onProgress: (step: 'database' | 'seed' | 'city_node') => void;
};

/** Carries a problem out of the middle of a start; never leaves this file. */
class StartFailure extends Error {
  readonly problem: CityProblem;
  constructor(problem: CityProblem) {
    super(problem.reason);
    this.problem = problem;
  }
}

export class City {
  /** Settles with the first problem after the city has become ready. */
  readonly failed: Promise<CityProblem>;
  readonly #dependencies: CityDependencies;
  readonly #parts: RunningPart[] = [];
  readonly #stopping = new AbortController();
  #database: EmbeddedMongod | undefined;
  #fail: (problem: CityProblem) => void = () => undefined;
  #stopped: Promise<void> | undefined;

  constructor(dependencies: CityDependencies) {
    this.#dependencies = dependencies;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  /** Resolves when everything answers and `demo.json` is written; `undefined` means it went well. */
  async start(): Promise<CityProblem | undefined> {
    const { plan } = this.#dependencies;
    try {
      await refuseHeldPorts(plan);
      const authority = await createAuthority();
      await writeVerificationFile(plan, authority);
      await writeGatewaysFile(plan);
      await writeServicesFile(plan);
      await writeAppearanceFiles(plan);
      const surroundings = [
        describeInbox(plan),
        describeRegisters(plan, authority),
        describeRelyingParties(plan),
        ...(plan.settings.hasNeighbours ? [describeDialects(plan)] : []),
      ];
      const [databaseUri] = await Promise.all([
        this.#startCore(),
        ...surroundings.map((part) => this.#startReadyPart(part)),
      ]);
      this.#stopping.signal.throwIfAborted();
      await writeDemoFile(plan, databaseUri);
      return undefined;
    } catch (error) {
      if (this.#stopping.signal.aborted) return { reason: 'stopped' };
      if (error instanceof StartFailure) return error.problem;
      throw error;
    }
  }

  /** Ends everything, the database last. May be called at any time and more than once. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    await this.#stopped;
  }

  async #stopAll(): Promise<void> {
    this.#stopping.abort();
    await removeDemoFile(this.#dependencies.plan.settings);
    await Promise.all(this.#parts.map((part) => part.stop()));
    await this.#database?.stop();
  }

  async #startCore(): Promise<string> {
    const { onProgress, city, platforms, keyHolder } = this.#dependencies;
    const uri = await this.#provideDatabase();
    onProgress('seed');
    const handedOut = keyHolder ? this.#seed(keyHolder, uri) : Promise.resolve();
    const startPlatform = async (start: NodeStart, onSeeded?: () => void) => {
      await Promise.all([this.#seed(start, uri), handedOut]);
      onSeeded?.();
      await this.#startNode(start, uri);
    };
    await Promise.all([
      startPlatform(city, () => onProgress('city_node')),
      ...platforms.map((each) => startPlatform(each)),
      ...(keyHolder ? [handedOut.then(() => this.#startNode(keyHolder, uri))] : []),
    ]);
    return uri;
  }

  async #seed(start: NodeStart, ofCity: string): Promise<void> {
    const seeded = await start.seed(start.databaseUri(ofCity), this.#stopping.signal);
    if (seeded.ok) return;
    throw new StartFailure({ reason: 'seed_failed', step: seeded.step, output: seeded.output });
  }

  async #startNode(start: NodeStart, ofCity: string): Promise<void> {
    const { signal } = this.#stopping;
    const node = await this.#startPart(start.describe(start.databaseUri(ofCity)));
    const ready = start.awaitReady?.(signal) ?? awaitCityNode(start, signal);
    const isReady = await Promise.race([ready, this.#deathOf(node)]);
    if (isReady) return;
    const lastLines = await node.readLastLines();
    throw new StartFailure({ reason: 'city_node_silent', logFile: node.logFile, lastLines });
  }

  async #provideDatabase(): Promise<string> {
    const { plan, startDatabase, onProgress } = this.#dependencies;
    if (plan.settings.mongodbUri !== undefined) return plan.settings.mongodbUri;
    onProgress('database');
    try {
      this.#database = await startDatabase();
    } catch (error) {
      throw new StartFailure(await describeDatabaseFailure(error, plan.settings.ports.database));
    }
    // A stop that came while it was starting has not seen it.
    if (this.#stopping.signal.aborted) await this.#database.stop();
    this.#stopping.signal.throwIfAborted();
    void this.#database.ended.then(() => {
      if (!this.#stopping.signal.aborted) {
        this.#fail({ reason: 'database_failed', message: 'mongod' });
      }
    });
    return withDatabaseName(this.#database.uri, 'hutong');
  }

  async #startReadyPart(description: PartDescription): Promise<void> {
    const part = await this.#startPart(description);
    await Promise.race([part.ready, this.#deathOf(part)]);
  }

  async #startPart(description: PartDescription): Promise<RunningPart> {
    this.#stopping.signal.throwIfAborted();
    const part = await startPart(this.#dependencies.plan.settings.folder, description);
    this.#parts.push(part);
    if (this.#stopping.signal.aborted) await part.stop();
    void part.ended.then(async (end) => {
      if (!this.#stopping.signal.aborted) this.#fail(await describeDeath(part, end));
    });
    return part;
  }

  async #deathOf(part: RunningPart): Promise<never> {
    throw new StartFailure(await describeDeath(part, await part.ended));
  }
}

async function describeDeath(part: RunningPart, end: PartEnd): Promise<CityProblem> {
  return {
    reason: 'part_died',
    part: part.name,
    how: end.signal ?? `exit ${end.code ?? '?'}`,
    logFile: part.logFile,
    lastLines: await part.readLastLines(),
  };
}

async function describeDatabaseFailure(error: unknown, port: number): Promise<CityProblem> {
  if (error instanceof MongodError && error.reason === 'port_held') {
    return { reason: 'port_held', port, holder: await describePortHolder(port) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { reason: 'database_failed', message };
}

/**
 * Before anything is started. Not the database's port: only the database itself can tell a stranger
 * from what a killed city has left there, and waits for the latter.
 */
async function refuseHeldPorts({ settings }: CityPlan): Promise<void> {
  const { database: _itsOwn, testClient: _unused, ...all } = settings.ports;
  const { province, neighbour, dialects, keyHolder, ...ports } = all;
  const beside = settings.hasNeighbours ? [province, neighbour, dialects, keyHolder] : [];
  for (const port of [...Object.values(ports), ...beside]) {
    if (await isFree(port)) continue;
    throw new StartFailure({
      reason: 'port_held',
      port,
      holder: await describePortHolder(port),
    });
  }
}

/** Both families: a program on `::` alone would answer for `localhost` as well. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

async function canListen(port: number, host: string): Promise<boolean> {
  const probe = createServer();
  try {
    return await new Promise<boolean>((resolve) => {
      probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
      probe.listen({ port, host, exclusive: true }, () => resolve(true));
    });
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}

function withDatabaseName(uri: string, name: string): string {
  return uri.replace(/\/(?=\?|$)/u, `/${name}`);
}
