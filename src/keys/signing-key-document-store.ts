// How signing keys lie in the database. `_id` is algorithm and number. Compromised keys lie in a
// collection of their own, so that no release ever takes one for a key to publish.
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';
import { AppError } from '../platform/errors.ts';
import type { Collection, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { keySetKinds, protocolKeys } from './signing-key.ts';
import type {
  CompromisedKeyRecord,
  KeySetKind,
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
  _id: KeySetKind['name'];
  value: number;
  changedAt: Date;
}

const jwkSchema = z.looseObject({ kty: z.string(), kid: z.string() });

export function keyDocuments(
  database: Database,
  { name }: KeySetKind,
): Collection<SigningKeyDocument> {
  return database.collection<SigningKeyDocument>(name);
}

export function compromisedDocuments(
  database: Database,
  { compromised }: KeySetKind,
): Collection<CompromisedKeyDocument> {
  return database.collection<CompromisedKeyDocument>(compromised);
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

/** Keys of a kind, and how they are sealed. */
export interface KeySafe {
  keyring: Keyring;
  kind: KeySetKind;
}

export function sealJwk({ keyring, kind }: KeySafe, _id: string, jwk: SigningJwk): Buffer {
  return keyring.encryptJson(jwk, context(kind, _id));
}

/** @throws AppError `configuration_invalid`, which names the key and the ways out. */
export function openJwk(
  { keyring, kind }: KeySafe,
  { _id, kid, sealed }: SigningKeyDocument,
): SigningJwk {
  try {
    const jwk = jwkSchema.parse(keyring.decryptJson(sealed, context(kind, _id)));
    if (jwk.kid !== kid) throw new Error(`it holds the key ${jwk.kid}`);
    return jwk;
  } catch (cause) {
    const set = kind === protocolKeys ? '' : ` --set ${kind.name}`;
    const problem =
      `the signing key ${_id} (kid ${kid}) cannot be opened: it was altered, or comes from another ` +
      `database. Restore it from a backup, or drop it: keys rotate --compromised --kid ${kid}${set}`;
    throw new AppError('configuration_invalid', { cause, details: { problem } });
  }
}

function context({ name }: KeySetKind, _id: string): string {
  return `${name}.sealed:${_id}`;
}

export const sealedSigningKeys: readonly SealedPlace[] = keySetKinds.map((kind) => ({
  collection: kind.name,
  fields: ['sealed'],
  valuesOf: (document) => {
    const { _id, sealed } = document as SigningKeyDocument;
    return [{ path: 'sealed', sealed, context: context(kind, _id) }];
  },
}));
