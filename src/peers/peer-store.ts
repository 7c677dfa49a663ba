// Registered peers. Each change takes the next number of one counter, so that every process can ask
// for what is newer than what it has.
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import { duplicateFields } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { VersionCounter } from '../platform/version-counter-store.ts';
import type { Peer, PeerRegistration, PeerSecrets } from './peer.ts';
import type { PeerDecision, PeerRecord } from './peer-record.ts';

interface PeerDocument {
  _id: string;
  /** As JSON: its maps have foreign names, which are no names of fields. */
  registration: string;
  secrets: Buffer | null;
  droppedKeys: readonly string[];
  state: Peer['state'];
  resumesTo: Exclude<Peer['state'], 'suspended'> | null;
  revision: number;
  authors: readonly string[];
  tested: PeerDecision | null;
  approved: PeerDecision | null;
  /** Missing in a document of before. */
  activated?: PeerDecision | null;
  suspended: (PeerDecision & { reason: string }) | null;
  /** While it is registered: one peer of an issuer. */
  liveIssuer?: string;
  /** While it is registered and has some: a client stands for one peer. */
  liveClients?: readonly string[];
  version: number;
  removedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
  schemaVersion: 1;
}

/** What is written; revision and version are counted here. */
export type PeerChange = Omit<PeerRecord, 'version' | 'createdAt' | 'updatedAt'>;

/** `overtaken`: somebody else has changed it meanwhile. */
export type SaveOutcome = 'saved' | 'overtaken' | 'issuer_taken' | 'client_taken';

/** What a change of the primary cannot take back. */
const FINAL = { readConcern: 'majority' } as const;
/** What nobody has overtaken when the answer comes. */
const LATEST = { readConcern: 'linearizable' } as const;

export class PeerStore {
  readonly #database: Database;
  readonly #keyring: Keyring;
  readonly #versions: VersionCounter;

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#database = deps.database;
    this.#keyring = deps.keyring;
    this.#versions = new VersionCounter(deps.database, 'peers');
  }

  /** Removed ones too. */
  async find(id: string, session?: ClientSession): Promise<PeerRecord | undefined> {
    const document = await this.#peers.findOne({ _id: id }, session ? { session } : FINAL);
    return document ? this.#open(document) : undefined;
  }

  /** As it is at this moment. @throws when the primary cannot be sure to be one. */
  async findLatest(id: string): Promise<PeerRecord | undefined> {
    const document = await this.#peers.findOne({ _id: id }, LATEST);
    return document ? this.#open(document) : undefined;
  }

  /** Sorted by id. */
  async list(): Promise<PeerRecord[]> {
    const documents = await this.#peers.find({ removedAt: null }, FINAL).sort({ _id: 1 }).toArray();
    return documents.map((document) => this.#open(document));
  }

  /** What was changed or removed after that version, oldest first; version 0: everything. */
  async changedSince(version: number): Promise<PeerRecord[]> {
    const newer = { version: { $gt: version } };
    if (!(await isAny(this.#database, 'peers', newer))) return [];
    const documents = await this.#peers.find(newer, FINAL).sort({ version: 1 }).toArray();
    return documents.map((document) => this.#open(document));
  }

  /** Calls back soon after any process has changed a peer; `onEnd` when it stops doing so. */
  watch(onChange: () => void, onEnd: () => void): { close(): Promise<void> } {
    return this.#versions.watch(onChange, onEnd);
  }

  /**
   * Writes a peer as it stood at `basedOn` (undefined: not there yet), as its next revision; `also` runs
   * in the same transaction.
   */
  async save(
    change: PeerChange & { at: Date },
    basedOn: PeerRecord | undefined,
    also: (session: ClientSession) => Promise<void>,
  ): Promise<SaveOutcome> {
    try {
      return await this.#database.transaction(async (session) => {
        const version = await this.#versions.next(session);
        const document = this.#document(change, basedOn, version);
        if (!(await this.#write(document, basedOn, session))) return 'overtaken';
        await also(session);
        return 'saved';
      });
    } catch (error) {
      const fields = duplicateFields(error);
      if (fields.length === 0) throw error;
      if (fields.includes('liveIssuer')) return 'issuer_taken';
      return fields.includes('liveClients') ? 'client_taken' : 'overtaken';
    }
  }

  async #write(
    document: PeerDocument,
    basedOn: PeerRecord | undefined,
    session: ClientSession,
  ): Promise<boolean> {
    if (!basedOn) {
      await this.#peers.insertOne(document, { session });
      return true;
    }
    const { _id, ...content } = document;
    const filter = { _id, revision: basedOn.peer.revision };
    const { matchedCount } = await this.#peers.replaceOne(filter, content, { session });
    return matchedCount === 1;
  }

  #document(
    change: PeerChange & { at: Date },
    basedOn: PeerRecord | undefined,
    version: number,
  ): PeerDocument {
    const { peer, secrets, isRemoved, at } = change;
    const { state, droppedKeys, revision: _, ...registration } = peer;
    const { id, issuer, clients } = registration;
    const isEmpty = secrets.clientSecret === undefined && secrets.clientKey === undefined;
    const sealed = () => this.#keyring.encrypt(JSON.stringify(secrets), secretsContext(id));
    return {
      _id: id,
      registration: JSON.stringify(registration),
      secrets: isEmpty ? null : sealed(),
      droppedKeys,
      state,
      resumesTo: change.resumesTo ?? null,
      revision: (basedOn?.peer.revision ?? 0) + 1,
      authors: change.authors,
      tested: change.tested ?? null,
      approved: change.approved ?? null,
      activated: change.activated ?? null,
      suspended: change.suspended ?? null,
      ...(isRemoved ? {} : { liveIssuer: issuer }),
      ...(isRemoved || clients.length === 0 ? {} : { liveClients: clients }),
      version,
      removedAt: isRemoved ? at : null,
      createdAt: basedOn?.createdAt ?? at,
      updatedAt: at,
      schemaVersion: 1,
    };
  }

  #open(document: PeerDocument): PeerRecord {
    const { _id, state, revision, droppedKeys, secrets, removedAt } = document;
    const registration = JSON.parse(document.registration) as PeerRegistration;
    const { authors, version, createdAt, updatedAt } = document;
    return {
      peer: { ...registration, droppedKeys, state, revision },
      secrets: secrets ? this.#openSecrets(secrets, _id) : {},
      resumesTo: document.resumesTo ?? undefined,
      tested: document.tested ?? undefined,
      approved: document.approved ?? undefined,
      activated: document.activated ?? undefined,
      suspended: document.suspended ?? undefined,
      isRemoved: removedAt !== null,
      authors,
      version,
      createdAt,
      updatedAt,
    };
  }

  #openSecrets(sealed: Buffer, id: string): PeerSecrets {
    return JSON.parse(this.#keyring.decrypt(sealed, secretsContext(id)).toString()) as PeerSecrets;
  }

  get #peers() {
    return this.#database.collection<PeerDocument>('peers');
  }
}

function secretsContext(id: string): string {
  return `peers.secrets:${id}`;
}

export const sealedPeerSecrets: SealedPlace = {
  collection: 'peers',
  fields: ['secrets'],
  valuesOf: (document) => {
    const { _id, secrets } = document as PeerDocument;
    return secrets ? [{ path: 'secrets', sealed: secrets, context: secretsContext(_id) }] : [];
  },
};
