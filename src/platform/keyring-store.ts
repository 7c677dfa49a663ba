// The data keys of an installation, each wrapped by the master key, and the one document that says
// what each key is for: which writes, which still read. Every change of that document is a
// compare-and-set on its revision, which running processes follow (keyring-watcher.ts).
import { randomBytes } from 'node:crypto';
import { deriveKey, Keyring, keyPurposes, seal, unseal } from './crypto.ts';
import type { DataKey, KeyPurpose, KeyTable } from './crypto.ts';
import { AppError } from './errors.ts';
import { lookFor } from './grouped-looks-store.ts';
import type {
  KeyringState,
  PurposeState,
  PurposeStates,
  RotationPosition,
  RotationState,
} from './keyring-state.ts';
import { isDuplicateKey } from './mongo.ts';
import type { ClientSession, Database } from './mongo.ts';

interface DataKeyDocument {
  _id: string;
  purpose: KeyPurpose;
  number: number;
  wrapped: Buffer;
  createdAt: Date;
  schemaVersion: 1;
}

interface StateDocument {
  _id: 'keyring';
  revision: number;
  purposes: Partial<PurposeStates>;
  schemaVersion: 1;
}

// Cookies are signed with the newest key and verified with any: two from the first day.
const SECOND_COOKIE_KEY = { purpose: 'cookie', number: 2 } as const;
const FIRST_KEYS = [...keyPurposes.map((purpose) => ({ purpose, number: 1 })), SECOND_COOKIE_KEY];
const MAX_READS = 5;
/** Never what a change of the primary could take back. */
const FINAL = { readConcern: { level: 'majority' } } as const;

/**
 * Opens the keyring with the master key (32 bytes), or with the first of several that fits.
 * @throws AppError `configuration_invalid` when no master key is the one of this database.
 */
export async function openKeyring(
  database: Database,
  masterKey: Buffer | readonly Buffer[],
  now: Date,
): Promise<Keyring> {
  const masterKeys = Buffer.isBuffer(masterKey) ? [masterKey] : masterKey;
  const store = new KeyringStore({ database, masterKeys });
  await store.complete(now);
  const { table, revision } = await store.load();
  return new Keyring(table, revision, store);
}

export class KeyringStore {
  readonly #database: Database;
  /** The first one wraps, each one opens. */
  readonly #wrappingKeys: readonly DataKey[];

  constructor(deps: { database: Database; masterKeys: readonly Buffer[] }) {
    this.#database = deps.database;
    this.#wrappingKeys = deps.masterKeys.map((masterKey) => ({
      number: 1,
      bytes: deriveKey(masterKey, 'data-key-wrapping'),
    }));
  }

  /** Makes what an empty database lacks; of two processes that start at once, both find the same. */
  async complete(now: Date): Promise<void> {
    const described = (await this.#states.findOne({ _id: 'keyring' }))?.purposes ?? {};
    if (keyPurposes.every((purpose) => described[purpose])) return;
    const present = new Set(await this.#keys.distinct('purpose'));
    for (const { purpose, number } of FIRST_KEYS) {
      if (!present.has(purpose)) await this.addKey(purpose, number, now);
    }
    const keys = await this.#keys.find().sort({ number: -1 }).toArray();
    await this.#ignoringDuplicates(() =>
      this.#states.updateOne(
        { _id: 'keyring' },
        { $setOnInsert: { revision: 0, purposes: {}, schemaVersion: 1 } },
        { upsert: true },
      ),
    );
    for (const purpose of keyPurposes) {
      const numbers = keys.filter((key) => key.purpose === purpose).map(({ number }) => number);
      const [newest = 1] = numbers;
      const state: PurposeState = {
        writing: purpose === 'blindIndex' ? numbers : [newest],
        reading: numbers,
        writingSince: now,
        generation: 0,
        last: newest,
      };
      await this.#states.updateOne(
        { _id: 'keyring', [`purposes.${purpose}`]: { $exists: false } },
        { $set: { [`purposes.${purpose}`]: state }, $inc: { revision: 1 } },
      );
    }
  }

  /** A cheap question, for those who ask it all the time. */
  async revision(): Promise<number> {
    const state = await lookFor<{ revision: number }>(this.#database, {
      collection: 'keyringState',
      filter: { _id: 'keyring' },
      found: { revision: '$revision' },
    });
    return state?.revision ?? 0;
  }

  async state(): Promise<KeyringState> {
    const state = await this.#states.findOne({ _id: 'keyring' }, FINAL);
    if (!state) throw new Error('the database has no list of data keys');
    return { revision: state.revision, purposes: state.purposes as PurposeStates };
  }

  /** Only keys that are not `held` already are unwrapped. */
  async load(held?: KeyTable): Promise<{ table: KeyTable; revision: number }> {
    for (let read = 1; ; read += 1) {
      const { revision, purposes } = await this.state();
      const documents = await this.#keys.find().toArray();
      const open = (purpose: KeyPurpose, number: number): DataKey => {
        const known = held?.[purpose];
        const own =
          known && [...known.writing, ...known.reading].find((key) => key.number === number);
        if (own) return own;
        const document = documents.find(({ _id }) => _id === keyId(purpose, number));
        if (!document) throw new KeyGone();
        return { number, bytes: this.#unwrap(document) };
      };
      try {
        const entries = keyPurposes.map((purpose) => {
          const { writing, reading, generation } = purposes[purpose];
          const keys = new Map([...writing, ...reading].map((n) => [n, open(purpose, n)] as const));
          const listed = (numbers: readonly number[]) =>
            numbers.flatMap((number) => keys.get(number) ?? []);
          return [purpose, { writing: listed(writing), reading: listed(reading), generation }];
        });
        return { table: Object.fromEntries(entries) as KeyTable, revision };
      } catch (error) {
        // Between the two reads a key was retired: read again.
        if (!(error instanceof KeyGone) || read >= MAX_READS) throw error;
      }
    }
  }

  /** A key that nobody uses until a state names it. The one that is there already stands. */
  async addKey(purpose: KeyPurpose, number: number, now: Date): Promise<void> {
    const _id = keyId(purpose, number);
    const wrapped = seal(this.#wrapping, randomBytes(32), _id);
    await this.#ignoringDuplicates(() =>
      this.#keys.insertOne({ _id, purpose, number, wrapped, createdAt: now, schemaVersion: 1 }),
    );
  }

  /**
   * Changes one purpose, if nothing has changed since `from` was read; `also` stands or falls with
   * it. Returns the new state, or undefined when somebody else was faster.
   */
  async advance(
    from: KeyringState,
    to: { purpose: KeyPurpose; state: PurposeState },
    also: (session: ClientSession) => Promise<void>,
  ): Promise<KeyringState | undefined> {
    const revision = from.revision + 1;
    const hasChanged = await this.#database.transaction(async (session) => {
      const { matchedCount } = await this.#states.updateOne(
        { _id: 'keyring', revision: from.revision },
        { $set: { revision, [`purposes.${to.purpose}`]: to.state } },
        { session },
      );
      if (matchedCount === 1) await also(session);
      return matchedCount === 1;
    });
    return hasChanged
      ? { revision, purposes: { ...from.purposes, [to.purpose]: to.state } }
      : undefined;
  }

  /** Where the encryption rotation goes on when its command was killed. */
  async notePosition(collection: string, position: RotationPosition): Promise<void> {
    await this.#states.updateOne(
      { _id: 'keyring', 'purposes.encryption.rotation': { $exists: true } },
      { $set: { [`purposes.encryption.rotation.positions.${collection}`]: position } },
    );
  }

  async noteProblems(
    purpose: KeyPurpose,
    problems: NonNullable<RotationState['problems']>,
  ): Promise<void> {
    const rotation = `purposes.${purpose}.rotation`;
    await this.#states.updateOne(
      { _id: 'keyring', [rotation]: { $exists: true } },
      { $set: { [`${rotation}.problems`]: problems } },
    );
  }

  /** Destroys every key of a purpose that the state does not name. */
  async destroyUnused(purpose: KeyPurpose): Promise<number> {
    const { writing, reading, last } = (await this.state()).purposes[purpose];
    const { deletedCount } = await this.#keys.deleteMany({
      purpose,
      number: { $nin: [...writing, ...reading], $lte: last },
    });
    return deletedCount;
  }

  /** Wraps every key anew that the first master key does not open. Returns how many. */
  async rewrap(session: ClientSession): Promise<number> {
    let count = 0;
    for (const document of await this.#keys.find({}, { session }).toArray()) {
      const { _id, wrapped } = document;
      if (opens(this.#wrapping, document)) continue;
      await this.#keys.updateOne(
        { _id, wrapped },
        { $set: { wrapped: seal(this.#wrapping, this.#unwrap(document), _id) } },
        { session },
      );
      count += 1;
    }
    return count;
  }

  /** When each key was made, by `purpose:number`. */
  async ages(): Promise<Map<string, Date>> {
    const documents = await this.#keys.find({}, { projection: { createdAt: 1 } }).toArray();
    return new Map(documents.map(({ _id, createdAt }) => [_id, createdAt]));
  }

  #unwrap(document: DataKeyDocument): Buffer {
    const bytes = this.#wrappingKeys
      .map((key) => opens(key, document))
      .find((opened) => opened !== undefined);
    if (bytes) return bytes;
    throw new AppError('configuration_invalid', {
      details: { problem: 'the master key does not open the data keys of this database' },
    });
  }

  async #ignoringDuplicates(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  get #wrapping(): DataKey {
    const [first] = this.#wrappingKeys;
    if (!first) throw new Error('no master key was given');
    return first;
  }

  get #keys() {
    return this.#database.collection<DataKeyDocument>('dataKeys');
  }

  get #states() {
    return this.#database.collection<StateDocument>('keyringState');
  }
}

class KeyGone extends Error {}

export function keyId(purpose: KeyPurpose, number: number): string {
  return `${purpose}:${number}`;
}

function opens(wrappingKey: DataKey, { _id, wrapped }: DataKeyDocument): Buffer | undefined {
  try {
    return unseal(wrappingKey, wrapped, _id);
  } catch {
    return undefined;
  }
}
