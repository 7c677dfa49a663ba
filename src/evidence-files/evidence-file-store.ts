// Files of evidence, encrypted: what is known of each in one collection, its pages as GridFS files
// in another. Each file has a key of its own, which the keyring seals; without it the pages are
// noise, so a file is gone with its key, whatever becomes of the bytes.
import mongoose from 'mongoose';
import type { Clock } from '../platform/clock.ts';
import { secondsFromNow } from '../platform/clock.ts';
import { seal, unseal } from '../platform/crypto.ts';
import type { DataKey, Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { secureBytes } from '../platform/random.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import type { DrawnPage } from './conversion.ts';

export interface EvidenceFile {
  id: string;
  ownerId: string;
  /** What it shows, as the form names it. */
  slot: string;
  pages: readonly { width: number; height: number }[];
  addedAt: Date;
  caseId: string | undefined;
}

interface EvidenceFileDocument {
  _id: string;
  ownerId: string;
  slot: string;
  pages: { width: number; height: number }[];
  /** Absent once it is erased. */
  sealedKey?: Buffer;
  addedAt: Date;
  /** All of its pages are stored. */
  isComplete: boolean;
  caseId?: string;
  /** When it goes; absent as long as its case is open. */
  eraseAt?: Date;
  schemaVersion: 1;
}

interface StoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export const EVIDENCE_FILES = 'evidenceFiles';
export const EVIDENCE_PAGES = 'evidencePages';
const KEY_BYTES = 32;
/** Of a sealed chunk, as GridFS stores it. */
const CHUNK_BYTES = 256 * 1024;
/** Of version, key number, IV and tag (platform/crypto.ts). */
const SEAL_BYTES = 31;
/** No key of the keyring. */
const OWN_KEY = 0;
/** How long a file may wait for its form to be sent. */
export const LOOSE_SECONDS = 86_400;

export class EvidenceFileStore {
  readonly #deps: StoreDependencies;

  constructor(deps: StoreDependencies) {
    this.#deps = deps;
  }

  /** Belongs to no case yet; goes after a day unless it is attached to one. */
  async add(of: { ownerId: string; slot: string }, pages: readonly DrawnPage[]): Promise<string> {
    const { random, clock, keyring } = this.#deps;
    const _id = random.id();
    const key = { number: OWN_KEY, bytes: secureBytes(KEY_BYTES) };
    // First what lets it be found again, so that no page is left behind by a process that ends here.
    await this.#files.insertOne({
      _id,
      ...of,
      pages: pages.map(({ width, height }) => ({ width, height })),
      sealedKey: keyring.encrypt(key.bytes, keyContext(_id)),
      addedAt: clock.now(),
      isComplete: false,
      eraseAt: secondsFromNow(clock, LOOSE_SECONDS),
      schemaVersion: 1,
    });
    for (const [index, { bytes }] of pages.entries()) {
      await this.#write(pageId(_id, index), key, bytes);
    }
    await this.#files.updateOne({ _id }, { $set: { isComplete: true } });
    return _id;
  }

  /** What this account has added and not sent yet. */
  async looseOf(ownerId: string): Promise<EvidenceFile[]> {
    const documents = await this.#files
      .find({ ownerId, isComplete: true, caseId: { $exists: false }, ...this.#present })
      .sort({ addedAt: 1 })
      .toArray();
    return documents.map(fileOf);
  }

  /** False for a file that is unknown, another's, or sent already. */
  async discard(id: string, ownerId: string): Promise<boolean> {
    const { modifiedCount } = await this.#files.updateOne(
      { _id: id, ownerId, caseId: { $exists: false }, ...this.#present },
      { $set: { eraseAt: this.#deps.clock.now() }, $unset: { sealedKey: 1 } },
    );
    return modifiedCount === 1;
  }

  /** All or, with false, some not: then the caller's transaction must not be committed. */
  async attach(
    ids: readonly string[],
    to: {
      ownerId: string;
      caseId: string;
      /** Where somebody sent them who was not signed in. */
      newOwnerId?: string;
    },
    session: ClientSession,
  ): Promise<boolean> {
    const { ownerId, caseId, newOwnerId = ownerId } = to;
    const { modifiedCount } = await this.#files.updateMany(
      {
        _id: { $in: [...ids] },
        ownerId,
        isComplete: true,
        caseId: { $exists: false },
        ...this.#present,
      },
      { $set: { caseId, ownerId: newOwnerId }, $unset: { eraseAt: 1 } },
      { session },
    );
    return modifiedCount === new Set(ids).size;
  }

  async ofCase(caseId: string): Promise<EvidenceFile[]> {
    const documents = await this.#files
      .find({ caseId, ...this.#present })
      .sort({ addedAt: 1 })
      .toArray();
    return documents.map(fileOf);
  }

  /** The case is over: its files go in so many seconds. Once; a later call changes nothing. */
  async endCase(caseId: string, keptSeconds: number, session: ClientSession): Promise<void> {
    await this.#files.updateMany(
      { caseId, eraseAt: { $exists: false } },
      { $set: { eraseAt: secondsFromNow(this.#deps.clock, keptSeconds) } },
      { session },
    );
  }

  /** A JPEG; undefined for a page that there is not (any more). @throws when it was altered. */
  async page(id: string, caseId: string, index: number): Promise<Buffer | undefined> {
    const document = await this.#files.findOne({ _id: id, caseId, ...this.#present });
    if (!document?.sealedKey || index >= document.pages.length) return undefined;
    const bytes = this.#deps.keyring.decrypt(document.sealedKey, keyContext(id));
    return this.#read(pageId(id, index), { number: OWN_KEY, bytes });
  }

  /** Part of the removal of an account: nobody can read them from here on. */
  async erase(ownerId: string, session: ClientSession): Promise<void> {
    await this.#files.updateMany(
      { ownerId },
      { $set: { eraseAt: this.#deps.clock.now() }, $unset: { sealedKey: 1 } },
      { session },
    );
  }

  /** What is due goes, with all of its bytes; returns how many files went. */
  async eraseDue(limit: number): Promise<number> {
    const due = await this.#files
      .find({ eraseAt: { $lte: this.#deps.clock.now() } })
      .limit(limit)
      .toArray();
    for (const { _id, pages } of due) {
      await this.#files.updateOne({ _id }, { $unset: { sealedKey: 1 } });
      const pageIds = pages.map((_page, index) => pageId(_id, index));
      const { db } = this.#deps.database;
      await db
        .collection<{ files_id: string }>(`${EVIDENCE_PAGES}.chunks`)
        .deleteMany({ files_id: { $in: pageIds } });
      await db
        .collection<{ _id: string }>(`${EVIDENCE_PAGES}.files`)
        .deleteMany({ _id: { $in: pageIds } });
      await this.#files.deleteOne({ _id });
    }
    return due.length;
  }

  async #write(id: string, key: DataKey, bytes: Uint8Array): Promise<void> {
    const stream = this.#bucket.openUploadStreamWithId(
      id as unknown as mongoose.mongo.ObjectId,
      id,
      {
        chunkSizeBytes: CHUNK_BYTES,
      },
    );
    const step = CHUNK_BYTES - SEAL_BYTES;
    const count = Math.ceil(bytes.length / step);
    const done = new Promise<void>((resolve, reject) => {
      stream.once('finish', resolve);
      stream.once('error', reject);
    });
    for (let index = 0; index < count; index += 1) {
      const part = bytes.subarray(index * step, (index + 1) * step);
      stream.write(seal(key, part, chunkContext(id, index, count)));
    }
    stream.end();
    await done;
  }

  async #read(id: string, key: DataKey): Promise<Buffer> {
    const sealed: Buffer[] = [];
    const stream = this.#bucket.openDownloadStream(id as unknown as mongoose.mongo.ObjectId);
    for await (const chunk of stream) sealed.push(chunk as Buffer);
    const all = Buffer.concat(sealed);
    const count = Math.ceil(all.length / CHUNK_BYTES);
    const parts = Array.from({ length: count }, (_, index) => {
      const part = all.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
      return unseal(key, part, chunkContext(id, index, count));
    });
    return Buffer.concat(parts);
  }

  get #present() {
    const now = this.#deps.clock.now();
    return {
      sealedKey: { $exists: true },
      $or: [{ eraseAt: { $exists: false } }, { eraseAt: { $gt: now } }],
    };
  }

  get #files() {
    return this.#deps.database.collection<EvidenceFileDocument>(EVIDENCE_FILES);
  }

  get #bucket() {
    const { db } = this.#deps.database;
    return new mongoose.mongo.GridFSBucket(db, { bucketName: EVIDENCE_PAGES });
  }
}

function fileOf(document: EvidenceFileDocument): EvidenceFile {
  const { _id, ownerId, slot, pages, addedAt, caseId } = document;
  return { id: _id, ownerId, slot, pages, addedAt, caseId };
}

function pageId(id: string, index: number): string {
  return `${id}.${index}`;
}

/** With the number of all chunks, so that none can be cut off, swapped or put elsewhere. */
function chunkContext(page: string, index: number, count: number): string {
  return `evidence-files.page:${page}:${index}/${count}`;
}

function keyContext(id: string): string {
  return `evidence-files.key:${id}`;
}

/** The keys of the files; the pages stand under those, and stay as they are. */
export const sealedEvidenceFiles: SealedPlace = {
  collection: EVIDENCE_FILES,
  fields: ['sealedKey'],
  valuesOf: (document) => {
    const { _id, sealedKey } = document as EvidenceFileDocument;
    return sealedKey ? [{ path: 'sealedKey', sealed: sealedKey, context: keyContext(_id) }] : [];
  },
};
