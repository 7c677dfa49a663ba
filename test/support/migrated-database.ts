// Databases that have all migrations already, one after the other in the hands of several test files:
// making seventy collections with their indexes, and dropping them, takes longer than most files do.
import mongoose from 'mongoose';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { allMigrations } from '../../src/migrations.ts';
import { migrate } from '../../src/platform/migrations.ts';
import { connectDatabase } from '../../src/platform/mongo.ts';
import { dropDatabase, freshDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

type Db = mongoose.mongo.Db;
type Documents = mongoose.mongo.OptionalId<mongoose.mongo.Document>[];

interface Migrated extends TestDatabase {
  /** As the migrations leave it; absent until they have run. */
  start?: { catalog: Catalog; documents: ReadonlyMap<string, Documents> };
}

/** Collections by name, with their options and indexes. */
type Catalog = ReadonlyMap<string, unknown>;

/** Of this worker: files that share their modules run one after the other. */
const idle: Migrated[] = [];

/**
 * Nothing is in it but what migrations put there. For files that leave collections and indexes as they
 * are and stop what they start; others take `testDatabase`. Call it at the top of a test file.
 */
export function migratedDatabase(): TestDatabase {
  const own: Migrated = idle.pop() ?? freshDatabase();
  beforeAll(async () => {
    own.start ??= await afterMigrations(own.uri);
  });
  // Hooks run in reverse order: what the file sets up later has ended by the time this empties.
  afterAll(async () => {
    if (await isRestored(own)) idle.push(own);
    else await dropDatabase(own.uri);
  });
  return own;
}

async function afterMigrations(uri: string): Promise<NonNullable<Migrated['start']>> {
  const database = await connectDatabase({ uri });
  try {
    await migrate(database, allMigrations, 'a test');
    const { db } = database;
    const catalog = await catalogOf(db);
    const documents = new Map<string, Documents>();
    for (const name of catalog.keys()) {
      const found: Documents = await db.collection(name).find().toArray();
      if (found.length > 0) documents.set(name, found);
    }
    return { catalog, documents };
  } finally {
    await database.close();
  }
}

/** False when a file changed more than what is in the collections. */
async function isRestored({ uri, start }: Migrated): Promise<boolean> {
  if (!start) return false;
  const client = new mongoose.mongo.MongoClient(uri);
  try {
    const db = client.db();
    const found = await db.listCollections({}, { nameOnly: true }).toArray();
    const added = found.filter(({ name }) => !start.catalog.has(name));
    await Promise.all(added.map(({ name }) => db.dropCollection(name)));
    const used = await ofAll(db, [...start.catalog.keys()], (name) => [
      { $limit: 1 },
      { $project: { _id: 0, name: { $literal: name } } },
    ]);
    await Promise.all(
      used.map(({ name }) => db.collection(name).deleteMany({}, { writeConcern: { w: 1 } })),
    );
    for (const [name, documents] of start.documents) {
      await db.collection(name).insertMany(documents, { writeConcern: { w: 'majority' } });
    }
    return isDeepStrictEqual(await catalogOf(db), start.catalog);
  } finally {
    await client.close();
  }
}

async function catalogOf(db: Db): Promise<Catalog> {
  const collections = await db.listCollections().toArray();
  const names = collections.map(({ name }) => name).toSorted();
  const indexes = await ofAll(db, names, (name) => [
    { $indexStats: {} },
    { $project: { _id: 0, name: { $literal: name }, spec: 1 } },
  ]);
  return new Map(
    names.map((name): [string, unknown] => {
      const own = collections.find((each) => each.name === name);
      const options = own && 'options' in own ? own.options : undefined;
      const specs = indexes.filter((index) => index.name === name).map(({ spec }) => spec);
      const byName = specs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return [name, { type: own?.type, options, indexes: byName }];
    }),
  );
}

interface OfCollection {
  name: string;
  spec: { name: string };
}

/** One question instead of one to each of seventy collections. */
async function ofAll(
  db: Db,
  names: readonly string[],
  pipeline: (name: string) => object[],
): Promise<OfCollection[]> {
  const [first, ...others] = names;
  if (first === undefined) return [];
  const unions = others.map((coll) => ({ $unionWith: { coll, pipeline: pipeline(coll) } }));
  return db
    .collection(first)
    .aggregate<OfCollection>([...pipeline(first), ...unions])
    .toArray();
}
