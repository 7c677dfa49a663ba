// Reads of single documents by their id or another unique key, the most frequent of all commands, and
// of the few that share a key. Those that concurrent requests ask for at the same time share one
// command, whichever collections they are about; each read begins after it was asked for.
import mongoose from 'mongoose';
import { Gathering } from './gathering.ts';
import type { Database, Document } from './mongo.ts';

type Keyed = Document & { _id: string };

/** A key with a unique index; `valuesOf` tells what a document holds of it. */
export interface UniqueKey<T extends Keyed> {
  readonly field: string;
  valuesOf(document: T): readonly string[];
}

/** A key that a few documents share, with an index. */
export interface SharedKey<T extends Keyed> {
  /** Names it among the keys of the collection. */
  readonly field: string;
  valuesOf(document: T): readonly string[];
  /** What finds the documents of any of these values. */
  filterOf(values: readonly string[]): Document;
}

interface Key {
  readonly field: string;
  valuesOf(document: Keyed): readonly string[];
  filterOf?(values: readonly string[]): Document;
}

interface Wanted {
  collection: string;
  key: Key;
  value: string;
  isBefore: boolean;
}

interface Part {
  collection: string;
  key: Key;
  values: Set<string>;
  /** Read before the parts that are not. */
  isBefore: boolean;
}

/** Of one value there are hardly more; should there be, they are read without the others. */
const FEW = 20;

const ID: UniqueKey<Keyed> = { field: '_id', valuesOf: ({ _id }) => [_id] };

const readers = new WeakMap<Database, Gathering<Wanted, readonly Keyed[]>>();

/** From the primary, like every deciding read. */
export function readById<T extends Keyed>(
  database: Database,
  collection: string,
  _id: string,
): Promise<T | null> {
  return readByKey<T>(database, collection, { key: ID as UniqueKey<T>, value: _id });
}

/** The same, no later than whatever is asked for after it, also where they share a command. */
export function readByIdBefore<T extends Keyed>(
  database: Database,
  collection: string,
  _id: string,
): Promise<T | null> {
  const key = ID as UniqueKey<T>;
  return readByKey<T>(database, collection, { key, value: _id, isBefore: true });
}

/** The same by another key than the id. */
export async function readByKey<T extends Keyed>(
  database: Database,
  collection: string,
  { key, value, isBefore = false }: { key: UniqueKey<T>; value: string; isBefore?: boolean },
): Promise<T | null> {
  const found = await readerOf(database).add({ collection, key: key as Key, value, isBefore });
  return (found[0] ?? null) as T | null;
}

/** All that have it, in no particular order. */
export async function readSharing<T extends Keyed>(
  database: Database,
  collection: string,
  { key, value }: { key: SharedKey<T>; value: string },
): Promise<readonly T[]> {
  const wanted = { collection, key: key as Key, value, isBefore: false };
  const found = await readerOf(database).add(wanted);
  return found as readonly T[];
}

function readerOf(database: Database): Gathering<Wanted, readonly Keyed[]> {
  const known = readers.get(database);
  if (known) return known;
  // One round at a time: `readByIdBefore` relies on it.
  const made = new Gathering({ run: (wanted: readonly Wanted[]) => read(database, wanted) });
  readers.set(database, made);
  return made;
}

async function read(database: Database, wanted: readonly Wanted[]): Promise<(readonly Keyed[])[]> {
  const parts = new Map<string, Part>();
  for (const { collection, key, value, isBefore } of wanted) {
    const place = placeOf(collection, key);
    const part = parts.get(place) ?? { collection, key, values: new Set<string>(), isBefore };
    part.isBefore ||= isBefore;
    part.values.add(value);
    parts.set(place, part);
  }
  const [first] = parts.values();
  if (!first) return [];
  const found =
    parts.size === 1 ? await readOne(database, first) : await readSeveral(database, parts);
  return wanted.map(({ collection, key, value }) => {
    return found.get(`${placeOf(collection, key)}/${value}`) ?? NONE;
  });
}

async function readOne(database: Database, part: Part) {
  const { collection } = part;
  const read = { find: collection, filter: filterOf(part), batchSize: mostOf(part) };
  const command = part.key.filterOf ? read : { ...read, singleBatch: true };
  const documents = await firstBatch<Keyed>(database, command, () =>
    database.collection<Keyed>(collection).find(filterOf(part) as never),
  );
  const place = placeOf(part.collection, part.key);
  return byValue(documents.map((document) => ({ part, place, document })));
}

async function readSeveral(database: Database, parts: ReadonlyMap<string, Part>) {
  // The server reads one part after the other.
  const inOrder = [...parts].sort(([, a], [, b]) => Number(b.isBefore) - Number(a.isBefore));
  const reads = inOrder.map(([place, part]) => ({
    coll: part.collection,
    pipeline: [{ $match: filterOf(part) }, { $replaceWith: { from: place, document: '$$ROOT' } }],
  }));
  const [first, ...others] = reads;
  const stages = [...(first?.pipeline ?? []), ...others.map((each) => ({ $unionWith: each }))];
  const name = first?.coll ?? '';
  // One more than there may be: else the server keeps a cursor open for whoever asks for the rest.
  const batchSize = [...parts.values()].reduce((sum, part) => sum + mostOf(part), 1);
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
    const { cursor } = (await database.db.command(command)) as { cursor: FirstAnswer<T> };
    if (BigInt(String(cursor.id)) === 0n) return cursor.firstBatch;
    await database.db.command({ killCursors: cursor.ns.split('.')[1], cursors: [cursor.id] });
    return asCursor().toArray();
  } catch (error) {
    const { MongoError, MongoServerSelectionError } = mongoose.mongo;
    // There was no server for as long as anybody may wait for one.
    if (error instanceof MongoServerSelectionError || !(error instanceof MongoError)) throw error;
    return asCursor().toArray();
  }
}

interface FirstAnswer<T> {
  firstBatch: T[];
  /** Zero when that was all. */
  id: unknown;
  ns: string;
}

const NONE: readonly Keyed[] = [];

function byValue(rows: readonly { part: Part; place: string; document: Keyed }[]) {
  const found = new Map<string, Keyed[]>();
  for (const { part, place, document } of rows) {
    for (const value of part.key.valuesOf(document)) {
      const name = `${place}/${value}`;
      const known = found.get(name);
      if (known) known.push(document);
      else found.set(name, [document]);
    }
  }
  return found;
}

function mostOf({ key, values }: Part): number {
  // One more than there may be: the server then knows that it has come to the end.
  return key.filterOf ? values.size * FEW + 1 : values.size;
}

function filterOf({ key, values }: Part): Document {
  if (key.filterOf) return key.filterOf([...values]);
  const [first = ''] = values;
  return { [key.field]: values.size === 1 ? first : { $in: [...values] } };
}

function placeOf(collection: string, { field }: Key): string {
  return `${collection}/${field}`;
}
