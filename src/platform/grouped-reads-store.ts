// Reads of single documents by their id, the most frequent of all commands. Those that concurrent
// requests ask for at the same time share one command; each read begins after it was asked for.
import { Gathering } from './gathering.ts';
import type { Database, Document } from './mongo.ts';

const readers = new WeakMap<Database, Map<string, Gathering<string, Document | null>>>();

/** From the primary, like every deciding read. */
export async function readById<T extends Document & { _id: string }>(
  database: Database,
  collection: string,
  _id: string,
): Promise<T | null> {
  return (await readerOf(database, collection).add(_id)) as T | null;
}

function readerOf(database: Database, collection: string) {
  const ofDatabase = readers.get(database) ?? new Map<string, Gathering<string, Document | null>>();
  readers.set(database, ofDatabase);
  const known = ofDatabase.get(collection);
  if (known) return known;
  const reader = new Gathering<string, Document | null>({
    run: (ids) => readAll(database, collection, ids),
  });
  ofDatabase.set(collection, reader);
  return reader;
}

async function readAll(database: Database, name: string, ids: readonly string[]) {
  const collection = database.collection<Document & { _id: string }>(name);
  const [first = ''] = ids;
  if (ids.length === 1) return [await collection.findOne({ _id: first })];
  const wanted = [...new Set(ids)];
  const documents = await collection
    .find({ _id: { $in: wanted } }, { batchSize: wanted.length, singleBatch: true })
    .toArray();
  const byId = new Map(documents.map((document) => [document._id, document]));
  return ids.map((id) => byId.get(id) ?? null);
}
