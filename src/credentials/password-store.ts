// One password per account: the argon2id hash, sealed once more under the data key, so that a
// dump of the database does not even allow guessing.
import type { Keyring } from '../platform/crypto.ts';
import { readById } from '../platform/grouped-reads-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';

interface PasswordDocument {
  _id: string;
  sealedHash: Buffer;
  /** Sealed hashes of former passwords, newest first. */
  history: Buffer[];
  changedAt: Date;
  mustChange: boolean;
  /** Of a first password, or of one that was taken away: from then on it opens nothing. */
  validUntil?: Date;
  revision: number;
  schemaVersion: 1;
}

export interface PasswordCredential {
  accountId: string;
  hash: string;
  formerHashes: readonly string[];
  changedAt: Date;
  mustChange: boolean;
  /** Of a first password, or of one that was taken away: from then on it opens nothing. */
  validUntil?: Date | undefined;
  revision: number;
}

export interface NewPassword {
  hash: string;
  changedAt: Date;
  /** The person has to choose another one at the next sign-in. */
  mustChange: boolean;
  /** Of one that was made for the person. */
  validUntil?: Date | undefined;
}

const COLLECTION = 'passwordCredentials';
const MAX_HISTORY = 5;

export class PasswordStore {
  readonly #deps: { database: Database; keyring: Keyring };

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
  }

  async find(accountId: string): Promise<PasswordCredential | undefined> {
    const document = await readById<PasswordDocument>(this.#deps.database, COLLECTION, accountId);
    if (!document) return undefined;
    return {
      accountId,
      hash: this.#open(accountId, document.sealedHash),
      formerHashes: document.history.map((sealed) => this.#open(accountId, sealed)),
      changedAt: document.changedAt,
      mustChange: document.mustChange,
      validUntil: document.validUntil,
      revision: document.revision,
    };
  }

  /** Sets the password whatever it was; the old one joins the history. */
  async set(accountId: string, password: NewPassword, session?: ClientSession): Promise<void> {
    const sealedHash = this.#seal(accountId, password.hash);
    await this.#passwords.updateOne(
      { _id: accountId },
      [
        {
          $set: {
            history: {
              $slice: [
                {
                  $concatArrays: [
                    { $cond: [{ $ifNull: ['$sealedHash', false] }, ['$sealedHash'], []] },
                    { $ifNull: ['$history', []] },
                  ],
                },
                MAX_HISTORY,
              ],
            },
            sealedHash,
            changedAt: password.changedAt,
            mustChange: password.mustChange,
            validUntil: password.validUntil ?? '$$REMOVE',
            revision: { $add: [{ $ifNull: ['$revision', 0] }, 1] },
            schemaVersion: 1,
          },
        },
      ],
      { upsert: true, ...(session ? { session } : {}) },
    );
  }

  /** One password for accounts that have none yet: for seeded accounts alone. */
  async insertShared(accountIds: readonly string[], hash: string, now: Date): Promise<void> {
    await this.#passwords.insertMany(
      accountIds.map((accountId) => ({
        _id: accountId,
        sealedHash: this.#seal(accountId, hash),
        history: [],
        changedAt: now,
        mustChange: false,
        revision: 1,
        schemaVersion: 1 as const,
      })),
    );
  }

  /**
   * The same, but only if nobody else changed it since `expected` was read.
   * @param expected.revision undefined where there was none
   */
  async replace(
    expected: Pick<PasswordCredential, 'accountId'> & { revision: number | undefined },
    password: NewPassword,
    session: ClientSession,
  ): Promise<boolean> {
    const { accountId, revision } = expected;
    const current = await this.#passwords.findOne({ _id: accountId }, { session });
    if (current?.revision !== revision) return false;
    await this.set(accountId, password, session);
    return true;
  }

  /** From now on it opens nothing; kept, so that it does not come back. False when there is none. */
  async takeAway(accountId: string, now: Date, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#passwords.updateOne(
      { _id: accountId, ...usable(now) },
      { $set: { validUntil: now }, $inc: { revision: 1 } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Which of these accounts have one that opens something. */
  async usableAmong(
    accountIds: readonly string[],
    now: Date,
    session: ClientSession,
  ): Promise<ReadonlySet<string>> {
    const filter = { _id: { $in: [...accountIds] }, ...usable(now) };
    const found = this.#passwords.find(filter, { projection: { _id: 1 }, session });
    return new Set((await found.toArray()).map(({ _id }) => _id));
  }

  /** The same password under stronger parameters: nothing else of the credential changes. */
  async renewHash(expected: PasswordCredential, hash: string): Promise<void> {
    const { accountId, revision } = expected;
    await this.#passwords.updateOne(
      { _id: accountId, revision },
      { $set: { sealedHash: this.#seal(accountId, hash) } },
    );
  }

  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#passwords.deleteOne({ _id: accountId }, { session });
  }

  #seal(accountId: string, hash: string): Buffer {
    return this.#deps.keyring.encrypt(hash, context(accountId));
  }

  #open(accountId: string, sealed: Buffer): string {
    return this.#deps.keyring.decrypt(sealed, context(accountId)).toString('utf8');
  }

  get #passwords() {
    return this.#deps.database.collection<PasswordDocument>(COLLECTION);
  }
}

function context(accountId: string): string {
  return `credentials.password:${accountId}`;
}

function usable(now: Date) {
  return { $or: [{ validUntil: { $exists: false } }, { validUntil: { $gt: now } }] };
}

export const sealedPasswords: SealedPlace = {
  collection: COLLECTION,
  fields: ['sealedHash', 'history'],
  valuesOf: (document) => {
    const { _id, sealedHash, history } = document as PasswordDocument;
    const former = history.map((sealed, index) => ({ path: `history.${index}`, sealed }));
    return [{ path: 'sealedHash', sealed: sealedHash }, ...former].map((value) => ({
      ...value,
      context: context(_id),
    }));
  },
};
