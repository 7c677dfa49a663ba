// Authenticated encryption and keyed hashes under numbered data keys. A sealed value names its
// key, so keys can rotate while old values stay readable; the context binds it to its place.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AppError } from './errors.ts';
import { secureBytes } from './random.ts';

export const keyPurposes = [
  'encryption',
  'blindIndex',
  'artefactId',
  'audit',
  'pairwise',
  'cookie',
] as const;
export type KeyPurpose = (typeof keyPurposes)[number];

/** 32 secret bytes with the number that sealed values carry (1…65535). */
export interface DataKey {
  number: number;
  bytes: Buffer;
}

const FORMAT_VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 3;

/** AES-256-GCM: version(1) ‖ key number(2, big endian) ‖ IV(12) ‖ tag(16) ‖ ciphertext. */
export function seal(key: DataKey, plaintext: Uint8Array | string, context: string): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(FORMAT_VERSION, 0);
  header.writeUInt16BE(key.number, 1);
  const iv = secureBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyObject(key), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.concat([header, Buffer.from(context, 'utf8')]));
  const body = Buffer.concat([cipher.update(plaintext as string, 'utf8'), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), body]);
}

/** The number of the key a sealed value was made with. @throws RangeError on another format. */
export function sealedKeyNumber(sealed: Uint8Array): number {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < HEADER_BYTES + IV_BYTES + TAG_BYTES || bytes[0] !== FORMAT_VERSION) {
    throw new RangeError('not a sealed value of a known format');
  }
  return bytes.readUInt16BE(1);
}

/** Reverses `seal`. @throws Error when the value was altered or belongs to another context. */
export function unseal(key: DataKey, sealed: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const header = bytes.subarray(0, HEADER_BYTES);
  const iv = bytes.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES);
  const tag = bytes.subarray(HEADER_BYTES + IV_BYTES, HEADER_BYTES + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyObject(key), iv, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.concat([header, Buffer.from(context, 'utf8')]));
  decipher.setAuthTag(tag);
  const body = bytes.subarray(HEADER_BYTES + IV_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

/** A purpose-bound subkey of the master key (HKDF-SHA-256, RFC 5869). */
export function deriveKey(masterKey: Buffer, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `hutong/${label}`, 32));
}

/** The unwrapped keys of one purpose. */
export interface PurposeKeys {
  /** The first one writes; blind indexes are written under all of them. */
  writing: readonly DataKey[];
  /** What opens, verifies and finds, newest first. */
  reading: readonly DataKey[];
  /** Counts the changes of `writing`. */
  generation: number;
}

export type KeyTable = Readonly<Record<KeyPurpose, PurposeKeys>>;

/** How the keyring of a process keeps up with the database. */
export interface KeyringSource {
  load(held: KeyTable): Promise<{ table: KeyTable; revision: number }>;
}

/**
 * All data keys of one installation, unwrapped and in memory. Every holder has the same object; it
 * takes on new keys while the process runs, by one assignment: no reader ever waits or sees half.
 */
export class Keyring {
  #table: KeyTable;
  #revision: number;
  readonly #source: KeyringSource | undefined;
  #isCurrent: () => boolean = () => true;
  #refreshing: Promise<boolean> | undefined;

  constructor(table: KeyTable, revision = 0, source?: KeyringSource) {
    for (const purpose of keyPurposes) {
      if (table[purpose].writing.length === 0)
        throw new Error(`the keyring lacks a ${purpose} key`);
    }
    this.#table = table;
    this.#revision = revision;
    this.#source = source;
  }

  /** Of the database's list of keys, as this process acts upon it. */
  get revision(): number {
    return this.#revision;
  }

  /** False when this process may have missed what the others agreed on; see KeyringWatcher. */
  get isCurrent(): boolean {
    return this.#isCurrent();
  }

  watchedBy(isCurrent: () => boolean): void {
    this.#isCurrent = isCurrent;
  }

  /** Takes on what the database has now; true when that was news. One load at a time. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#load().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #load(): Promise<boolean> {
    const loaded = await this.#source?.load(this.#table);
    if (!loaded || loaded.revision <= this.#revision) return false;
    this.#table = loaded.table;
    this.#revision = loaded.revision;
    return true;
  }

  /** Encrypts under the writing key; `context` (e.g. `accounts.name:<id>`) must be given again. */
  encrypt(plaintext: Uint8Array | string, context: string): Buffer {
    return seal(this.#current('encryption'), plaintext, context);
  }

  /**
   * @throws Error when altered or moved to another context; AppError `database_unavailable` when
   * made with a key that this process does not know (yet).
   */
  decrypt(sealed: Uint8Array, context: string): Buffer {
    const number = sealedKeyNumber(sealed);
    const key = this.#table.encryption.reading.find((candidate) => candidate.number === number);
    if (key) return unseal(key, sealed, context);
    throw new AppError(this.isCurrent ? 'internal' : 'database_unavailable', {
      details: { problem: `encryption key ${number} is not in the keyring` },
    });
  }

  encryptJson(value: unknown, context: string): Buffer {
    return this.encrypt(JSON.stringify(value), context);
  }

  decryptJson(sealed: Uint8Array, context: string): unknown {
    return JSON.parse(this.decrypt(sealed, context).toString('utf8'));
  }

  /** HMAC-SHA-256 under the writing key of a purpose; `label` separates uses of the same key. */
  mac(purpose: Exclude<KeyPurpose, 'encryption'>, label: string, value: string): Buffer {
    return hmac(this.#current(purpose), label, value);
  }

  /** The same under every key that verifies or finds, newest first. */
  macs(purpose: Exclude<KeyPurpose, 'encryption'>, label: string, value: string): Buffer[] {
    return this.#table[purpose].reading.map((key) => hmac(key, label, value));
  }

  /** The same under every key that a stored index has to be found by, for those who write one. */
  indexMacs(label: string, value: string): Buffer[] {
    return this.#table.blindIndex.writing.map((key) => hmac(key, label, value));
  }

  /** Numbers of the keys that write; of blind indexes more than one while they rotate. */
  writingNumbers(purpose: KeyPurpose): number[] {
    return this.#table[purpose].writing.map(({ number }) => number);
  }

  generation(purpose: KeyPurpose): number {
    return this.#table[purpose].generation;
  }

  /** Secrets for a library that signs by itself (cookie signatures), the one that signs first. */
  secrets(purpose: 'cookie', label: string): string[] {
    const { writing, reading } = this.#table[purpose];
    return [...new Set([...writing, ...reading])].map((key) =>
      deriveKey(key.bytes, label).toString('base64url'),
    );
  }

  #current(purpose: KeyPurpose): DataKey {
    const [key] = this.#table[purpose].writing;
    if (!key) throw new Error(`the keyring lacks a ${purpose} key`);
    return key;
  }
}

function hmac(key: DataKey, label: string, value: string): Buffer {
  return createHmac('sha256', keyObject(key)).update(`${label}\0${value}`).digest();
}

const keyObjects = new WeakMap<Buffer, KeyObject>();

/** Made once: for a bare buffer the platform makes a new one each time, at several times the cost. */
function keyObject({ bytes }: DataKey): KeyObject {
  const known = keyObjects.get(bytes) ?? createSecretKey(bytes);
  keyObjects.set(bytes, known);
  return known;
}
