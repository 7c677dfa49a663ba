// How often all that an account had open was ended. A sign-in that is under way meanwhile reads the
// count before it checks the account and again when it has stored what it opened: either whoever
// ends everything finds that, or the count has moved on. No clocks of two processes are compared.
import { readByIdBefore } from '../platform/grouped-reads-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

const ENDINGS = 'accountEndings';

interface EndingDocument {
  /** The account. */
  _id: string;
  count: number;
}

export class AccountEndingStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** To be called after what forbids new sign-ins is stored, and before what is open is listed. */
  async note(accountId: string, session?: ClientSession): Promise<void> {
    const options = { upsert: true, ...(session ? { session } : {}) };
    await this.#endings.updateOne({ _id: accountId }, { $inc: { count: 1 } }, options);
  }

  /**
   * 0 for an account of which nothing was ended yet. What is asked for after this with `readById`, not
   * waiting for it, is read no earlier.
   */
  async countOf(accountId: string): Promise<number> {
    const document = await readByIdBefore<EndingDocument>(this.#database, ENDINGS, accountId);
    return document?.count ?? 0;
  }

  /** Part of the removal of the account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#endings.deleteOne({ _id: accountId }, { session });
  }

  get #endings() {
    return this.#database.collection<EndingDocument>(ENDINGS);
  }
}
