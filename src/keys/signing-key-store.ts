// A set of signing keys of one kind, sealed under the keyring. Each change takes the next number of one
// counter in the same transaction, so changes happen one after the other and every process can
// ask cheaply whether it has the present set.
import type { Keyring } from '../platform/crypto.ts';
import { AppError } from '../platform/errors.ts';
import { lookFor } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { protocolKeys } from './signing-key.ts';
import type {
  CompromisedKeyRecord,
  KeySetKind,
  SigningKey,
  SigningKeyRecord,
} from './signing-key.ts';
import { SigningKeyChange } from './signing-key-change-store.ts';
import {
  compromisedDocuments,
  keyDocuments,
  openJwk,
  revisions,
  toRecord,
} from './signing-key-document-store.ts';

export interface KeySetMoment {
  revision: number;
  /** The database's clock: the one by which keys age. */
  now: Date;
}

export interface KeySetOverview extends KeySetMoment {
  keys: SigningKeyRecord[];
  compromised: CompromisedKeyRecord[];
}

export class SigningKeyStore {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly kind: KeySetKind;

  constructor(deps: { database: Database; keyring: Keyring }, kind: KeySetKind = protocolKeys) {
    this.#database = deps.database;
    this.#keyring = deps.keyring;
    this.kind = kind;
  }

  /** One small read. @throws AppError `configuration_invalid` when the counter is gone. */
  async moment(): Promise<KeySetMoment> {
    const found = await lookFor<{ value: number; now: Date }>(this.#database, {
      collection: 'counters',
      filter: { _id: this.kind.name },
      found: { value: '$value', now: '$$NOW' },
    });
    if (!found) throw counterIsGone(this.kind);
    return { revision: found.value, now: found.now };
  }

  /** All published keys with their private parts. @throws AppError when one cannot be opened. */
  async read(): Promise<{ revision: number; keys: SigningKey[] }> {
    return this.#database.transaction(async (session) => {
      const { revision } = await this.#moment(session);
      const documents = await keyDocuments(this.#database, this.kind)
        .find({}, { session })
        .toArray();
      const open = (document: (typeof documents)[number]) => ({
        ...toRecord(document),
        jwk: openJwk(this.#safe, document),
      });
      return { revision, keys: documents.map(open) };
    });
  }

  /** Everything that may be shown; opens no private key. */
  async overview(): Promise<KeySetOverview> {
    return this.#database.transaction(async (session) => {
      const moment = await this.#moment(session);
      const sort = { algorithm: 1, number: 1 } as const;
      const options = { session, sort };
      const keys = await keyDocuments(this.#database, this.kind).find({}, options).toArray();
      const compromised = await compromisedDocuments(this.#database, this.kind)
        .find({}, options)
        .toArray();
      return {
        ...moment,
        keys: keys.map(toRecord),
        compromised: compromised.map(({ _id, schemaVersion: _, ...record }) => record),
      };
    });
  }

  /**
   * Changes the set in one transaction; `work` sees it as no other change can alter it any more.
   * Nothing is changed when it returns undefined. It may run more than once.
   */
  async change<T>(work: (change: SigningKeyChange) => Promise<T | undefined>) {
    const unchanged = new Error('nothing to change');
    try {
      return await this.#database.transaction(async (session) => {
        const { revision, now } = await this.#nextRevision(session);
        const deps = { ...this.#safe, database: this.#database, session, now, revision };
        const result = await work(new SigningKeyChange(deps));
        if (result === undefined) throw unchanged;
        return result;
      });
    } catch (error) {
      if (error === unchanged) return undefined;
      throw error;
    }
  }

  /** From now on relying parties may have read these announced keys everywhere. */
  async markPublished(kids: readonly string[]): Promise<void> {
    await keyDocuments(this.#database, this.kind).updateMany(
      { kid: { $in: [...kids] }, publishedAt: { $exists: false } },
      [{ $set: { publishedAt: '$$NOW' } }],
    );
  }

  get #safe() {
    return { keyring: this.#keyring, kind: this.kind };
  }

  async #moment(session: ClientSession): Promise<KeySetMoment> {
    const [found] = await revisions(this.#database)
      .aggregate<{ value: number; now: Date }>(
        [{ $match: { _id: this.kind.name } }, { $project: { value: 1, now: '$$NOW' } }],
        { session },
      )
      .toArray();
    if (!found) throw counterIsGone(this.kind);
    return { revision: found.value, now: found.now };
  }

  async #nextRevision(session: ClientSession): Promise<KeySetMoment> {
    const counter = await revisions(this.#database).findOneAndUpdate(
      { _id: this.kind.name },
      [{ $set: { value: { $add: ['$value', 1] }, changedAt: '$$NOW' } }],
      { session, returnDocument: 'after' },
    );
    if (!counter) throw counterIsGone(this.kind);
    return { revision: counter.value, now: counter.changedAt };
  }
}

function counterIsGone({ name }: KeySetKind): AppError {
  const problem =
    `the counter of the signing keys is missing (counters, ${name}): this database was not ` +
    'prepared by the migrations, or only partly restored';
  return new AppError('configuration_invalid', { details: { problem } });
}
