// Those below this hub, in the database: public throughout. Every change is a compare-and-set.
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Subordinate } from './subordinate.ts';

interface SubordinateDocument extends Pick<
  Subordinate,
  'state' | 'issuedAt' | 'readAt' | 'problem' | 'revision' | 'isIntermediate' | 'entityTypes'
> {
  _id: string;
  /** As JSON: members may have any name. */
  terms: string;
  keys: string;
  schemaVersion: 1;
}

export const SUBORDINATES = 'federationSubordinates';

export class SubordinateStore {
  readonly #database: Database;

  constructor(deps: { database: Database }) {
    this.#database = deps.database;
  }

  /** Removed ones too. */
  async get(entityId: string): Promise<Subordinate | undefined> {
    const found = await this.#subordinates.findOne({ _id: entityId });
    return found ? fromDocument(found) : undefined;
  }

  /** Sorted by entity; without those removed. */
  async list(): Promise<Subordinate[]> {
    const query = this.#subordinates.find({ state: { $ne: 'removed' } }).sort({ _id: 1 });
    return (await query.toArray()).map(fromDocument);
  }

  /** Active ones whose configuration was last looked for before then, the longest ago first. */
  async unreadSince(then: Date, most: number): Promise<Subordinate[]> {
    const query = this.#subordinates.find({ state: 'active', readAt: { $lt: then } });
    return (await query.sort({ readAt: 1 }).limit(most).toArray()).map(fromDocument);
  }

  /** Puts it in the place of what was there with the revision before; false when that has changed. */
  async save(subordinate: Subordinate, session?: ClientSession): Promise<boolean> {
    const { entityId: _id, terms, keys, ...rest } = subordinate;
    const document: SubordinateDocument = {
      ...rest,
      _id,
      terms: JSON.stringify(terms),
      keys: JSON.stringify(keys),
      schemaVersion: 1,
    };
    const options = session ? { session } : {};
    const filter = { _id, revision: subordinate.revision - 1 };
    try {
      if (subordinate.revision === 1) await this.#subordinates.insertOne(document, options);
      else
        return (await this.#subordinates.replaceOne(filter, document, options)).matchedCount === 1;
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.#database.transaction(work);
  }

  get #subordinates() {
    return this.#database.collection<SubordinateDocument>(SUBORDINATES);
  }
}

function fromDocument({
  _id,
  terms,
  keys,
  schemaVersion: _,
  ...rest
}: SubordinateDocument): Subordinate {
  return {
    ...rest,
    entityId: _id,
    terms: JSON.parse(terms) as Subordinate['terms'],
    keys: JSON.parse(keys) as Subordinate['keys'],
  };
}
