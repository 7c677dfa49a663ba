// Reads of single documents by their id, the most frequent of all commands. Those that concurrent
// requests ask for at the same time share one command, whichever collections they are about; each
// read begins after it was asked for.
import { Gathering } from './gathering.ts';
import type { Database, Document } from './mongo.ts';

type Keyed = Document & { _id: string };

interface Wanted {
  collection: string;
  _id: string;
}

const readers = new WeakMap<Database, Gathering<Wanted, Keyed | null>>();

/** From the primary, like every deciding read. */
export async function readById<T extends Keyed>(
  database: Database,
  collection: string,
  _id: string,
): Promise<T | null> {
  const known = readers.get(database);
  const reader =
    known ?? new Gathering({ run: (wanted: readonly Wanted[]) => read(database, wanted) });
  if (!known) readers.set(database, reader);
  return (await reader.add({ collection, _id })) as T | null;
}

async function read(database: Database, wanted: readonly Wanted[]): Promise<(Keyed | null)[]> {
  const ids = new Map<string, Set<string>>();
  for (const { collection, _id } of wanted) {
    ids.set(collection, (ids.get(collection) ?? new Set()).add(_id));
  }
  const found = ids.size === 1 ? await readOne(database, ids) : await readSeveral(database, ids);
  return wanted.map(({ collection, _id }) => found.get(placeOf(collection, _id)) ?? null);
}

async function readOne(database: Database, ids: ReadonlyMap<string, ReadonlySet<string>>) {
  const [[name, wanted] = ['', new Set<string>()]] = ids;
  const collection = database.collection<Keyed>(name);
  const [first = ''] = wanted;
  const documents =
    wanted.size === 1
      ? [await collection.findOne({ _id: first })]
      : await collection
          .find({ _id: { $in: [...wanted] } }, { batchSize: wanted.size, singleBatch: true })
          .toArray();
  return new Map(
    documents.flatMap((document) => (document ? [[placeOf(name, document._id), document]] : [])),
  );
}

async function readSeveral(database: Database, ids: ReadonlyMap<string, ReadonlySet<string>>) {
  const parts = [...ids].map(([collection, wanted]) => ({
    coll: collection,
    pipeline: [
      { $match: { _id: { $in: [...wanted] } } },
      { $replaceWith: { from: collection, document: '$$ROOT' } },
    ],
  }));
  const [first, ...others] = parts;
  const stages = [...(first?.pipeline ?? []), ...others.map((part) => ({ $unionWith: part }))];
  const documents = await database
    .collection(first?.coll ?? '')
    .aggregate<{ from: string; document: Keyed }>(stages)
    .toArray();
  return new Map(documents.map(({ from, document }) => [placeOf(from, document._id), document]));
}

function placeOf(collection: string, _id: string): string {
  return `${collection}/${_id}`;
}
