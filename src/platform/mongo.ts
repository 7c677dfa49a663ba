// The one connection to MongoDB. Stores receive `Database`; hot paths use its native
// collections, the rest its mongoose connection. Writes are `w: majority` unless they say less.
import mongoose, { type mongo } from 'mongoose';
import { AppError } from './errors.ts';

export type ClientSession = mongo.ClientSession;
export type Collection<T extends Document> = mongo.Collection<T>;
export type Db = mongo.Db;
export type Document = mongo.Document;

export interface Database {
  /** For mongoose models. */
  readonly connection: mongoose.Connection;
  readonly client: mongo.MongoClient;
  readonly db: Db;
  collection<T extends Document>(name: string): Collection<T>;
  /** Runs `work` in a majority transaction, retried by the driver on transient errors. */
  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T>;
  pool(): PoolFigures;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  uri: string;
  /** How long an operation may wait for a usable server before it fails, in milliseconds. */
  serverSelectionTimeoutMs?: number;
  maxPoolSize?: number;
  /** Told of every command that ended, by its name: `find`, `update`. */
  onCommand?: (name: string, seconds: number, isOk: boolean) => void;
}

/** Connections of this process, to all members together. */
export interface PoolFigures {
  open: number;
  inUse: number;
  /** Operations that wait for one. */
  waiting: number;
}

/** Connects, and fails with `database_unavailable` when no primary answers in time. */
export async function connectDatabase(options: DatabaseOptions): Promise<Database> {
  const { onCommand } = options;
  const connection = mongoose.createConnection(options.uri, {
    ...(onCommand ? { monitorCommands: true } : {}),
    autoIndex: false,
    autoCreate: false,
    serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? 5000,
    maxPoolSize: options.maxPoolSize ?? 50,
    writeConcern: { w: 'majority' },
    retryWrites: true,
    retryReads: true,
    ignoreUndefined: true,
    promoteBuffers: true,
  });
  const client = connection.getClient();
  const pool = watchPool(client);
  if (onCommand) watchCommands(client, onCommand);
  try {
    await connection.asPromise();
  } catch (cause) {
    await connection.close(true).catch(() => undefined);
    throw new AppError('database_unavailable', { cause });
  }
  const { db } = connection;
  if (!db) throw new AppError('database_unavailable');
  return {
    connection,
    client,
    db,
    collection: (name) => db.collection(name),
    transaction: (work) =>
      client.withSession((session) =>
        session.withTransaction(() => work(session), {
          readConcern: { level: 'snapshot' },
          writeConcern: { w: 'majority' },
        }),
      ),
    pool,
    close: () => connection.close(),
  };
}

function watchCommands(
  client: mongo.MongoClient,
  onCommand: NonNullable<DatabaseOptions['onCommand']>,
): void {
  client.on('commandSucceeded', ({ commandName, duration }) =>
    onCommand(commandName, duration / 1000, true),
  );
  client.on('commandFailed', ({ commandName, duration }) =>
    onCommand(commandName, duration / 1000, false),
  );
}

function watchPool(client: mongo.MongoClient): () => PoolFigures {
  const figures = { open: 0, inUse: 0, waiting: 0 };
  client.on('connectionCreated', () => (figures.open += 1));
  client.on('connectionClosed', () => (figures.open -= 1));
  client.on('connectionCheckOutStarted', () => (figures.waiting += 1));
  client.on('connectionCheckOutFailed', () => (figures.waiting -= 1));
  client.on('connectionCheckedOut', () => {
    figures.waiting -= 1;
    figures.inUse += 1;
  });
  client.on('connectionCheckedIn', () => (figures.inUse -= 1));
  return () => ({ ...figures });
}

/** True for a violation of a unique index (server code 11000). */
export function isDuplicateKey(error: unknown): boolean {
  return hasCode(error) && error.code === 11000;
}

/** One statement of an unordered command that the server refused; the others were carried out. */
class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
  readonly code: number;

  constructor({ code, errmsg }: { code: number; errmsg: string | undefined }) {
    super(errmsg ?? `refused with ${code}`);
    this.code = code;
  }
}

/** Refused statements by their index. @throws the error itself when it is about the whole command. */
export function refusedStatements(error: unknown): Map<number, Error> {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error;
  // Not acknowledged as asked: nobody may take it for done.
  if (error.result.getWriteConcernError()) throw error;
  const refused = [error.writeErrors].flat();
  if (refused.length === 0) throw error;
  return new Map(refused.map((each) => [each.index, new StatementRefused(each)]));
}

const UNREACHABLE = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoWaitQueueTimeoutError',
  'MongooseServerSelectionError',
  'MongoExpiredSessionError',
]);

// NotWritablePrimary and its kin, host unreachable, shutdown in progress, out of disk, lock timeout.
const UNAVAILABLE_CODES = new Set([
  6, 7, 89, 91, 189, 10107, 11600, 11602, 13435, 13436, 14031, 24,
]);

/** True when the database, not the request, is the reason of the failure (answer 503). */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (UNREACHABLE.has(error.name)) return true;
  if (hasCode(error) && typeof error.code === 'number' && UNAVAILABLE_CODES.has(error.code)) {
    return true;
  }
  return error.cause !== undefined && isDatabaseUnavailable(error.cause);
}

/** The moment a snapshot was taken at is older than what the server still remembers. */
export function isSnapshotGone(error: unknown): boolean {
  return hasCode(error) && (error.code === 239 || error.code === 246);
}

function hasCode(error: unknown): error is { code: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error;
}
