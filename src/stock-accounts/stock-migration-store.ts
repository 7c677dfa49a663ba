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
  /** Who it belongs to since somebody signed in came with it; nobody else may go on with it. */
  ownerId: string | undefined;
  /** Why it could not be joined online; see `bindStockAccount`. */
  refusedFor: string | undefined;
}

interface StockMigrationDocument {
  _id: string;
  sealed: Buffer;
  accountId?: string;
  ownerId?: string;
  refusedFor?: string;
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
  async begin({
    ownerId,
    ...of
  }: {
    stockId: string;
    source: string;
    /** Who is signed in already. */
    ownerId?: string | undefined;
  }): Promise<string> {
    const { random, keyring, clock } = this.#deps;
    const id = random.id(256);
    const _id = this.#key(id);
    const content = { ...of, mergeToken: random.id(256) };
    const endsAt = secondsFromNow(clock, VALID_SECONDS);
    await this.#migrations.insertOne({
      _id,
      sealed: keyring.encryptJson(content, sealedContext(_id)),
      ...(ownerId === undefined ? {} : { ownerId }),
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
    const { accountId, ownerId, refusedFor } = document;
    return { ...contentSchema.parse(opened), key, accountId, ownerId, refusedFor };
  }

  /**
   * The first account that is signed in has it for good; false for every other one. Whoever proves an
   * old password in a browser that somebody else signs in with has brought nothing into that account.
   */
  async claim(key: string, ownerId: string): Promise<boolean> {
    const { matchedCount } = await this.#migrations.updateOne(
      { _id: key, $or: [{ ownerId: { $exists: false } }, { ownerId }] },
      { $set: { ownerId } },
    );
    return matchedCount === 1;
  }

  async noteRefused(key: string, refusedFor: string): Promise<void> {
    await this.#migrations.updateOne({ _id: key }, { $set: { refusedFor } });
  }

  /** True for the first use of the token, by the account it belongs to. */
  async use(key: string, accountId: string, session: ClientSession): Promise<boolean> {
    const { matchedCount } = await this.#migrations.updateOne(
      { _id: key, ownerId: accountId, accountId: { $exists: false } },
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
