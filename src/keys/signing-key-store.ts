// Signing keys, sealed under the keyring. `_id` is algorithm and number: of two processes that
// start on an empty database at once, one inserts and the other reads.
import type { JWK } from 'jose';
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SigningAlgorithm, SigningKey, SigningKeyState } from './signing-key.ts';

interface SigningKeyDocument {
  _id: string;
  algorithm: SigningAlgorithm;
  number: number;
  state: SigningKeyState;
  kid: string;
  sealed: Buffer;
  createdAt: Date;
  schemaVersion: 1;
}

const jwkSchema = z.looseObject({ kty: z.string(), kid: z.string() });

export class SigningKeyStore {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#database = deps.database;
    this.#keyring = deps.keyring;
  }

  async list(): Promise<SigningKey[]> {
    const documents = await this.#keys.find().sort({ algorithm: 1, number: 1 }).toArray();
    return documents.map(({ _id, algorithm, number, state, createdAt, sealed }) => ({
      algorithm,
      number,
      state,
      createdAt,
      jwk: this.#open(_id, sealed),
    }));
  }

  /** False when that number, or a key in that state, is there already; `also` runs with the insert. */
  async insert(key: SigningKey, also: (session: ClientSession) => Promise<void>): Promise<boolean> {
    const _id = keyId(key);
    const { jwk, ...rest } = key;
    const document = {
      _id,
      ...rest,
      kid: jwk.kid,
      sealed: this.#keyring.encryptJson(jwk, context(_id)),
      schemaVersion: 1 as const,
    };
    try {
      await this.#database.transaction(async (session) => {
        await this.#keys.insertOne(document, { session });
        await also(session);
      });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  #open(_id: string, sealed: Buffer): JWK & { kid: string } {
    return jwkSchema.parse(this.#keyring.decryptJson(sealed, context(_id)));
  }

  get #keys() {
    return this.#database.collection<SigningKeyDocument>('signingKeys');
  }
}

function keyId({ algorithm, number }: SigningKey): string {
  return `${algorithm}:${number}`;
}

function context(_id: string): string {
  return `signingKeys.sealed:${_id}`;
}
