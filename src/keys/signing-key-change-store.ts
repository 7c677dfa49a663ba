// One change of the key set, inside its transaction.
import type { ClientSession, Database } from '../platform/mongo.ts';
import type {
  SigningAlgorithm,
  SigningJwk,
  SigningKeyRecord,
  SigningKeyState,
} from './signing-key.ts';
import type { KeySafe } from './signing-key-document-store.ts';
import {
  compromisedDocuments,
  documentId,
  keyDocuments,
  sealJwk,
  toRecord,
} from './signing-key-document-store.ts';

export interface SigningKeyChangeDependencies extends KeySafe {
  database: Database;
  session: ClientSession;
  /** Of the database, at the begin of this change. */
  now: Date;
  /** That the key set has once this change is committed. */
  revision: number;
}

export class SigningKeyChange {
  readonly #deps: SigningKeyChangeDependencies;

  constructor(deps: SigningKeyChangeDependencies) {
    this.#deps = deps;
  }

  get now(): Date {
    return this.#deps.now;
  }

  get revision(): number {
    return this.#deps.revision;
  }

  /** For what else belongs into the transaction. */
  get session(): ClientSession {
    return this.#deps.session;
  }

  /** All published keys. */
  async keys(): Promise<SigningKeyRecord[]> {
    const documents = keyDocuments(this.#deps.database, this.#deps.kind).find({}, this.#options);
    return (await documents.sort({ algorithm: 1, number: 1 }).toArray()).map(toRecord);
  }

  /** Adds a key with the next free number of its algorithm. */
  async insert(algorithm: SigningAlgorithm, state: SigningKeyState, jwk: SigningJwk) {
    const { database, kind, now } = this.#deps;
    const number = (await this.#highestNumber(algorithm)) + 1;
    const _id = documentId({ algorithm, number });
    const document = {
      _id,
      algorithm,
      number,
      state,
      kid: jwk.kid,
      sealed: sealJwk(this.#deps, _id, jwk),
      createdAt: now,
      ...(state === 'active' ? { activatedAt: now } : {}),
      schemaVersion: 1 as const,
    };
    await keyDocuments(database, kind).insertOne(document, this.#options);
  }

  async retire(key: SigningKeyRecord): Promise<void> {
    await this.#move(key, { state: 'retired', retiredAt: this.now });
  }

  async activate(key: SigningKeyRecord): Promise<void> {
    await this.#move(key, { state: 'active', activatedAt: this.now });
  }

  /** Its time of publication is over. */
  async remove(key: SigningKeyRecord): Promise<void> {
    await keyDocuments(this.#deps.database, this.#deps.kind).deleteOne(
      { _id: documentId(key) },
      this.#options,
    );
  }

  /** Destroys the private key and keeps a record of it. */
  async condemn(key: SigningKeyRecord): Promise<void> {
    const { algorithm, number, kid, createdAt, state: formerState } = key;
    await this.remove(key);
    await compromisedDocuments(this.#deps.database, this.#deps.kind).insertOne(
      {
        _id: documentId(key),
        algorithm,
        number,
        kid,
        formerState,
        createdAt,
        compromisedAt: this.now,
        schemaVersion: 1,
      },
      this.#options,
    );
  }

  async #move(
    key: SigningKeyRecord,
    change: { state: SigningKeyState; activatedAt?: Date; retiredAt?: Date },
  ): Promise<void> {
    const filter = { _id: documentId(key), state: key.state };
    const keys = keyDocuments(this.#deps.database, this.#deps.kind);
    const { matchedCount } = await keys.updateOne(filter, { $set: change }, this.#options);
    if (matchedCount !== 1) throw new Error(`signing key ${filter._id} is not ${key.state}`);
  }

  async #highestNumber(algorithm: SigningAlgorithm): Promise<number> {
    const { database, kind } = this.#deps;
    const options = { ...this.#options, sort: { number: -1 } } as const;
    const present = await keyDocuments(database, kind).findOne({ algorithm }, options);
    const compromised = await compromisedDocuments(database, kind).findOne({ algorithm }, options);
    return Math.max(present?.number ?? 0, compromised?.number ?? 0);
  }

  get #options() {
    return { session: this.#deps.session };
  }
}
