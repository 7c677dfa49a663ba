// The data keys of an installation, each wrapped by the master key. The first process that
// starts on an empty database makes them; the unique `_id` decides between two that start at once.
import { randomBytes } from 'node:crypto';
import { deriveKey, Keyring, keyPurposes, seal, unseal } from './crypto.ts';
import type { DataKey, KeyPurpose } from './crypto.ts';
import { AppError } from './errors.ts';
import { isDuplicateKey } from './mongo.ts';
import type { Database } from './mongo.ts';

interface DataKeyDocument {
  _id: string;
  purpose: KeyPurpose;
  number: number;
  wrapped: Buffer;
  createdAt: Date;
  schemaVersion: 1;
}

// Cookies are signed with the newest key and verified with any: two from the first day.
const SECOND_COOKIE_KEY = { purpose: 'cookie', number: 2 } as const;

/**
 * Opens the keyring with the master key (32 bytes).
 * @throws AppError `configuration_invalid` when the master key is not the one of this database.
 */
export async function openKeyring(
  database: Database,
  masterKey: Buffer,
  now: Date,
): Promise<Keyring> {
  const wrappingKey: DataKey = { number: 1, bytes: deriveKey(masterKey, 'data-key-wrapping') };
  const collection = database.collection<DataKeyDocument>('dataKeys');
  const present = new Set(await collection.distinct('purpose'));
  const first = [...keyPurposes.map((purpose) => ({ purpose, number: 1 })), SECOND_COOKIE_KEY];
  for (const { purpose, number } of first) {
    if (present.has(purpose)) continue;
    const _id = `${purpose}:${number}`;
    try {
      await collection.insertOne({
        _id,
        purpose,
        number,
        wrapped: seal(wrappingKey, randomBytes(32), _id),
        createdAt: now,
        schemaVersion: 1,
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  const keys = new Map<KeyPurpose, DataKey[]>();
  for (const document of await collection.find().sort({ number: -1 }).toArray()) {
    const list = keys.get(document.purpose) ?? [];
    list.push({ number: document.number, bytes: unwrap(wrappingKey, document) });
    keys.set(document.purpose, list);
  }
  return new Keyring(keys);
}

function unwrap(wrappingKey: DataKey, document: DataKeyDocument): Buffer {
  try {
    return unseal(wrappingKey, document.wrapped, document._id);
  } catch (cause) {
    throw new AppError('configuration_invalid', {
      cause,
      details: { problem: 'the master key does not open the data keys of this database' },
    });
  }
}
