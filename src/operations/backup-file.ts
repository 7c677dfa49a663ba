// The file of a backup: compressed, and encrypted under a key derived from the master key, so that
// it can neither be read nor altered without it. Layout: magic ‖ IV(12) ‖ AES-256-GCM(zstd(entries))
// ‖ tag(16); an entry is one kind byte and one BSON document.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { deriveKey } from '../platform/crypto.ts';

const MAGIC = Buffer.from('HUTONG-BACKUP-1\n', 'ascii');
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = MAGIC.length + IV_BYTES;
const CHUNK_BYTES = 1 << 20;
/** Of one BSON document, with room for what the server adds to its 16 MiB. */
const MAX_DOCUMENT_BYTES = 17 * 1024 * 1024;
const MIN_DOCUMENT_BYTES = 5;
/** AES-GCM is safe up to 64 GiB under one IV. */
const MAX_CIPHERTEXT_BYTES = 60 * 1024 ** 3;

/** `header` first, `collection` before its `document`s, `end` last. */
const kinds = { header: 72, collection: 67, document: 68, end: 69 } as const;
export type BackupEntryKind = keyof typeof kinds;

export interface BackupEntry {
  kind: BackupEntryKind;
  /** BSON */
  bytes: Buffer;
}

export class BackupFileError extends Error {
  override readonly name = 'BackupFileError';
  readonly problem: 'not_a_backup' | 'altered_or_other_key' | 'too_large';
  constructor(problem: BackupFileError['problem'], cause?: unknown) {
    super(problem, { cause });
    this.problem = problem;
  }
}

/**
 * Writes the entries; the file has its name only once it is complete and on the disk.
 * @returns its size in bytes
 */
export async function writeBackup(
  file: string,
  masterKey: Buffer,
  entries: AsyncIterable<BackupEntry>,
): Promise<number> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', backupKey(masterKey), iv);
  cipher.setAAD(MAGIC);
  // A name of its own, made anew: nobody can have put a link or an open file in its place.
  const partial = `${file}.${randomBytes(6).toString('hex')}.partial`;
  let size = HEAD_BYTES;
  try {
    const target = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(
      Readable.from(gather(entries)),
      createZstdCompress(),
      cipher,
      async function* (encrypted: AsyncIterable<Buffer>) {
        yield Buffer.concat([MAGIC, iv]);
        for await (const chunk of encrypted) {
          size += chunk.length;
          if (size > MAX_CIPHERTEXT_BYTES) throw new BackupFileError('too_large');
          yield chunk;
        }
        yield cipher.getAuthTag();
      },
      target,
    );
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return size + TAG_BYTES;
}

/**
 * Reads the entries. What is yielded before the end is not yet proven: read a file once to its
 * end before acting on it. @throws BackupFileError
 */
export async function* readBackup(file: string, masterKey: Buffer): AsyncGenerator<BackupEntry> {
  const { iv, tag, end } = await readFrame(file);
  const decipher = createDecipheriv('aes-256-gcm', backupKey(masterKey), iv);
  decipher.setAAD(MAGIC);
  decipher.setAuthTag(tag);
  const plain = createZstdDecompress();
  const source = createReadStream(file, { start: HEAD_BYTES, end });
  const flow = pipeline(source, decipher, plain);
  // The reader below meets the same failure; here it only must not go unheard.
  flow.catch(() => undefined);
  try {
    yield* split(plain);
    await flow;
  } catch (error) {
    throw error instanceof BackupFileError
      ? error
      : new BackupFileError('altered_or_other_key', error);
  } finally {
    plain.destroy();
    source.destroy();
  }
}

async function readFrame(file: string): Promise<{ iv: Buffer; tag: Buffer; end: number }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size <= HEAD_BYTES + TAG_BYTES) throw new BackupFileError('not_a_backup');
    const head = Buffer.alloc(HEAD_BYTES);
    const tag = Buffer.alloc(TAG_BYTES);
    await handle.read(head, 0, HEAD_BYTES, 0);
    await handle.read(tag, 0, TAG_BYTES, size - TAG_BYTES);
    if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw new BackupFileError('not_a_backup');
    return { iv: head.subarray(MAGIC.length), tag, end: size - TAG_BYTES - 1 };
  } finally {
    await handle.close();
  }
}

async function* gather(entries: AsyncIterable<BackupEntry>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const { kind, bytes } of entries) {
    parts.push(Buffer.of(kinds[kind]), bytes);
    length += bytes.length + 1;
    if (length < CHUNK_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(parts);
}

async function* split(chunks: AsyncIterable<Buffer>): AsyncGenerator<BackupEntry> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const length = entryLength(rest, at);
      if (length === undefined || at + length > rest.length) break;
      yield { kind: kindOf(rest[at]), bytes: rest.subarray(at + 1, at + length) };
      at += length;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new BackupFileError('altered_or_other_key');
}

function entryLength(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < 1 + 4) return undefined;
  const length = bytes.readInt32LE(at + 1);
  if (length < MIN_DOCUMENT_BYTES || length > MAX_DOCUMENT_BYTES) {
    throw new BackupFileError('altered_or_other_key');
  }
  return 1 + length;
}

function kindOf(byte: number | undefined): BackupEntryKind {
  const kind = (Object.keys(kinds) as BackupEntryKind[]).find((each) => kinds[each] === byte);
  if (!kind) throw new BackupFileError('altered_or_other_key');
  return kind;
}

function backupKey(masterKey: Buffer): Buffer {
  return deriveKey(masterKey, 'backup');
}
