// Identities that two accounts claimed: one that did not give way, for a later review, and one that
// did, until everything its account had open has ended.
import type { Clock } from '../platform/clock.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

interface IdentityCaseDocument {
  _id: string;
  kind: 'held' | 'displaced';
  /** Who proved the identity. */
  accountId: string;
  /** Whose it is, or was. */
  holderId: string;
  source: string;
  at: Date;
  /** Of one that gave way: what it has open is still to be ended. */
  isEnding?: boolean;
  /** Of one that did not: nobody has looked at it yet. */
  isPending?: boolean;
  schemaVersion: 1;
}

export interface IdentityCase {
  accountId: string;
  holderId: string;
  source: string;
}

export class IdentityCaseStore {
  readonly #deps: { database: Database; clock: Clock; random: Random };

  constructor(deps: { database: Database; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  /** Once for each pair of accounts, however often it is tried. */
  async noteHeld({ source, ...pair }: IdentityCase, session: ClientSession): Promise<void> {
    await this.#cases.updateOne(
      { ...pair, kind: 'held', isPending: true },
      { $setOnInsert: { _id: this.#deps.random.id(), source, at: this.#now(), schemaVersion: 1 } },
      { session, upsert: true },
    );
  }

  /** Whose identity the account has proven and not got. */
  async heldFrom(accountId: string): Promise<string[]> {
    const cases = await this.#cases.find({ accountId, kind: 'held', isPending: true }).toArray();
    return [...new Set(cases.map(({ holderId }) => holderId))];
  }

  async noteDisplaced(of: IdentityCase, session: ClientSession): Promise<void> {
    const facts = { ...of, kind: 'displaced', isEnding: true, at: this.#now() } as const;
    await this.#cases.insertOne(
      { _id: this.#deps.random.id(), ...facts, schemaVersion: 1 },
      { session },
    );
  }

  /** Accounts that gave way and may still have something open. */
  async holdersToEnd(limit: number): Promise<string[]> {
    const cases = await this.#cases.find({ isEnding: true }).sort({ at: 1 }).limit(limit).toArray();
    return [...new Set(cases.map(({ holderId }) => holderId))];
  }

  async ended(holderId: string): Promise<void> {
    await this.#cases.updateMany({ holderId, isEnding: true }, { $unset: { isEnding: 1 } });
  }

  /** Part of the removal of an account. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#cases.deleteMany({ $or: [{ accountId }, { holderId: accountId }] }, { session });
  }

  #now(): Date {
    return this.#deps.clock.now();
  }

  get #cases() {
    return this.#deps.database.collection<IdentityCaseDocument>('identityCases');
  }
}
