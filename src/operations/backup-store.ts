// A database as a stream of entries and back. Reading is one snapshot across all collections, so
// that the service goes on while it is taken; writing fills an empty database.
import { mongo } from 'mongoose';
import { RESTORE_MARK } from '../platform/migrations.ts';
import { isSnapshotGone } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import type { BackupEntry } from './backup-file.ts';

export interface BackupHeader {
  format: 1;
  release: string;
  takenAt: Date;
  /** By collection; the reader counts again. */
  collections: string[];
}

interface CollectionHeader {
  name: string;
  indexes: { key: Record<string, number>; name: string; [option: string]: unknown }[];
}

const { BSON } = mongo;
const READ_BATCH = 1000;
const WRITE_BATCH = 1000;
/** Of one write; far below the server's limit for a message. */
const WRITE_BYTES = 8 * 1024 * 1024;
// Numbers keep the type they were stored with.
const FAITHFUL = { promoteValues: false, promoteBuffers: false } as const;

/** The snapshot was overtaken by the server's history window before the reading ended. */
export class SnapshotGone extends Error {
  override readonly name = 'SnapshotGone';
}

export class BackupStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Everything but `except`, as it was at one moment. @throws SnapshotGone */
  async *read(
    header: Omit<BackupHeader, 'collections' | 'format'>,
    except: ReadonlySet<string>,
  ): AsyncGenerator<BackupEntry> {
    const names = (await this.#names()).filter((name) => !except.has(name));
    yield entry('header', { format: 1, ...header, collections: names });
    const session = this.#database.client.startSession({ snapshot: true });
    const counts: Record<string, number> = {};
    try {
      for (const name of names) {
        const collection = this.#database.db.collection(name);
        yield entry('collection', { name, indexes: await collection.indexes() });
        const cursor = collection
          .find({}, { raw: true, session, batchSize: READ_BATCH })
          .sort({ $natural: 1 });
        let count = 0;
        for await (const document of cursor) {
          count += 1;
          yield { kind: 'document', bytes: document as unknown as Buffer };
        }
        counts[name] = count;
      }
    } catch (error) {
      throw isSnapshotGone(error) ? new SnapshotGone('', { cause: error }) : error;
    } finally {
      await session.endSession();
    }
    yield entry('end', { counts });
  }

  /** True when nothing is stored, or only what a restore that was cut off left behind. */
  async isEmpty(): Promise<boolean> {
    if (await this.#isHalfRestored()) return true;
    for (const name of await this.#names()) {
      if ((await this.#database.db.collection(name).findOne({})) !== null) return false;
    }
    return true;
  }

  async #isHalfRestored(): Promise<boolean> {
    return (await this.#database.db.collection(RESTORE_MARK).findOne({})) !== null;
  }

  /** Fills the empty database. Until it returns the database is marked as half restored. */
  async fill(
    entries: AsyncIterable<BackupEntry>,
    onCollection: (name: string, count: number) => void,
  ): Promise<void> {
    const { db } = this.#database;
    await db
      .collection(RESTORE_MARK)
      .updateOne({}, { $set: { since: new Date() } }, { upsert: true });
    for (const name of await this.#names())
      if (name !== RESTORE_MARK) await db.dropCollection(name);
    let filler: CollectionFiller | undefined;
    for await (const { kind, bytes } of entries) {
      if (kind === 'document') {
        await filler?.add(bytes);
        continue;
      }
      if (filler) onCollection(filler.name, await filler.complete());
      filler =
        kind === 'collection'
          ? new CollectionFiller(this.#database, BSON.deserialize(bytes) as CollectionHeader)
          : undefined;
    }
  }

  async empty(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#database.db.collection(name).deleteMany({});
  }

  /** The last step: from here on the database may be served. */
  async release(): Promise<void> {
    await this.#database.db.dropCollection(RESTORE_MARK);
  }

  async #names(): Promise<string[]> {
    const collections = await this.#database.db
      .listCollections({ type: 'collection' }, { nameOnly: true })
      .toArray();
    return collections
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('system.'))
      .sort();
  }
}

/** One collection on its way in: documents first, indexes after them. */
class CollectionFiller {
  readonly name: string;
  readonly #database: Database;
  readonly #header: CollectionHeader;
  #waiting: mongo.Document[] = [];
  #waitingBytes = 0;
  #count = 0;

  constructor(database: Database, header: CollectionHeader) {
    this.name = header.name;
    this.#database = database;
    this.#header = header;
  }

  async add(bytes: Buffer): Promise<void> {
    this.#waiting.push(BSON.deserialize(bytes, FAITHFUL));
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length >= WRITE_BATCH || this.#waitingBytes >= WRITE_BYTES) {
      await this.#write();
    }
  }

  async complete(): Promise<number> {
    const { db } = this.#database;
    if (this.#waiting.length > 0) await this.#write();
    if (this.#count === 0) await db.createCollection(this.name);
    const indexes = this.#header.indexes.filter(({ name }) => name !== '_id_');
    if (indexes.length > 0) {
      await db.collection(this.name).createIndexes(indexes.map(({ v: _v, ...index }) => index));
    }
    return this.#count;
  }

  async #write(): Promise<void> {
    await this.#database.db.collection(this.name).insertMany(this.#waiting);
    this.#count += this.#waiting.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

export function headerOf(bytes: Buffer): BackupHeader {
  return BSON.deserialize(bytes) as BackupHeader;
}

export function countsOf(bytes: Buffer): Record<string, number> {
  return (BSON.deserialize(bytes) as { counts: Record<string, number> }).counts;
}

function entry(kind: BackupEntry['kind'], content: object): BackupEntry {
  return { kind, bytes: Buffer.from(BSON.serialize(content)) };
}
