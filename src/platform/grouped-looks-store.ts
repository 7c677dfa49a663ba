// What background rounds look for before they do anything: whether something is due, whether there is
// a newer version. What is asked in the same turn of the event loop is one command, whichever
// collections it is about; it begins after it was asked for, and sees what a majority has acknowledged.
// What tells a version is asked apart: whether tokens may be signed must not wait for the end of a long
// queue of messages.
import { Gathering } from './gathering.ts';
import type { Database, Document } from './mongo.ts';

interface Look {
  collection: string;
  filter: Document;
  /** What is wanted of it, as an expression; without it only that it is there. */
  found?: Document | '$$ROOT';
}

interface Row {
  index: number;
  found: Document;
}

const MAJORITY = { readConcern: { level: 'majority' } } as const;
/** One that takes long keeps nobody else from looking. */
const MAX_RUNNING = 4;

interface Lookers {
  due: Gathering<Look, Document | null>;
  versions: Gathering<Look, Document | null>;
}

const lookers = new WeakMap<Database, Lookers>();

/** Of one document that the filter finds; null when there is none. */
export async function lookFor<T extends Document>(
  database: Database,
  look: Required<Look>,
): Promise<T | null> {
  return (await lookersOf(database).versions.add(look)) as T | null;
}

/** Whether one of the filters finds anything. */
export async function isAny(
  database: Database,
  collection: string,
  ...filters: readonly Document[]
): Promise<boolean> {
  const { due } = lookersOf(database);
  const found = await Promise.all(filters.map((filter) => due.add({ collection, filter })));
  return found.some((each) => each !== null);
}

function lookersOf(database: Database): Lookers {
  const known = lookers.get(database);
  if (known) return known;
  const run = (looks: readonly Look[]) => lookAt(database, looks);
  const looker = () => new Gathering({ run, maxRunning: MAX_RUNNING });
  const made = { due: looker(), versions: looker() };
  lookers.set(database, made);
  return made;
}

async function lookAt(
  database: Database,
  looks: readonly Look[],
): Promise<readonly (Document | null)[]> {
  const [first, ...others] = looks.map(({ collection, filter, found = {} }, index) => ({
    coll: collection,
    pipeline: [{ $match: filter }, { $limit: 1 }, { $replaceWith: { index, found } }],
  }));
  if (!first) return [];
  const stages = [...first.pipeline, ...others.map((each) => ({ $unionWith: each }))];
  // One more than there may be: the server then knows that it has come to the end.
  const options = { ...MAJORITY, batchSize: looks.length + 1 };
  const cursor = database.db.collection(first.coll).aggregate<Row>(stages, options);
  const found = new Map((await cursor.toArray()).map((row) => [row.index, row.found]));
  return looks.map((_, index) => found.get(index) ?? null);
}
