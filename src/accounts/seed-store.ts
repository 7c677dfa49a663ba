// Invented accounts by the thousand, past mongoose: one batch, one write. Serial numbers are
// taken from a counter, so that two runs never invent the same person.
import type { AccountDocument } from './account-document.ts';
import { documentOf } from './account-document.ts';
import type { AccountDraft } from './account-draft.ts';
import { AccountWriteFence } from './account-write-fence-store.ts';
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
  readonly #fence: AccountWriteFence;

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
    this.#fence = new AccountWriteFence(deps);
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
    const accounts = database.collection<AccountDocument>('accounts');
    await this.#fence.transaction(async (session) => {
      const documents = entries.map(({ id, draft }) => documentOf(keyring, { id, draft, now }));
      await accounts.insertMany(documents, { session });
    });
  }

  get #counters() {
    return this.#deps.database.collection<CounterDocument>('seedCounters');
  }
}
