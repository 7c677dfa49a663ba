// What a person allowed a client to receive, remembered per account, client and item; and what
// government clients receive under notice. Items are `scope:<name>`, `claim:<name>` or
// `resource:<indicator> <scope>`.
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

export type ConsentBasis = 'consent' | 'notice';

export interface ConsentRecord {
  accountId: string;
  clientId: string;
  basis: ConsentBasis;
  items: string[];
  firstAt: Date;
  /** When something was released last. */
  lastAt: Date;
}

interface ConsentDocument extends ConsentRecord {
  _id: string;
  schemaVersion: 1;
}

interface ConsentStoreDependencies {
  database: Database;
  clock: Clock;
}

export class ConsentStore {
  readonly #deps: ConsentStoreDependencies;

  constructor(deps: ConsentStoreDependencies) {
    this.#deps = deps;
  }

  async find(accountId: string, clientId: string): Promise<ConsentRecord | null> {
    return this.#consents.findOne({ _id: idOf(accountId, clientId) });
  }

  /** Adds items; parallel calls add up. */
  async remember(
    entry: Pick<ConsentRecord, 'accountId' | 'clientId' | 'basis' | 'items'>,
    session?: ClientSession,
  ): Promise<void> {
    const { accountId, clientId, basis, items } = entry;
    const now = this.#deps.clock.now();
    await this.#consents.updateOne(
      { _id: idOf(accountId, clientId) },
      {
        $addToSet: { items: { $each: items } },
        $set: { basis, lastAt: now },
        $setOnInsert: { accountId, clientId, firstAt: now, schemaVersion: 1 },
      },
      { upsert: true, ...(session ? { session } : {}) },
    );
  }

  /** True when there was something to withdraw. */
  async remove(accountId: string, clientId: string, session?: ClientSession): Promise<boolean> {
    const result = await this.#consents.deleteOne(
      { _id: idOf(accountId, clientId) },
      session ? { session } : {},
    );
    return result.deletedCount === 1;
  }

  /** Newest release first. */
  async listByAccount(accountId: string): Promise<ConsentRecord[]> {
    return this.#consents.find({ accountId }).sort({ lastAt: -1 }).limit(500).toArray();
  }

  get #consents() {
    return this.#deps.database.collection<ConsentDocument>('consents');
  }
}

function idOf(accountId: string, clientId: string): string {
  return `${accountId}:${clientId}`;
}
