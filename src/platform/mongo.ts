// The one connection to MongoDB. Stores receive `Database`; hot paths use its native
// collections, the rest its mongoose connection. Writes are `w: majority` unless they say less.
import mongoose, { type mongo } from 'mongoose';
import { AppError } from './errors.ts';
import { hasErrorLabel, runTransaction } from './transaction.ts';

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
  /** Runs `work` in a majority transaction, for some seconds again on transient errors. */
  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T>;
  pool(): PoolFigures;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  uri: string;
  /** How long an operation may wait for a usable server before it fails, in milliseconds. */
  serverSelectionTimeoutMs?: number;
  maxPoolSize?: number;
  /** How long the answer to one command may take, in milliseconds. Unlimited for an operator. */
  commandTimeoutMs?: number;
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

// A server that stands still keeps its connections open. It is given up when it has not answered the
// monitor for a heartbeat and the time of a connection, far below what a request may take; what
// was under way there fails at once and is tried again where the new primary is.
const HEARTBEAT_MS = 1000;
const CONNECT_MS = 3000;
const WAIT_QUEUE_MS = 5000;

/** Connects, and fails with `database_unavailable` when no primary answers in time. */
export async function connectDatabase(options: DatabaseOptions): Promise<Database> {
  const { onCommand } = options;
  const connection = mongoose.createConnection(options.uri, {
    ...(onCommand ? { monitorCommands: true } : {}),
    autoIndex: false,
    autoCreate: false,
    serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? 5000,
    maxPoolSize: options.maxPoolSize ?? 50,
    waitQueueTimeoutMS: WAIT_QUEUE_MS,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    connectTimeoutMS: CONNECT_MS,
    ...(options.commandTimeoutMs === undefined
      ? {}
      : { socketTimeoutMS: options.commandTimeoutMs }),
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
    transaction: (work) => runTransaction(client, work),
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

/** Fields of the unique index that refused a write; none for any other error. */
export function duplicateFields(error: unknown): readonly string[] {
  if (!isDuplicateKey(error) || !(error instanceof mongoose.mongo.MongoServerError)) return [];
  const pattern: unknown = error['keyPattern'];
  return typeof pattern === 'object' && pattern !== null ? Object.keys(pattern) : [];
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

/** What an unordered command made although some of its statements were refused, by their index. */
export function upsertedAllTheSame(error: unknown): Readonly<Record<number, unknown>> {
  return error instanceof mongoose.mongo.MongoBulkWriteError ? error.upsertedIds : {};
}

const UNREACHABLE = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoServerClosedError',
  'MongoClientClosedError',
  'MongoPoolClosedError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoStalePrimaryError',
  'MongoSystemError',
  'MongoOperationTimeoutError',
  'MongoWriteConcernError',
  'MongoWaitQueueTimeoutError',
  'MongooseServerSelectionError',
  'MongoExpiredSessionError',
]);

const UNAVAILABLE_CODES = new Set([
  // Hosts that cannot be reached, connections that were lost.
  6, 7, 89, 317, 9001,
  // No primary, or not any more; a server that is starting or ending.
  91, 189, 10058, 10107, 11600, 11602, 13435, 13436,
  // Out of time: locks, limits of a command, the server's own interruptions, its cache.
  24, 50, 202, 262, 290, 365, 11601,
  // Not enough members answer for a majority.
  64, 100, 133, 134,
  // A transaction or a cursor that the new primary does not know, conflicts that did not end.
  43, 112, 175, 211, 225, 251,
  // Out of disk space.
  14031,
]);

/** With these server and driver say themselves that it may be tried again. */
const UNAVAILABLE_LABELS = [
  'RetryableWriteError',
  'TransientTransactionError',
  'UnknownTransactionCommitResult',
];

/** True when the database, not the request, is the reason of the failure (answer 503). */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (UNREACHABLE.has(error.name)) return true;
  if (hasCode(error) && typeof error.code === 'number' && UNAVAILABLE_CODES.has(error.code)) {
    return true;
  }
  if (UNAVAILABLE_LABELS.some((label) => hasErrorLabel(error, label))) return true;
  // A bulk write keeps what interrupted it as if the server had answered it.
  if ('errorResponse' in error && isDatabaseUnavailable(error.errorResponse)) return true;
  return error.cause !== undefined && isDatabaseUnavailable(error.cause);
}

/** The user of the connection may not do that. */
export function isNotAuthorized(error: unknown): boolean {
  return hasCode(error) && error.code === 13;
}

/** The moment a snapshot was taken at is older than what the server still remembers. */
export function isSnapshotGone(error: unknown): boolean {
  return hasCode(error) && (error.code === 239 || error.code === 246);
}

function hasCode(error: unknown): error is { code: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error;
}
