// Invented accounts by the thousand, past mongoose: one batch, one write. Serial numbers are
// taken from a counter, so that two runs never invent the same person.
import type { AccountDocument } from './account-document.ts';
import { documentOf } from './account-document.ts';
import type { AccountDraft } from './account-draft.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';

interface CounterDocument {
  _id: 'serial';
  next: number;
}

export interface SeedEntry {
  id: string;
  draft: AccountDraft;
}

export class SeedStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  /** The first of `count` serial numbers that nobody else gets. */
  async takeSerials(count: number): Promise<number> {
    const counter = await this.#counters.findOneAndUpdate(
      { _id: 'serial' },
      { $inc: { next: count } },
      { upsert: true, returnDocument: 'after' },
    );
    return (counter?.next ?? count) - count;
  }

  /** @throws MongoBulkWriteError when one of them has a name, phone or identity that is taken */
  async insert(entries: readonly SeedEntry[], now: Date): Promise<void> {
    const { database, keyring } = this.#deps;
    await database
      .collection<AccountDocument>('accounts')
      .insertMany(entries.map(({ id, draft }) => documentOf(keyring, { id, draft, now })));
  }

  get #counters() {
    return this.#deps.database.collection<CounterDocument>('seedCounters');
  }
}
