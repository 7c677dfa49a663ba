// How signing keys lie in the database. `_id` is algorithm and number. Compromised keys lie in a
// collection of their own, so that no release ever takes one for a key to publish.
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';
import { AppError } from '../platform/errors.ts';
import type { Collection, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type {
  CompromisedKeyRecord,
  SigningAlgorithm,
  SigningJwk,
  SigningKeyRecord,
  SigningKeyState,
} from './signing-key.ts';

export interface SigningKeyDocument {
  _id: string;
  algorithm: SigningAlgorithm;
  number: number;
  state: SigningKeyState;
  kid: string;
  sealed: Buffer;
  createdAt: Date;
  publishedAt?: Date;
  activatedAt?: Date;
  retiredAt?: Date;
  schemaVersion: 1;
}

export interface CompromisedKeyDocument extends CompromisedKeyRecord {
  _id: string;
  schemaVersion: 1;
}

/** Counts the changes of the key set. */
export interface RevisionDocument {
  _id: 'signingKeys';
  value: number;
  changedAt: Date;
}

export const REVISION_ID = 'signingKeys';

const jwkSchema = z.looseObject({ kty: z.string(), kid: z.string() });

export function keyDocuments(database: Database): Collection<SigningKeyDocument> {
  return database.collection<SigningKeyDocument>('signingKeys');
}

export function compromisedDocuments(database: Database): Collection<CompromisedKeyDocument> {
  return database.collection<CompromisedKeyDocument>('compromisedSigningKeys');
}

export function revisions(database: Database): Collection<RevisionDocument> {
  return database.collection<RevisionDocument>('counters');
}

export function documentId(key: { algorithm: SigningAlgorithm; number: number }): string {
  return `${key.algorithm}:${key.number}`;
}

export function toRecord(document: SigningKeyDocument): SigningKeyRecord {
  const { algorithm, number, state, kid, createdAt } = document;
  const { publishedAt, activatedAt, retiredAt } = document;
  return { algorithm, number, state, kid, createdAt, publishedAt, activatedAt, retiredAt };
}

export function sealJwk(keyring: Keyring, _id: string, jwk: SigningJwk): Buffer {
  return keyring.encryptJson(jwk, context(_id));
}

/** @throws AppError `configuration_invalid`, which names the key and the ways out. */
export function openJwk(keyring: Keyring, { _id, kid, sealed }: SigningKeyDocument): SigningJwk {
  try {
    const jwk = jwkSchema.parse(keyring.decryptJson(sealed, context(_id)));
    if (jwk.kid !== kid) throw new Error(`it holds the key ${jwk.kid}`);
    return jwk;
  } catch (cause) {
    const problem =
      `the signing key ${_id} (kid ${kid}) cannot be opened: it was altered, or comes from another ` +
      `database. Restore it from a backup, or drop it: keys rotate --compromised --kid ${kid}`;
    throw new AppError('configuration_invalid', { cause, details: { problem } });
  }
}

function context(_id: string): string {
  return `signingKeys.sealed:${_id}`;
}

export const sealedSigningKeys: SealedPlace = {
  collection: 'signingKeys',
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as SigningKeyDocument;
    return [{ path: 'sealed', sealed, context: context(_id) }];
  },
};
