// What has outlived its time, whatever domain keeps it: counted, and removed in batches. And the turn
// of the one process that looks for it.
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { PastField } from './retention-rule.ts';

interface StoredDocument {
  _id: unknown;
}

interface TurnDocument {
  _id: 'retention';
  nextAt: Date;
  lastAt?: Date;
}

export interface Outlived extends PastField {
  collection: string;
  /** Older than that is over. */
  before: Date;
}

/** More are not counted. */
const MOST_COUNTED = 10_000;

export class RetentionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** At most 10,000. */
  async count(outlived: Outlived): Promise<number> {
    return this.#of(outlived).countDocuments(filterOf(outlived), { limit: MOST_COUNTED });
  }

  /** Part of the caller's transaction; returns how many there were, at most `limit`. */
  async remove(outlived: Outlived, limit: number, session: ClientSession): Promise<number> {
    const documents = this.#of(outlived);
    const filter = filterOf(outlived);
    const found = await documents
      .find(filter, { session, projection: { _id: 1 } })
      .limit(limit)
      .toArray();
    if (found.length === 0) return 0;
    const ids = found.map(({ _id }) => _id);
    // The filter again: what changed meanwhile has a reason to stay.
    const removed = await documents.deleteMany({ ...filter, _id: { $in: ids } }, { session });
    return removed.deletedCount;
  }

  /** True for the one who may work until `nextAt`, when whoever comes first is next. */
  async takeTurn(now: Date, nextAt: Date): Promise<boolean> {
    try {
      const { matchedCount, upsertedCount } = await this.#turns.updateOne(
        { _id: 'retention', nextAt: { $lte: now } },
        { $set: { nextAt } },
        { upsert: true },
      );
      return matchedCount + upsertedCount === 1;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** All that was over at `now` is gone. */
  async done(now: Date): Promise<void> {
    const set = { $set: { lastAt: now }, $setOnInsert: { nextAt: now } };
    await this.#turns.updateOne({ _id: 'retention' }, set, { upsert: true });
  }

  async lastAt(): Promise<Date | undefined> {
    return (await this.#turns.findOne({ _id: 'retention' }))?.lastAt;
  }

  #of({ collection }: Pick<Outlived, 'collection'>) {
    return this.#database.collection<StoredDocument>(collection);
  }

  get #turns() {
    return this.#database.collection<TurnDocument>('retentionTurns');
  }
}

function filterOf({ field, where, before }: Outlived): Record<string, unknown> {
  return { ...where, [field]: { $lte: before } };
}
