// Registered clients. Each change takes the next number of one counter, so that every process can
// ask for what is newer than what it has.
import { batchesOf } from '../platform/batches.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { VersionCounter } from '../platform/version-counter-store.ts';
import type { ClientRegistration } from './client-registration.ts';

/** Of a client that nobody registered: it is here by the word of its superiors, for as long as that holds. */
export interface ClientTrust {
  /** Everybody in the chain, the client first and the anchor last. */
  entities: readonly string[];
  expiresAt: Date;
}

export interface StoredClient {
  id: string;
  registration: ClientRegistration;
  secret: string | undefined;
  sectorHost: string;
  trust?: ClientTrust | undefined;
  /** Of the change that made it what it is. */
  version: number;
  isRemoved: boolean;
  createdAt: Date;
  updatedAt: Date;
}

interface ClientDocument {
  _id: string;
  registration: ClientRegistration;
  secret: Buffer | null;
  sectorHost: string;
  trust?: ClientTrust;
  version: number;
  removedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
  schemaVersion: 1;
}

export type ClientChange = Pick<
  StoredClient,
  'id' | 'registration' | 'secret' | 'sectorHost' | 'trust' | 'isRemoved'
> & { at: Date };

export class ClientStore {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly #versions: VersionCounter;

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#database = deps.database;
    this.#keyring = deps.keyring;
    this.#versions = new VersionCounter(deps.database, 'clients');
  }

  /** Removed ones too. */
  async get(id: string): Promise<StoredClient | undefined> {
    const document = await this.#clients.findOne({ _id: id });
    return document ? this.#open(document) : undefined;
  }

  /** Sorted by id. */
  async list(): Promise<StoredClient[]> {
    const documents = await this.#clients.find({ removedAt: null }).sort({ _id: 1 }).toArray();
    return documents.map((document) => this.#open(document));
  }

  /** Those that a chain of trust has brought: all, or those with this entity in their chain. */
  async byTrust(entity?: string): Promise<StoredClient[]> {
    const inChain = entity === undefined ? { $exists: true } : entity;
    const query = this.#clients.find({ removedAt: null, 'trust.entities': inChain });
    return (await query.toArray()).map((document) => this.#open(document));
  }

  /** Those that are told of mandates. */
  async withMandateEvents(): Promise<StoredClient[]> {
    const isTold = { 'registration.mandate_events_uri': { $exists: true } };
    const documents = await this.#clients.find({ removedAt: null, ...isTold }).toArray();
    return documents.map((document) => this.#open(document));
  }

  /** Those of them that are registered, without their secrets. */
  async registrationsOf(ids: readonly string[]): Promise<Map<string, ClientRegistration>> {
    const found = new Map<string, ClientRegistration>();
    for (const some of batchesOf(ids)) {
      const filter = { _id: { $in: [...some] }, removedAt: null };
      const query = this.#clients.find(filter, { projection: { registration: 1 } });
      for (const { _id, registration } of await query.toArray()) found.set(_id, registration);
    }
    return found;
  }

  /** What was changed or removed after that version, oldest first; version 0: everything. */
  async changedSince(version: number): Promise<StoredClient[]> {
    const newer = { version: { $gt: version } };
    if (!(await isAny(this.#database, 'clients', newer))) return [];
    const query = this.#clients.find(newer).sort({ version: 1 });
    return (await query.toArray()).map((document) => this.#open(document));
  }

  /**
   * Writes a client as it stood at `basedOn` (undefined: not there yet); `also` runs in the same
   * transaction. False when somebody else has changed it meanwhile.
   */
  async save(
    change: ClientChange,
    basedOn: StoredClient | undefined,
    also: (session: ClientSession) => Promise<void>,
  ): Promise<boolean> {
    try {
      return await this.#database.transaction(async (session) => {
        const document = this.#document(change, basedOn, await this.#versions.next(session));
        if (!(await this.#write(document, basedOn, session))) return false;
        await also(session);
        return true;
      });
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** Calls back soon after any process has changed a client; `onEnd` when it stops doing so. */
  watch(onChange: () => void, onEnd: () => void): { close(): Promise<void> } {
    return this.#versions.watch(onChange, onEnd);
  }

  async #write(
    document: ClientDocument,
    basedOn: StoredClient | undefined,
    session: ClientSession,
  ): Promise<boolean> {
    if (!basedOn) {
      await this.#clients.insertOne(document, { session });
      return true;
    }
    const { _id, ...content } = document;
    const filter = { _id, version: basedOn.version };
    const { matchedCount } = await this.#clients.replaceOne(filter, content, { session });
    return matchedCount === 1;
  }

  #document(
    change: ClientChange,
    basedOn: StoredClient | undefined,
    version: number,
  ): ClientDocument {
    const { id, secret, isRemoved, at, registration, sectorHost, trust } = change;
    return {
      _id: id,
      registration,
      secret: secret === undefined ? null : this.#keyring.encrypt(secret, secretContext(id)),
      sectorHost,
      ...(trust === undefined ? {} : { trust }),
      version,
      removedAt: isRemoved ? at : null,
      createdAt: basedOn?.createdAt ?? at,
      updatedAt: at,
      schemaVersion: 1,
    };
  }

  #open(document: ClientDocument): StoredClient {
    const { _id, secret, removedAt, registration, sectorHost, trust, version } = document;
    return {
      id: _id,
      registration,
      secret: secret ? this.#keyring.decrypt(secret, secretContext(_id)).toString() : undefined,
      sectorHost,
      trust,
      version,
      isRemoved: removedAt !== null,
      createdAt: document.createdAt,
      updatedAt: document.updatedAt,
    };
  }

  get #clients() {
    return this.#database.collection<ClientDocument>('clients');
  }
}

function secretContext(id: string): string {
  return `clients.secret:${id}`;
}

export const sealedClientSecrets: SealedPlace = {
  collection: 'clients',
  fields: ['secret'],
  valuesOf: (document) => {
    const { _id, secret } = document as ClientDocument;
    return secret ? [{ path: 'secret', sealed: secret, context: secretContext(_id) }] : [];
  },
};
