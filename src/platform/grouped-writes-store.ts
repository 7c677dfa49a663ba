// Writes to single documents that concurrent requests ask for at the same time go to the database in
// one command. Each statement stands for itself: it is atomic, acknowledged by a majority like any
// other write, and fails alone.
import { Gathering } from './gathering.ts';
import type { Database, Document } from './mongo.ts';
import { refusedStatements, upsertedAllTheSame } from './mongo.ts';

type Keyed = Document & { _id: string };

interface Statement {
  _id: string;
  update: Document | Document[];
  /** What must hold; in a compare-and-set also the mark that the winner leaves. */
  condition?: { only: Document; mark?: string; otherwise?: 'refused' };
}

/** Tells the winner of a compare-and-set when several were decided by one command. */
const MARK = 'setBy';

interface Writers {
  updates: Gathering<Statement, boolean>;
  inserts: Gathering<Keyed, true>;
}

/**
 * `given`: what was given out or spent, acknowledged by a majority. `counted`: counters and touches,
 * of which a change of primary may lose the last moment (design oidc-core 10).
 */
export type Durability = 'given' | 'counted';

const CONCERN = { given: { w: 'majority' }, counted: { w: 1 } } as const;

const writers = new WeakMap<Database, Map<string, Writers>>();

/** Changes the document of an id, or makes it: true when it made it. */
export async function upsertById(
  database: Database,
  collection: string,
  of: { _id: string; update: Document | Document[]; durability?: Durability },
): Promise<boolean> {
  const { durability, ...statement } = of;
  return writersOf(database, collection, durability).updates.add(statement);
}

/**
 * Sets fields of the document of an id if `only` holds for it. Where `set` ends what `only` asks
 * for, this is true for exactly one caller.
 *
 * @param of.mark unguessable and new for each call
 */
export async function compareAndSet(
  database: Database,
  collection: string,
  of: { _id: string; only: Document; set: Document; mark: string; durability?: Durability },
): Promise<boolean> {
  const { _id, only, set, mark, durability } = of;
  const update = { $set: { ...set, [MARK]: mark } };
  const statement = { _id, update, condition: { only, mark } };
  return writersOf(database, collection, durability).updates.add(statement);
}

/** Changes the document of an id if `only` holds for it; nobody is told whether it did. */
export async function updateIf(
  database: Database,
  collection: string,
  of: { _id: string; only: Document; update: Document | Document[]; durability?: Durability },
): Promise<void> {
  const { _id, only, update, durability } = of;
  const statement = { _id, update, condition: { only } };
  await writersOf(database, collection, durability).updates.add(statement);
}

/**
 * Adds one to a field of the document of an id if `only` holds for it, or makes the document.
 *
 * @param of.otherwise what a new one has beside the field
 * @throws Error for which `isDuplicateKey` is true when there is one for which it does not hold, or
 *   another process has just made it
 */
export async function incrementIf(
  database: Database,
  collection: string,
  of: {
    _id: string;
    only: Document;
    field: string;
    otherwise: Document;
    durability?: Durability;
  },
): Promise<void> {
  const { _id, only, field, otherwise, durability } = of;
  const update = { $inc: { [field]: 1 }, $setOnInsert: otherwise };
  const condition = { only, otherwise: 'refused' } as const;
  await writersOf(database, collection, durability).updates.add({ _id, update, condition });
}

/** @throws Error for which `isDuplicateKey` is true when the id is taken. */
export async function insertGrouped(
  database: Database,
  collection: string,
  document: Keyed,
): Promise<void> {
  await writersOf(database, collection).inserts.add(document);
}

function writersOf(
  database: Database,
  collection: string,
  durability: Durability = 'given',
): Writers {
  const ofDatabase = writers.get(database) ?? new Map<string, Writers>();
  writers.set(database, ofDatabase);
  const place = `${collection}:${durability}`;
  const known = ofDatabase.get(place);
  if (known) return known;
  const made = {
    updates: new Gathering<Statement, boolean>({
      run: (statements) => updateAll(database, { name: collection, durability }, statements),
      keyOf: ({ _id }) => _id,
    }),
    inserts: new Gathering<Keyed, true>({
      run: (documents) => insertAll(database, collection, documents),
      keyOf: ({ _id }) => _id,
    }),
  };
  ofDatabase.set(place, made);
  return made;
}

async function insertAll(database: Database, name: string, documents: readonly Keyed[]) {
  const collection = database.collection<Keyed>(name);
  const [first] = documents;
  if (documents.length === 1 && first) {
    await collection.insertOne(first as never);
    return [true as const];
  }
  const refused = new Map<number, Error>();
  try {
    await collection.insertMany([...documents] as never[], { ordered: false });
  } catch (error) {
    for (const [index, each] of refusedStatements(error)) refused.set(index, each);
  }
  return documents.map((_, index) => refused.get(index) ?? (true as const));
}

async function updateAll(
  database: Database,
  { name, durability }: { name: string; durability: Durability },
  statements: readonly Statement[],
) {
  const writeConcern = CONCERN[durability];
  const collection = database.collection<Keyed>(name);
  const [first] = statements;
  if (statements.length === 1 && first) {
    const { filter, update, upsert } = operationOf(first);
    const result = await collection.updateOne(filter as never, update, {
      upsert,
      writeConcern,
    });
    return [upsert ? result.upsertedCount === 1 : result.matchedCount === 1];
  }
  const operations = statements.map((each) => ({ updateOne: operationOf(each) }));
  let done = 0;
  let made: Readonly<Record<number, unknown>> = {};
  const refused = new Map<number, Error>();
  try {
    const result = await collection.bulkWrite(operations as never[], {
      ordered: false,
      writeConcern,
    });
    done = result.matchedCount + result.upsertedCount;
    made = result.upsertedIds;
  } catch (error) {
    for (const [index, each] of refusedStatements(error)) refused.set(index, each);
    made = upsertedAllTheSame(error);
  }
  // The server tells how many statements met their document, not which.
  const won = done === statements.length ? undefined : await winners(database, name, statements);
  return statements.map(({ condition }, index) => {
    const isWon = condition?.mark === undefined || !won || won.has(condition.mark);
    return refused.get(index) ?? (condition ? isWon : index in made);
  });
}

async function winners(database: Database, name: string, statements: readonly Statement[]) {
  const ids = statements.flatMap(({ _id, condition }) => (condition?.mark ? [_id] : []));
  if (ids.length === 0) return new Set<unknown>();
  const documents = await database
    .collection<Keyed>(name)
    .find({ _id: { $in: [...new Set(ids)] } }, { projection: { [MARK]: 1 } })
    .toArray();
  return new Set(documents.map((document) => document[MARK] as unknown));
}

function operationOf({ _id, update, condition }: Statement) {
  return {
    filter: condition ? { _id, ...condition.only } : { _id },
    update,
    upsert: condition === undefined || condition.otherwise === 'refused',
  };
}
