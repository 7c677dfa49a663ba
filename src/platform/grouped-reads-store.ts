// Reads of single documents by their id or another unique key, the most frequent of all commands.
// Those that concurrent requests ask for at the same time share one command, whichever collections
// they are about; each read begins after it was asked for.
import mongoose from 'mongoose';
import { Gathering } from './gathering.ts';
import type { Database, Document } from './mongo.ts';

type Keyed = Document & { _id: string };

/** A key with a unique index; `valuesOf` tells what a document holds of it. */
export interface UniqueKey<T extends Keyed> {
  readonly field: string;
  valuesOf(document: T): readonly string[];
}

interface Wanted {
  collection: string;
  key: UniqueKey<Keyed>;
  value: string;
}

interface Part {
  collection: string;
  key: UniqueKey<Keyed>;
  values: Set<string>;
}

const ID: UniqueKey<Keyed> = { field: '_id', valuesOf: ({ _id }) => [_id] };

const readers = new WeakMap<Database, Gathering<Wanted, Keyed | null>>();

/** From the primary, like every deciding read. */
export function readById<T extends Keyed>(
  database: Database,
  collection: string,
  _id: string,
): Promise<T | null> {
  return readByKey<T>(database, collection, { key: ID as UniqueKey<T>, value: _id });
}

/** The same by another key than the id. */
export async function readByKey<T extends Keyed>(
  database: Database,
  collection: string,
  { key, value }: { key: UniqueKey<T>; value: string },
): Promise<T | null> {
  const known = readers.get(database);
  const reader =
    known ?? new Gathering({ run: (wanted: readonly Wanted[]) => read(database, wanted) });
  if (!known) readers.set(database, reader);
  return (await reader.add({ collection, key: key as UniqueKey<Keyed>, value })) as T | null;
}

async function read(database: Database, wanted: readonly Wanted[]): Promise<(Keyed | null)[]> {
  const parts = new Map<string, Part>();
  for (const { collection, key, value } of wanted) {
    const place = placeOf(collection, key);
    const part = parts.get(place) ?? { collection, key, values: new Set<string>() };
    part.values.add(value);
    parts.set(place, part);
  }
  const [first] = parts.values();
  if (!first) return [];
  const found =
    parts.size === 1 ? await readOne(database, first) : await readSeveral(database, parts);
  return wanted.map(({ collection, key, value }) => {
    return found.get(`${placeOf(collection, key)}/${value}`) ?? null;
  });
}

async function readOne(database: Database, part: Part) {
  const { collection, values } = part;
  const read = { find: collection, filter: filterOf(part), batchSize: values.size };
  const documents = await firstBatch<Keyed>(database, { ...read, singleBatch: true }, () =>
    database.collection<Keyed>(collection).find(filterOf(part) as never),
  );
  const place = placeOf(part.collection, part.key);
  return byValue(documents.map((document) => ({ part, place, document })));
}

async function readSeveral(database: Database, parts: ReadonlyMap<string, Part>) {
  const reads = [...parts].map(([place, part]) => ({
    coll: part.collection,
    pipeline: [{ $match: filterOf(part) }, { $replaceWith: { from: place, document: '$$ROOT' } }],
  }));
  const [first, ...others] = reads;
  const stages = [...(first?.pipeline ?? []), ...others.map((each) => ({ $unionWith: each }))];
  const name = first?.coll ?? '';
  const batchSize = [...parts.values()].reduce((sum, { values }) => sum + values.size, 0);
  const read = { aggregate: name, pipeline: stages, cursor: { batchSize } };
  const documents = await firstBatch<{ from: string; document: Keyed }>(database, read, () =>
    database.collection(name).aggregate<{ from: string; document: Keyed }>(stages),
  );
  return byValue(
    documents.flatMap(({ from, document }) => {
      const part = parts.get(from);
      return part ? [{ part, place: from, document }] : [];
    }),
  );
}

/**
 * A command by itself costs the driver a quarter less than a cursor. What breaks on the way is read
 * again as the driver reads, who waits for another primary.
 */
async function firstBatch<T>(
  database: Database,
  command: Document,
  asCursor: () => { toArray(): Promise<T[]> },
): Promise<T[]> {
  try {
    const { cursor } = await database.db.command(command);
    return (cursor as { firstBatch: T[] }).firstBatch;
  } catch (error) {
    const { MongoError, MongoServerSelectionError } = mongoose.mongo;
    // There was no server for as long as anybody may wait for one.
    if (error instanceof MongoServerSelectionError || !(error instanceof MongoError)) throw error;
    return asCursor().toArray();
  }
}

function byValue(rows: readonly { part: Part; place: string; document: Keyed }[]) {
  return new Map(
    rows.flatMap(({ part, place, document }) =>
      part.key.valuesOf(document).map((value) => [`${place}/${value}`, document] as const),
    ),
  );
}

function filterOf({ key, values }: Part): Document {
  const [first = ''] = values;
  return { [key.field]: values.size === 1 ? first : { $in: [...values] } };
}

function placeOf(collection: string, { field }: UniqueKey<Keyed>): string {
  return `${collection}/${field}`;
}
