// What a person allowed a client to receive, remembered per account, client and item; and what
// government clients receive under notice. Items are `scope:<name>`, `claim:<name>` or
// `resource:<indicator> <scope>`.
import type { Clock } from '../platform/clock.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import { upsertById } from '../platform/grouped-writes-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

const CONSENTS = 'consents';

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

/** What a person decided on one page, or what a notice stands for. */
export interface ConsentDecision {
  accountId: string;
  clientId: string;
  basis: ConsentBasis;
  allowed: readonly string[];
  refused?: readonly string[];
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
    const _id = idOf(accountId, clientId);
    return readById<ConsentDocument>(this.#deps.database, CONSENTS, _id);
  }

  /** Adds what was allowed and takes out what was refused; parallel calls add up. */
  async remember(decision: ConsentDecision, session?: ClientSession): Promise<void> {
    const { accountId, clientId, basis, allowed, refused = [] } = decision;
    const now = this.#deps.clock.now();
    const settled = [...allowed, ...refused];
    const kept = {
      $filter: {
        input: { $ifNull: ['$items', []] },
        cond: { $not: { $in: ['$$this', { $literal: settled }] } },
      },
    };
    const set = {
      accountId: { $literal: accountId },
      clientId: { $literal: clientId },
      basis,
      items: { $concatArrays: [kept, { $literal: [...new Set(allowed)] }] },
      firstAt: { $ifNull: ['$firstAt', now] },
      lastAt: now,
      schemaVersion: 1,
    };
    const statement = { _id: idOf(accountId, clientId), update: [{ $set: set }] };
    if (!session) {
      await upsertById(this.#deps.database, CONSENTS, statement);
      return;
    }
    const { _id, update } = statement;
    await this.#consents.updateOne({ _id }, update, { upsert: true, session });
  }

  /** True when there was something to withdraw. */
  async remove(accountId: string, clientId: string, session?: ClientSession): Promise<boolean> {
    const result = await this.#consents.deleteOne(
      { _id: idOf(accountId, clientId) },
      session ? { session } : {},
    );
    return result.deletedCount === 1;
  }

  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#consents.deleteMany({ accountId }, { session });
  }

  /** Newest release first. */
  async listByAccount(accountId: string): Promise<ConsentRecord[]> {
    return this.#consents.find({ accountId }).sort({ lastAt: -1 }).limit(500).toArray();
  }

  get #consents() {
    return this.#deps.database.collection<ConsentDocument>(CONSENTS);
  }
}

function idOf(accountId: string, clientId: string): string {
  return `${accountId}:${clientId}`;
}
