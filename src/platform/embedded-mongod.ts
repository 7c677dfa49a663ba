// A MongoDB of our own for one machine: a single-node replica set on a persistent folder, for the
// demonstration city and for tests. It ends with the process that started it, however that one ends
// (embedded-mongod-supervisor.ts), and a start copes with whatever `kill -9` has left behind.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, realpath, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { becomePrimary } from './embedded-mongod-replica-set.ts';
import { exitError, MongodError } from './embedded-mongod-errors.ts';
import { settleLeftover, readLockPid } from './embedded-mongod-leftover.ts';
import { describePortHolder, endProcess } from './process-table.ts';

const SUPERVISOR = fileURLToPath(new URL('./embedded-mongod-supervisor.ts', import.meta.url));
const REPLICA_SET = 'hutong';
const START_LIMIT_MILLISECONDS = 60_000;
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const START_TRIES = 3;
const UNCOMPRESSED = {
  wiredTigerJournalCompressor: 'none',
  wiredTigerCollectionBlockCompressor: 'none',
};

export type EmbeddedMongodOptions = {
  /** Path of the `mongod` program (scripts/mongod.mjs finds it). */
  binary: string;
  /** Holds the data and the log; made when missing. */
  folder: string;
  /** Without one a free port is taken; the data may move between ports from start to start. */
  port?: number;
  cacheSizeGigabytes?: number;
  /** The folder is removed when the database ends, even if that is by `kill -9` of its starter. */
  isEphemeral?: boolean;
  /** A write counts once it is in memory: for data that nobody needs when the server has crashed. */
  isForgetful?: boolean;
};

export type EmbeddedMongod = {
  /** Ends in `/?replicaSet=hutong`; put a database name before the `?`. */
  uri: string;
  port: number;
  /** Orderly shutdown; may be called twice. */
  stop: () => Promise<void>;
  /** Settles when the server has ended, whoever ended it. */
  ended: Promise<void>;
};

/**
 * Resolves once the server is primary and writes are accepted.
 *
 * @throws {MongodError} port held by another program, folder in use by another running instance,
 *   data of an incompatible version, or whatever the server says itself
 */
export async function startEmbeddedMongod(options: EmbeddedMongodOptions): Promise<EmbeddedMongod> {
  const dbPath = path.join(options.folder, 'db');
  await mkdir(dbPath, { recursive: true, mode: 0o700 });
  const place = {
    dbPath: await realpath(dbPath),
    logFile: path.join(options.folder, 'mongod.log'),
  };
  await settleLeftover(place.dbPath);
  await keepLogSmall(place.logFile);
  for (let tried = 1; ; tried += 1) {
    try {
      return await startOnPort(options, place, options.port ?? (await freePort()));
    } catch (error) {
      if (tried === START_TRIES || !(await mayTryAgain(error, options, place))) throw error;
    }
  }
}

type Place = { dbPath: string; logFile: string };

/**
 * A server whose starter was killed a moment ago may show itself only now; and a free port may be taken
 * by somebody else between asking for it and using it.
 */
async function mayTryAgain(error: unknown, options: EmbeddedMongodOptions, place: Place) {
  if (!(error instanceof MongodError)) return false;
  if (error.reason !== 'port_held' && error.reason !== 'folder_in_use') return false;
  const hasEndedLeftover = await settleLeftover(place.dbPath);
  return hasEndedLeftover || (error.reason === 'port_held' && options.port === undefined);
}

async function startOnPort(
  options: EmbeddedMongodOptions,
  place: Place,
  port: number,
): Promise<EmbeddedMongod> {
  await assertPortFree(port);
  const supervisor = spawnSupervisor(options, place, port);
  const ended = new Promise<number | null>((resolve) => {
    supervisor.once('exit', resolve);
    supervisor.once('error', () => resolve(null));
  });
  const giveUp = new AbortController();
  try {
    await Promise.race([
      becomePrimary({
        host: `127.0.0.1:${port}`,
        replicaSet: REPLICA_SET,
        dbPath: place.dbPath,
        isForgetful: options.isForgetful === true,
        signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(START_LIMIT_MILLISECONDS)]),
      }),
      ended.then(async (code) => {
        throw await exitError({ code, port, ...place, binary: options.binary });
      }),
    ]);
  } catch (error) {
    giveUp.abort();
    supervisor.ref();
    supervisor.stdin?.end();
    await ended;
    throw error;
  }
  return running({ supervisor, ended, dbPath: place.dbPath, port });
}

async function running(started: {
  supervisor: ChildProcess;
  ended: Promise<number | null>;
  dbPath: string;
  port: number;
}): Promise<EmbeddedMongod> {
  const mongodPid = await readLockPid(started.dbPath);
  let isStopping = false;
  void started.ended.then(() => {
    // Somebody killed the supervisor alone: without it nobody would end the server after us.
    if (!isStopping && mongodPid !== undefined) endProcess(mongodPid, 'SIGTERM');
  });
  return {
    uri: `mongodb://127.0.0.1:${started.port}/?replicaSet=${REPLICA_SET}`,
    port: started.port,
    stop: async () => {
      isStopping = true;
      // So far it has not kept our event loop alive; now its end is being waited for.
      started.supervisor.ref();
      started.supervisor.stdin?.end();
      await started.ended;
    },
    ended: started.ended.then(() => undefined),
  };
}

function spawnSupervisor(options: EmbeddedMongodOptions, place: Place, port: number): ChildProcess {
  const settings = {
    dbpath: place.dbPath,
    logpath: place.logFile,
    bind_ip: '127.0.0.1',
    port: String(port),
    replSet: REPLICA_SET,
    wiredTigerCacheSizeGB: String(options.cacheSizeGigabytes ?? 0.25),
    oplogSize: '256',
    ...(options.isForgetful ? UNCOMPRESSED : {}),
  };
  const parameters = [
    'diagnosticDataCollectionEnabled=false',
    // Nobody else is in the set to hand over to: a shutdown need not wait for it.
    'shutdownTimeoutMillisForSignaledShutdown=0',
    // Else what is dropped stays open for five minutes, and each drop goes through all that is open; a backup reads from such a snapshot.
    ...(options.isForgetful ? ['minSnapshotHistoryWindowInSeconds=30'] : []),
  ];
  const mongodArguments = [
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ...parameters.flatMap((parameter) => ['--setParameter', parameter]),
    '--logappend',
    '--nounixsocket',
  ];
  const supervisor = spawn(
    process.execPath,
    [
      SUPERVISOR,
      `--starter=${process.pid}`,
      options.isEphemeral ? options.folder : '',
      options.binary,
      ...mongodArguments,
    ],
    // Its own process group: Ctrl-C must reach us first, so that the database ends last.
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  // A pipe to a process that has just died must not become an uncaught error.
  supervisor.stdin?.on('error', () => undefined);
  supervisor.unref();
  return supervisor;
}

async function assertPortFree(port: number): Promise<void> {
  const probe = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => probe.close(resolve));
  if (!isFree) {
    throw new MongodError(
      'port_held',
      `Port ${port} is held by ${await describePortHolder(port)}.`,
    );
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function keepLogSmall(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (file) => file.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await rename(logFile, `${logFile}.old`);
}
