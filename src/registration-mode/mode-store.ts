// The construction mode in the database: one document, and how far the accounts have followed its latest
// change.
import { lookFor } from '../platform/grouped-looks-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import { VersionCounter } from '../platform/version-counter-store.ts';
import type { InitialMode } from '../platform/registration-mode-config.ts';
import type { ConstructionMode } from './registration-mode.ts';

/** Accounts that the province's link has made become shadows, in the order of their links. */
export interface Conversion {
  /** The link done last. */
  cursor: string | null;
  converted: number;
  /** How many keep their number, because something rests upon it; absent in records of the release before. */
  kept?: number;
  isDone: boolean;
}

export interface ModeRecord extends ConstructionMode {
  /** Of the change. */
  planId: string;
  conversion: Conversion;
  version: number;
}

interface ModeDocument {
  _id: typeof ID;
  mode: ConstructionMode['mode'];
  provinceId: string | null;
  since: Date;
  by: readonly string[];
  planId: string;
  conversion: Conversion;
  revision: number;
  version: number;
  schemaVersion: 1;
}

export const REGISTRATION_MODE = 'registrationMode';
const ID = 'mode';
/** What a change of the primary cannot take back. */
const FINAL = { readConcern: 'majority' } as const;

export class ModeStore {
  readonly #deps: { database: Database; initialMode: InitialMode };
  readonly #versions: VersionCounter;

  constructor(deps: { database: Database; initialMode: InitialMode }) {
    this.#deps = deps;
    this.#versions = new VersionCounter(deps.database, REGISTRATION_MODE);
  }

  /** As the installation was set up, where nobody has changed it. */
  get initial(): ConstructionMode {
    return { ...this.#deps.initialMode, by: [], revision: 0 };
  }

  async current(session?: ClientSession): Promise<ConstructionMode> {
    return (await this.find(session)) ?? this.initial;
  }

  /** Undefined where nobody has changed it yet. */
  async find(session?: ClientSession): Promise<ModeRecord | undefined> {
    const document = await this.#modes.findOne({ _id: ID }, session ? { session } : FINAL);
    return document ? recordOf(document) : undefined;
  }

  /** For VersionFollower. */
  async changedSince(version: number): Promise<ModeRecord[]> {
    const document = await lookFor<ModeDocument>(this.#deps.database, {
      collection: REGISTRATION_MODE,
      filter: { _id: ID, version: { $gt: version } },
      found: '$$ROOT',
    });
    return document ? [recordOf(document)] : [];
  }

  /** For VersionFollower. */
  watch(onChange: () => void, onEnd: () => void): { close(): Promise<void> } {
    return this.#versions.watch(onChange, onEnd);
  }

  /** False when somebody has changed it since that revision. Part of the caller's transaction. */
  async change(
    to: Omit<ModeRecord, 'revision' | 'version'>,
    seen: number,
    session: ClientSession,
  ): Promise<boolean> {
    const version = await this.#versions.next(session);
    const { provinceId = null, since = new Date(0), ...rest } = to;
    const written = { ...rest, provinceId, since, revision: seen + 1, version };
    const document: Omit<ModeDocument, '_id'> = { ...written, schemaVersion: 1 };
    const before = await this.#modes.findOne({ _id: ID }, { session });
    if ((before?.revision ?? 0) !== seen) return false;
    // The counter has ordered this after every other change: nobody is in between.
    await this.#modes.replaceOne({ _id: ID }, document, { session, upsert: true });
    return true;
  }

  /** How far the accounts have followed; false when the mode is another by now. */
  async noteConversion(revision: number, conversion: Conversion): Promise<boolean> {
    const filter = { _id: ID, revision } as const;
    return (await this.#modes.updateOne(filter, { $set: { conversion } })).matchedCount === 1;
  }

  get #modes() {
    return this.#deps.database.collection<ModeDocument>(REGISTRATION_MODE);
  }
}

function recordOf(document: ModeDocument): ModeRecord {
  const { _id, schemaVersion: _version, provinceId, ...record } = document;
  return { ...record, ...(provinceId === null ? {} : { provinceId }) };
}
