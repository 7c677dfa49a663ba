// Who is alive, and what each process acts upon. A rotation waits until every live process knows
// the new key; a process that could not say so for a while must not write with keys it may have
// missed: its lease ends before the others stop waiting for it. Times are the database's own.
import type { Logger } from './logger.ts';
import type { Migration } from './migrations.ts';
import type { Database } from './mongo.ts';
import { repeat } from './repeat.ts';

const HEARTBEAT_MS = 2000;
/** Without a heartbeat that reached the database a process has no lease any more. */
const LEASE_MS = 10_000;
/** And, that much later, nobody waits for it any more. */
const GONE_MS = 20_000;
const FORGOTTEN_SECONDS = 3600;

interface ProcessDocument {
  _id: string;
  host: string;
  pid: number;
  release: string;
  /** A command of an operator: it answers no requests. */
  isCommand?: boolean;
  startedAt: Date;
  seenAt: Date;
  knows: Record<string, number>;
}

export type LiveProcess = Omit<ProcessDocument, '_id'> & { id: string };

interface LiveProcessesDependencies {
  database: Database;
  logger: Logger;
  /** Of this process. */
  self: { id: string; host: string; pid: number; release: string; isCommand?: boolean };
  heartbeatMs?: number;
  leaseMs?: number;
}

export class LiveProcesses {
  readonly #deps: LiveProcessesDependencies;
  readonly #knows = new Map<string, number>();
  /** Monotonic milliseconds; the last heartbeat that is known to have arrived was sent then. */
  #leasedFrom = Number.NEGATIVE_INFINITY;
  #heart: ReturnType<typeof repeat> | undefined;
  #hasLeft = false;

  constructor(deps: LiveProcessesDependencies) {
    this.#deps = deps;
  }

  /** The first heartbeat; to be awaited before the process serves. */
  async enter(): Promise<void> {
    await this.#beat();
  }

  start(): void {
    const { logger } = this.#deps;
    this.#heart ??= repeat(() => this.#beat(), {
      name: 'heartbeat',
      everyMs: this.#deps.heartbeatMs ?? HEARTBEAT_MS,
      logger,
    });
  }

  async stop(): Promise<void> {
    await this.#heart?.stop();
    this.#hasLeft = true;
    await this.#processes.deleteOne({ _id: this.#deps.self.id }).catch(() => undefined);
  }

  /** This process now acts upon revision `revision` of `subject`; written before this resolves. */
  async acknowledge(subject: string, revision: number): Promise<void> {
    this.#knows.set(subject, revision);
    await this.#beat();
  }

  /** False when this process may have missed what the others agreed on. */
  hasLease(): boolean {
    return performance.now() - this.#leasedFrom < (this.#deps.leaseMs ?? LEASE_MS);
  }

  /** Those that count. */
  list(): Promise<LiveProcess[]> {
    return listLiveProcesses(this.#deps.database);
  }

  /** Resolves when the database has taken a write of this process, on a majority of its members. */
  async proveWritable(): Promise<void> {
    await this.#beat();
  }

  /**
   * True when every live process that answers requests acts upon at least this revision; also when
   * none is alive.
   */
  async allServersKnow(subject: string, revision: number): Promise<boolean> {
    const processes = await listServers(this.#deps.database);
    return processes.every(({ knows }) => (knows[subject] ?? 0) >= revision);
  }

  async #beat(): Promise<void> {
    if (this.#hasLeft) return;
    const { id, ...self } = this.#deps.self;
    const sentAt = performance.now();
    await this.#processes.updateOne(
      { _id: id },
      [
        {
          $set: {
            ...self,
            startedAt: { $ifNull: ['$startedAt', '$$NOW'] },
            seenAt: '$$NOW',
            knows: { $literal: Object.fromEntries(this.#knows) },
          },
        },
      ],
      { upsert: true },
    );
    this.#leasedFrom = Math.max(this.#leasedFrom, sentAt);
  }

  get #processes() {
    return processDocuments(this.#deps.database);
  }
}

/** Also for those who are no such process themselves. Those that count, by the database's clock. */
export async function listLiveProcesses(database: Database): Promise<LiveProcess[]> {
  return findProcesses(database, '$gt');
}

/** Those that answer requests. */
export async function listServers(database: Database): Promise<LiveProcess[]> {
  return (await findProcesses(database, '$gt')).filter(({ isCommand }) => isCommand !== true);
}

/** Servers of the last hour: not heard of any more, and they have not said that they end. */
export async function listSilentServers(database: Database): Promise<LiveProcess[]> {
  return (await findProcesses(database, '$lte')).filter(({ isCommand }) => isCommand !== true);
}

async function findProcesses(database: Database, comparison: '$gt' | '$lte') {
  const goneSince = { $subtract: ['$$NOW', GONE_MS] };
  const documents = await processDocuments(database)
    .find({ $expr: { [comparison]: ['$seenAt', goneSince] } })
    .sort({ startedAt: 1 })
    .toArray();
  return documents.map(({ _id, ...rest }) => ({ id: _id, ...rest }));
}

function processDocuments(database: Database) {
  return database.collection<ProcessDocument>('liveProcesses');
}

export const liveProcessesMigrations: readonly Migration[] = [
  {
    id: '0015-live-processes',
    up: async (db) => {
      await db
        .collection('liveProcesses')
        .createIndex({ seenAt: 1 }, { name: 'forgotten', expireAfterSeconds: FORGOTTEN_SECONDS });
    },
  },
];
