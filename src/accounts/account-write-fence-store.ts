// Writers of blind indexes pass a fence: a document that their transaction changes, and that a
// rotation of index keys changes too. So nobody commits an index under keys that the rotation has
// left behind, however long his process was paused or cut off. Many documents stand side by side,
// so that writers hardly ever meet at one.
import { AppError } from '../platform/errors.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database, Db } from '../platform/mongo.ts';

interface FenceDocument {
  _id: number;
  /** Of the index keys; whoever writes under older ones is turned back. */
  generation: number;
  writes: number;
}

const COLLECTION = 'accountWriteFence';
const PLACES = 1024;
const MAX_ATTEMPTS = 5;

export class AccountWriteFence {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  /**
   * Runs `work` in a transaction; what it writes is indexed under keys that count when it commits.
   * Index values must be made within `work`, which may run several times.
   * @throws AppError `database_unavailable` when the present keys cannot be learnt
   */
  async transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const { database, keyring } = this.#deps;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const outcome = await database.transaction(async (session) =>
        (await this.#pass(session)) ? { result: await work(session) } : undefined,
      );
      if (outcome) return outcome.result;
      await keyring.refresh();
    }
    throw new AppError('database_unavailable', { details: { problem: 'the index keys moved on' } });
  }

  /** From now on nobody commits an index of an older generation. Waits for those under way. */
  async moveTo(generation: number): Promise<void> {
    const older = { generation: { $lt: generation } };
    while ((await this.#places.countDocuments(older)) > 0) {
      await this.#places.updateMany(older, { $set: { generation } });
    }
  }

  async #pass(session: ClientSession): Promise<boolean> {
    const _id = Math.floor(Math.random() * PLACES);
    const generation = { $lte: this.#deps.keyring.generation('blindIndex') };
    const update = { $inc: { writes: 1 } };
    const { matchedCount } = await this.#places.updateOne({ _id, generation }, update, { session });
    return matchedCount === 1;
  }

  get #places() {
    return this.#deps.database.collection<FenceDocument>(COLLECTION);
  }
}

/** The places of the fence; part of the migrations. */
export async function makeAccountWriteFence(db: Db): Promise<void> {
  await db.collection<FenceDocument>(COLLECTION).bulkWrite(
    Array.from({ length: PLACES }, (_, _id) => ({
      updateOne: {
        filter: { _id },
        update: { $setOnInsert: { generation: 0, writes: 0 } },
        upsert: true,
      },
    })),
    { ordered: false },
  );
}
