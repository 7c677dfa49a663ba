// Uploads and their rows. An upload is taken by one process at a time, for as long as it says that it
// lives; what came of a row is written once, so that nothing is done twice when another goes on.
import { secondsFromNow } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isAny } from '../platform/grouped-looks-store.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { importRowSchema, rowOutcomeSchema, rowStates } from './mandate-import.ts';
import type {
  ImportRow,
  MandateImport,
  RowOutcome,
  RowState,
  StoredRow,
} from './mandate-import.ts';

export const MANDATE_IMPORTS = 'mandateImports';
export const MANDATE_IMPORT_ROWS = 'mandateImportRows';

/** How long a report can be read. */
export const KEPT_DAYS = 30;
const KEPT_SECONDS = KEPT_DAYS * 86_400;
const LEASE_SECONDS = 20;
const LABEL = 'mandate-imports.content';

interface ImportDocument extends Omit<MandateImport, 'id'> {
  _id: string;
  /** Chosen by the system, once for each upload. */
  key: string;
  /** Keyed hash of what was uploaded. */
  contentMac: string;
  leaseUntil: Date;
  expiresAt: Date;
  schemaVersion: 1;
}

interface RowDocument {
  _id: string;
  importId: string;
  entityId: string;
  number: number;
  state: RowState;
  sealed: Buffer;
  outcome?: Buffer;
  begun?: readonly string[];
  expiresAt: Date;
  schemaVersion: 1;
}

interface ImportStoreDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export type NewImport = Omit<MandateImport, 'id' | 'at' | 'finishedAt' | 'total'> & {
  key: string;
  rows: readonly ImportRow[];
};

export class MandateImportStore {
  readonly #deps: ImportStoreDependencies;

  constructor(deps: ImportStoreDependencies) {
    this.#deps = deps;
  }

  /** One that was sent before, by its key; `isSame`: with the same content. */
  async sentBefore({
    entityId,
    clientId,
    key,
    ...content
  }: NewImport): Promise<{ job: MandateImport; isSame: boolean } | undefined> {
    const document = await this.#imports.findOne({ entityId, clientId, key });
    if (!document) return undefined;
    return { job: importOf(document), isSame: this.#isOf(document, content) };
  }

  /** Part of the caller's transaction. @throws a duplicate key when the same is being sent twice. */
  async put(given: NewImport, session: ClientSession): Promise<MandateImport> {
    const { keyring, clock, random } = this.#deps;
    const { rows, ...facts } = given;
    const _id = random.id();
    const expiresAt = secondsFromNow(clock, KEPT_SECONDS);
    const common = { expiresAt, schemaVersion: 1 } as const;
    const document: ImportDocument = {
      _id,
      ...facts,
      total: rows.length,
      at: clock.now(),
      contentMac: keyring.mac('artefactId', LABEL, contentOf(given)).toString('base64url'),
      leaseUntil: clock.now(),
      ...common,
    };
    const documents = rows.map((row, number): RowDocument => {
      const id = rowId(_id, number);
      const sealed = keyring.encryptJson(row, rowContext(id));
      const { entityId } = given;
      return { _id: id, importId: _id, entityId, number, state: 'pending', sealed, ...common };
    });
    await this.#imports.insertOne(document, { session });
    await this.#rows.insertMany(documents, { session });
    return importOf(document);
  }

  /** When the uploads of an organisation since then were taken, the first one first. */
  async sentSince(entityId: string, since: Date, session: ClientSession): Promise<Date[]> {
    const found = this.#imports.find({ entityId, at: { $gt: since } }, { session });
    return (await found.sort({ at: 1 }).toArray()).map(({ at }) => at);
  }

  async find(id: string): Promise<MandateImport | undefined> {
    const document = await this.#imports.findOne({ _id: id });
    return document ? importOf(document) : undefined;
  }

  /** How many rows are in each state. */
  async counts(importId: string): Promise<Record<RowState, number>> {
    const found = await this.#rows
      .aggregate<{ _id: RowState; count: number }>([
        { $match: { importId } },
        { $group: { _id: '$state', count: { $sum: 1 } } },
      ])
      .toArray();
    const of = (state: RowState) => found.find(({ _id }) => _id === state)?.count ?? 0;
    return Object.fromEntries(rowStates.map((state) => [state, of(state)])) as Record<
      RowState,
      number
    >;
  }

  /** In their order; `only`: those in this state. */
  async rows(
    importId: string,
    { from, limit, only }: { from: number; limit: number; only?: RowState | undefined },
  ): Promise<StoredRow[]> {
    const which = { importId, number: { $gte: from }, ...(only ? { state: only } : {}) };
    const found = this.#rows.find(which).sort({ number: 1 }).limit(limit);
    return (await found.toArray()).map((document) => this.#rowOf(document));
  }

  /** One that nobody works on, for a while; undefined when there is none. */
  async lease(): Promise<MandateImport | undefined> {
    const { clock } = this.#deps;
    const isFree = { finishedAt: { $exists: false }, leaseUntil: { $lte: clock.now() } };
    if (!(await isAny(this.#deps.database, MANDATE_IMPORTS, isFree))) return undefined;
    const document = await this.#imports.findOneAndUpdate(
      isFree,
      { $set: { leaseUntil: secondsFromNow(clock, LEASE_SECONDS) } },
      { sort: { leaseUntil: 1 } },
    );
    return document ? importOf(document) : undefined;
  }

  async renew(id: string): Promise<void> {
    const leaseUntil = secondsFromNow(this.#deps.clock, LEASE_SECONDS);
    await this.#imports.updateOne({ _id: id }, { $set: { leaseUntil } });
  }

  /** For whoever stops in the middle: another may go on at once. */
  async release(id: string): Promise<void> {
    const { clock } = this.#deps;
    await this.#imports.updateOne({ _id: id }, { $set: { leaseUntil: clock.now() } });
  }

  /** True for the one call that finished it. */
  async finish(id: string, session: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.#imports.updateOne(
      { _id: id, finishedAt: { $exists: false } },
      { $set: { finishedAt: this.#deps.clock.now() } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** Notes what is going to be ended or changed, so that who goes on knows. */
  async begin(importId: string, number: number, mandateIds: readonly string[]): Promise<void> {
    const which = { _id: rowId(importId, number), state: 'pending' } as const;
    await this.#rows.updateOne(which, { $set: { begun: mandateIds } });
  }

  /** True for the one call that wrote what came of it. */
  async settle(
    importId: string,
    { number, outcome }: { number: number; outcome: RowOutcome },
    session?: ClientSession,
  ): Promise<boolean> {
    const _id = rowId(importId, number);
    const sealed = this.#deps.keyring.encryptJson(outcome, outcomeContext(_id));
    const { modifiedCount } = await this.#rows.updateOne(
      { _id, state: 'pending' },
      { $set: { state: outcome.outcome, outcome: sealed }, $unset: { begun: 1 } },
      session ? { session } : {},
    );
    return modifiedCount === 1;
  }

  /** Part of the removal of an account, be it of a person or of an organisation. */
  async erase(accountId: string, session: ClientSession): Promise<void> {
    const either = { $or: [{ entityId: accountId }, { personId: accountId }] };
    const found = await this.#imports.find(either, { session }).project({ _id: 1 }).toArray();
    const ids = found.map(({ _id }) => String(_id));
    await this.#rows.deleteMany({ importId: { $in: ids } }, { session });
    await this.#imports.deleteMany({ _id: { $in: ids } }, { session });
  }

  #isOf({ contentMac }: ImportDocument, content: Pick<NewImport, 'rows' | 'isDryRun'>): boolean {
    const macs = this.#deps.keyring.macs('artefactId', LABEL, contentOf(content));
    return macs.some((mac) => mac.toString('base64url') === contentMac);
  }

  #rowOf({ _id, number, sealed, outcome, begun }: RowDocument): StoredRow {
    const { keyring } = this.#deps;
    const row = importRowSchema.parse(keyring.decryptJson(sealed, rowContext(_id)));
    const read = outcome && keyring.decryptJson(outcome, outcomeContext(_id));
    return {
      number,
      row,
      ...(read === undefined ? {} : { outcome: rowOutcomeSchema.parse(read) }),
      ...(begun === undefined ? {} : { begun }),
    };
  }

  get #imports() {
    return this.#deps.database.collection<ImportDocument>(MANDATE_IMPORTS);
  }

  get #rows() {
    return this.#deps.database.collection<RowDocument>(MANDATE_IMPORT_ROWS);
  }
}

/** The same was sent at the same time, and was first. */
export function isSentTwice(error: unknown): boolean {
  return isDuplicateKey(error) && String(error).includes(MANDATE_IMPORTS);
}

function contentOf({ rows, isDryRun }: Pick<NewImport, 'rows' | 'isDryRun'>): string {
  return JSON.stringify([isDryRun, rows]);
}

function importOf(document: ImportDocument): MandateImport {
  const { _id: id, entityId, personId, clientId, address, isDryRun } = document;
  const { total, at, finishedAt } = document;
  const facts = { id, entityId, personId, clientId, address, isDryRun, total, at };
  return finishedAt ? { ...facts, finishedAt } : facts;
}

function rowId(importId: string, number: number): string {
  return `${importId}/${String(number).padStart(5, '0')}`;
}

const rowContext = (id: string) => `mandate-imports.row:${id}`;
const outcomeContext = (id: string) => `mandate-imports.outcome:${id}`;

export const sealedImportRows: SealedPlace = {
  collection: MANDATE_IMPORT_ROWS,
  fields: ['sealed', 'outcome'],
  valuesOf: (document) => {
    const { _id, sealed, outcome } = document as RowDocument;
    const row = { path: 'sealed', sealed, context: rowContext(_id) };
    if (!outcome) return [row];
    return [row, { path: 'outcome', sealed: outcome, context: outcomeContext(_id) }];
  },
};
