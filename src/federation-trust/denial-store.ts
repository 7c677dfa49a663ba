// Entities that we believe nothing any more, whatever their superiors say: the kill switch of this side.
import type { ClientSession, Database } from '../platform/mongo.ts';

export interface Denial {
  entityId: string;
  reason: string;
  deniedBy: string;
  deniedAt: Date;
}

type DenialDocument = Omit<Denial, 'entityId'> & { _id: string; schemaVersion: 1 };

export class DenialStore {
  readonly #database: Database;

  constructor(deps: { database: Database }) {
    this.#database = deps.database;
  }

  /** One of them that is denied. */
  async among(entities: readonly string[]): Promise<string | undefined> {
    const found = await this.#denials.findOne({ _id: { $in: [...entities] } });
    return found?._id;
  }

  /** Sorted by entity. */
  async list(): Promise<Denial[]> {
    const documents = await this.#denials.find({}).sort({ _id: 1 }).toArray();
    return documents.map(({ _id, schemaVersion: _, ...denial }) => ({ entityId: _id, ...denial }));
  }

  /** False when it was denied before. */
  async deny({ entityId, ...denial }: Denial, session: ClientSession): Promise<boolean> {
    const document = { _id: entityId, ...denial, schemaVersion: 1 as const };
    const { upsertedCount } = await this.#denials.updateOne(
      { _id: entityId },
      { $setOnInsert: document },
      { session, upsert: true },
    );
    return upsertedCount === 1;
  }

  async allow(entityId: string, session: ClientSession): Promise<boolean> {
    const { deletedCount } = await this.#denials.deleteOne({ _id: entityId }, { session });
    return deletedCount === 1;
  }

  get #denials() {
    return this.#database.collection<DenialDocument>('federationDenials');
  }
}
