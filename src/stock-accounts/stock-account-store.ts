// Imported accounts of old systems: found by keyed hashes of source and old id, and of source and
// login; everything that was imported lies sealed. One of each, whoever imports at the same time.
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey, refusedStatements } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { OldPassword, StockAccount, StockAccountDetails } from './stock-account.ts';

interface StockAccountDocument {
  _id: string;
  loginKey: string;
  source: string;
  sealed?: Buffer;
  password?: Buffer;
  /** In the clear, for the jobs; `none` when it is destroyed. */
  passwordForm: OldPassword['form'] | 'none';
  cost: string;
  state: StockAccount['state'] | 'erased';
  accountId?: string;
  importedAt: Date;
  boundAt?: Date;
  revision: number;
  schemaVersion: 1;
}

export interface NewStockAccount {
  source: string;
  /** See `canonicalOldLogin`. */
  canonicalLogin: string;
  details: StockAccountDetails;
  password: OldPassword & { form: 'raw' };
  cost: string;
}

/** `existing` says the same as the row; `old_id_differs` something else of the same old account. */
export type InsertResult = 'created' | 'existing' | 'old_id_differs' | 'login_repeated';

const COLLECTION = 'stockAccounts';
const passwordSchema = z.discriminatedUnion('form', [
  z.object({ form: z.literal('raw'), recipe: z.unknown(), digest: z.string() }),
  z.object({ form: z.literal('wrapped'), recipe: z.unknown(), hash: z.string() }),
  z.object({ form: z.literal('own'), hash: z.string() }),
]);

export class StockAccountStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock }) {
    this.#deps = deps;
  }

  /** One result per entry, in their order. */
  async insertBatch(entries: readonly NewStockAccount[]): Promise<InsertResult[]> {
    const documents = entries.map((entry) => this.#document(entry));
    const refused = await this.#insertUnordered(documents);
    const results: InsertResult[] = entries.map(() => 'created');
    const collided = [...refused].map((index) => ({ index, document: documents[index] }));
    const ids = collided.flatMap(({ document }) => document?._id ?? []);
    const present = await this.#stock.find({ _id: { $in: ids } }).toArray();
    const byId = new Map(present.map((document) => [document._id, document]));
    for (const { index, document } of collided) {
      const entry = entries[index];
      const before = document && byId.get(document._id);
      if (!entry || !before) results[index] = 'login_repeated';
      else results[index] = this.#saysTheSame(before, entry) ? 'existing' : 'old_id_differs';
    }
    return results;
  }

  async findByLogin(source: string, canonicalLogin: string): Promise<StockAccount | undefined> {
    const loginKey = this.#key('login', source, canonicalLogin);
    const document = await this.#stock.findOne({ loginKey });
    return document ? this.#open(document) : undefined;
  }

  async findById(id: string, session?: ClientSession): Promise<StockAccount | undefined> {
    const document = await this.#stock.findOne({ _id: id }, session ? { session } : {});
    return document ? this.#open(document) : undefined;
  }

  async listOfAccount(accountId: string): Promise<StockAccount[]> {
    const documents = await this.#stock.find({ accountId }).sort({ boundAt: 1 }).toArray();
    return documents.flatMap((document) => this.#open(document) ?? []);
  }

  /** The classes of cost in a source, with how many accounts have each. */
  async costs(source: string): Promise<{ cost: string; count: number }[]> {
    const groups = await this.#stock
      .aggregate<{ _id: string; count: number }>([
        { $match: { source } },
        { $group: { _id: '$cost', count: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    return groups.map(({ _id, count }) => ({ cost: _id, count }));
  }

  /** Some whose hash is not wrapped yet. */
  async unwrapped(limit: number): Promise<StockAccount[]> {
    const documents = await this.#stock.find({ passwordForm: 'raw' }).limit(limit).toArray();
    return documents.flatMap((document) => this.#open(document) ?? []);
  }

  /** Another form of the same password; false when somebody changed the account meanwhile. */
  async replacePassword(
    { id, revision }: Pick<StockAccount, 'id' | 'revision'>,
    password: OldPassword,
  ): Promise<boolean> {
    const { matchedCount } = await this.#stock.updateOne(
      { _id: id, revision, state: 'imported' },
      {
        $set: { password: this.#sealPassword(id, password), passwordForm: password.form },
        $inc: { revision: 1 },
      },
    );
    return matchedCount === 1;
  }

  /** Whatever its form, of accounts that nobody has taken over; returns how many there were. */
  async destroyPasswords(source: string, session: ClientSession): Promise<number> {
    const { modifiedCount } = await this.#stock.updateMany(
      { source, state: 'imported', passwordForm: { $ne: 'none' } },
      { $set: { passwordForm: 'none' }, $unset: { password: 1 }, $inc: { revision: 1 } },
      { session },
    );
    return modifiedCount;
  }

  async hasPasswords(source: string): Promise<boolean> {
    const filter = { source, state: 'imported' as const, passwordForm: { $ne: 'none' as const } };
    return (await this.#stock.findOne(filter, { projection: { _id: 1 } })) !== null;
  }

  /** True for the one who takes the account over; the password ends with it. */
  async bind(id: string, accountId: string, session: ClientSession): Promise<boolean> {
    const { matchedCount } = await this.#stock.updateOne(
      { _id: id, state: 'imported' },
      {
        $set: {
          state: 'bound',
          accountId,
          boundAt: this.#deps.clock.now(),
          passwordForm: 'none',
        },
        $unset: { password: 1 },
        $inc: { revision: 1 },
      },
      { session },
    );
    return matchedCount === 1;
  }

  /** Two accounts of one person became one. */
  async rebind(fromId: string, toId: string, session: ClientSession): Promise<void> {
    await this.#stock.updateMany(
      { accountId: fromId, state: 'bound' },
      { $set: { accountId: toId }, $inc: { revision: 1 } },
      { session },
    );
  }

  /** Part of the removal of the account: only that it was imported is left. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#stock.updateMany(
      { accountId },
      {
        $set: { state: 'erased', passwordForm: 'none' },
        $unset: { sealed: 1, password: 1, accountId: 1 },
        $inc: { revision: 1 },
      },
      { session },
    );
  }

  /** Positions of the documents that were there already. */
  async #insertUnordered(documents: readonly StockAccountDocument[]): Promise<Set<number>> {
    if (documents.length === 0) return new Set();
    try {
      await this.#stock.insertMany([...documents], { ordered: false });
      return new Set();
    } catch (error) {
      const refused = refusedStatements(error);
      const other = [...refused.values()].find((refusal) => !isDuplicateKey(refusal));
      if (other) throw other;
      return new Set(refused.keys());
    }
  }

  /** A wrapped digest cannot be compared: the same salt and rounds are the same hash. */
  #saysTheSame(document: StockAccountDocument, { details, password }: NewStockAccount): boolean {
    const before = this.#open(document);
    // Taken over and removed since: there is nothing left to compare.
    if (!before) return true;
    if (JSON.stringify(before.details) !== JSON.stringify(details)) return false;
    const known = before.password;
    if (!known || known.form === 'own') return true;
    return JSON.stringify(known.recipe) === JSON.stringify(password.recipe);
  }

  #document({ source, canonicalLogin, details, password, cost }: NewStockAccount) {
    const _id = this.#key('id', source, details.oldId);
    const document: StockAccountDocument = {
      _id,
      loginKey: this.#key('login', source, canonicalLogin),
      source,
      sealed: this.#deps.keyring.encryptJson(details, detailsContext(_id)),
      password: this.#sealPassword(_id, password),
      passwordForm: 'raw',
      cost,
      state: 'imported',
      importedAt: this.#deps.clock.now(),
      revision: 1,
      schemaVersion: 1,
    };
    return document;
  }

  #open(document: StockAccountDocument): StockAccount | undefined {
    const { _id, source, sealed, password, cost, state, accountId, revision } = document;
    if (!sealed || state === 'erased') return undefined;
    const { keyring } = this.#deps;
    const details = keyring.decryptJson(sealed, detailsContext(_id)) as StockAccountDetails;
    const opened =
      password && passwordSchema.parse(keyring.decryptJson(password, passwordContext(_id)));
    return {
      id: _id,
      source,
      details,
      // The recipe was sealed by `#sealPassword`; the context proves it.
      password: opened as OldPassword | undefined,
      cost,
      state,
      accountId,
      revision,
    };
  }

  #sealPassword(id: string, password: OldPassword): Buffer {
    return this.#deps.keyring.encryptJson(password, passwordContext(id));
  }

  /** The keys of these hashes stay for ever (docs/decisions/0008-data-key-rotation.md). */
  #key(of: 'id' | 'login', source: string, value: string): string {
    const text = JSON.stringify([source, value]);
    return this.#deps.keyring.mac('artefactId', `stock-accounts.${of}`, text).toString('base64url');
  }

  get #stock() {
    return this.#deps.database.collection<StockAccountDocument>(COLLECTION);
  }
}

function detailsContext(id: string): string {
  return `stock-accounts.details:${id}`;
}

function passwordContext(id: string): string {
  return `stock-accounts.password:${id}`;
}

export const sealedStockAccounts: SealedPlace = {
  collection: COLLECTION,
  fields: ['sealed', 'password'],
  valuesOf: (document) => {
    const { _id, sealed, password } = document as StockAccountDocument;
    return [
      ...(sealed ? [{ path: 'sealed', sealed, context: detailsContext(_id) }] : []),
      ...(password ? [{ path: 'password', sealed: password, context: passwordContext(_id) }] : []),
    ];
  },
};
