// A migration under way: which old account this browser has proven, sealed under the keyed hash of a
// cookie, with the one-time token that joins it to an account.
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

const contentSchema = z.object({
  stockId: z.string(),
  source: z.string(),
  /** Joins the old account, once. */
  mergeToken: z.string(),
});

export interface StockMigration extends z.infer<typeof contentSchema> {
  /** The key it is stored under; it opens nothing. */
  key: string;
  /** The account that has taken the old one over. */
  accountId: string | undefined;
}

interface StockMigrationDocument {
  _id: string;
  sealed: Buffer;
  accountId?: string;
  endsAt: Date;
  purgeAt: Date;
  schemaVersion: 1;
}

const VALID_SECONDS = 3600;
const PURGE_TOLERANCE_SECONDS = 600;

export class StockMigrationStore {
  readonly #deps: { database: Database; keyring: Keyring; clock: Clock; random: Random };

  constructor(deps: { database: Database; keyring: Keyring; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  /** @returns the value for the cookie */
  async begin(of: { stockId: string; source: string }): Promise<string> {
    const { random, keyring, clock } = this.#deps;
    const id = random.id(256);
    const _id = this.#key(id);
    const content = { ...of, mergeToken: random.id(256) };
    const endsAt = secondsFromNow(clock, VALID_SECONDS);
    await this.#migrations.insertOne({
      _id,
      sealed: keyring.encryptJson(content, sealedContext(_id)),
      endsAt,
      purgeAt: new Date(endsAt.getTime() + PURGE_TOLERANCE_SECONDS * 1000),
      schemaVersion: 1,
    });
    return id;
  }

  async find(id: string): Promise<StockMigration | undefined> {
    const key = this.#key(id);
    const filter = { _id: key, endsAt: { $gt: this.#deps.clock.now() } };
    const document = await this.#migrations.findOne(filter);
    if (!document) return undefined;
    const opened = this.#deps.keyring.decryptJson(document.sealed, sealedContext(key));
    return { ...contentSchema.parse(opened), key, accountId: document.accountId };
  }

  /** True for the first use of the token. */
  async use(key: string, accountId: string, session: ClientSession): Promise<boolean> {
    const { matchedCount } = await this.#migrations.updateOne(
      { _id: key, accountId: { $exists: false } },
      { $set: { accountId } },
      { session },
    );
    return matchedCount === 1;
  }

  #key(id: string): string {
    return this.#deps.keyring
      .mac('artefactId', 'stock-accounts.migration', id)
      .toString('base64url');
  }

  get #migrations() {
    return this.#deps.database.collection<StockMigrationDocument>('stockMigrations');
  }
}

export function isMergeToken({ mergeToken }: StockMigration, given: string): boolean {
  const [known, typed] = [Buffer.from(mergeToken), Buffer.from(given)];
  return known.length === typed.length && timingSafeEqual(known, typed);
}

function sealedContext(key: string): string {
  return `stock-accounts.migration:${key}`;
}

export const sealedStockMigrations: SealedPlace = {
  collection: 'stockMigrations',
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as StockMigrationDocument;
    return [{ path: 'sealed', sealed, context: sealedContext(_id) }];
  },
};
