// What the database server says of itself, and whether this one has every index that an empty one
// would get from the migrations.
import { randomBytes } from 'node:crypto';
import type { Migration } from '../platform/migrations.ts';
import { isNotAuthorized } from '../platform/mongo.ts';
import type { Database, Db } from '../platform/mongo.ts';

const PROBES = 'doctorProbes';

export interface DatabaseFacts {
  version: string;
  /** Undefined: a server of its own, without transactions and change streams. */
  replicaSet: string | undefined;
  members: number;
  /** Server time minus ours at the middle of the question, in milliseconds. */
  clockSkewMs: number;
}

export async function databaseFacts(database: Database): Promise<DatabaseFacts> {
  const { db } = database;
  const sentAt = Date.now();
  const hello = await db.command({ hello: 1 });
  const middle = (sentAt + Date.now()) / 2;
  const { version } = await db.command({ buildInfo: 1 });
  return {
    version: String(version),
    replicaSet: typeof hello['setName'] === 'string' ? hello['setName'] : undefined,
    members: Array.isArray(hello['hosts']) ? hello['hosts'].length : 1,
    clockSkewMs: (hello['localTime'] as Date).getTime() - middle,
  };
}

/** Milliseconds of a write that a majority has taken. */
export async function majorityWriteMs(database: Database): Promise<number> {
  const probes = database.db.collection<{ _id: string }>(PROBES);
  const [first, second] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];
  // The first may have to make the collection.
  await probes.insertOne({ _id: first });
  const startedAt = performance.now();
  await probes.insertOne({ _id: second });
  const writeMs = performance.now() - startedAt;
  await probes.deleteMany({ _id: { $in: [first, second] } });
  return writeMs;
}

export interface IndexDifference {
  /** `collection.index` that migrations make and this database lacks or has otherwise. */
  missing: string[];
  /** Here, and made by no migration. */
  foreign: string[];
}

/**
 * Runs the migrations on a database beside this one, which is dropped again. Undefined when the
 * user of the connection has no right to that.
 */
export async function compareIndexes(
  database: Database,
  migrations: readonly Migration[],
): Promise<IndexDifference | undefined> {
  const scratch = database.client.db(`hutong_doctor_${randomBytes(6).toString('hex')}`);
  try {
    const ordered = [...migrations].sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const migration of ordered) await migration.up(scratch);
    const wanted = await indexesOf(scratch);
    const present = await indexesOf(database.db);
    const differs = (name: string) => wanted.get(name) !== present.get(name);
    return {
      missing: [...wanted.keys()].filter(differs).sort(),
      foreign: [...present.keys()].filter((name) => !wanted.has(name)).sort(),
    };
  } catch (error) {
    if (isNotAuthorized(error)) return undefined;
    throw error;
  } finally {
    await scratch.dropDatabase().catch((error: unknown) => {
      if (!isNotAuthorized(error)) throw error;
    });
  }
}

async function indexesOf(db: Db): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  for (const { name } of await db.listCollections({ type: 'collection' }).toArray()) {
    for (const { v: _v, ...index } of await db.collection(name).indexes()) {
      if (index.name !== '_id_') result.set(`${name}.${index.name}`, JSON.stringify(index));
    }
  }
  return result;
}
