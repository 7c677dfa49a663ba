// What a person allowed a client to receive, remembered per account, client and item; and what
// government clients receive under notice. Items are `scope:<name>`, `claim:<name>` or
// `resource:<indicator> <scope>`.
import { batchesOf } from '../platform/batches.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { readById, readByKey } from '../platform/grouped-reads-store.ts';
import type { UniqueKey } from '../platform/grouped-reads-store.ts';
import { upsertById } from '../platform/grouped-writes-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';

const CONSENTS = 'consents';

export type ConsentBasis = 'consent' | 'notice';

export interface ConsentRecord {
  accountId: string;
  clientId: string;
  basis: ConsentBasis;
  items: string[];
  firstAt: Date;
  /** When something was released last. */
  lastAt: Date;
}

/** What a person decided on one page, or what a notice stands for. */
export interface ConsentDecision {
  accountId: string;
  clientId: string;
  basis: ConsentBasis;
  allowed: readonly string[];
  refused?: readonly string[];
}

interface ConsentDocument extends ConsentRecord {
  _id: string;
  /** Keyed hash of the client and the subject that it knows the account by; absent until asked for. */
  subjectKey?: string;
  schemaVersion: 1;
}

interface ConsentStoreDependencies {
  database: Database;
  keyring: Pick<Keyring, 'mac'>;
  clock: Clock;
}

/** What a client knows an account by. */
export type SubjectOf = (accountId: string) => string;

const BY_SUBJECT: UniqueKey<ConsentDocument> = {
  field: 'subjectKey',
  valuesOf: ({ subjectKey }) => (subjectKey === undefined ? [] : [subjectKey]),
};
/** Indexed in one go when a client asks; whoever signed in last comes first. */
const INDEXED_AT_ONCE = 500;

export class ConsentStore {
  readonly #deps: ConsentStoreDependencies;

  constructor(deps: ConsentStoreDependencies) {
    this.#deps = deps;
  }

  async find(accountId: string, clientId: string): Promise<ConsentRecord | null> {
    const _id = idOf(accountId, clientId);
    return readById<ConsentDocument>(this.#deps.database, CONSENTS, _id);
  }

  /**
   * Whose subject this is, as far as the client knows it from a sign-in. Subjects are indexed only for
   * clients that ask, when they first do.
   */
  async accountOfSubject(
    of: { clientId: string; subject: string },
    subjectOf: SubjectOf,
  ): Promise<string | undefined> {
    const { clientId, subject } = of;
    const known = await this.#accountBehind(clientId, subject);
    if (known !== undefined) return known;
    for (;;) {
      const indexed = await this.#indexSubjects(clientId, subjectOf);
      if (indexed.has(subject)) return indexed.get(subject);
      // Another request may have indexed it since we looked.
      if (indexed.size < INDEXED_AT_ONCE) return this.#accountBehind(clientId, subject);
    }
  }

  async #accountBehind(clientId: string, subject: string): Promise<string | undefined> {
    const wanted = { key: BY_SUBJECT, value: this.#subjectKey(clientId, subject) };
    return (await readByKey(this.#deps.database, CONSENTS, wanted))?.accountId;
  }

  /** Subject → account of those that had not been indexed. */
  async #indexSubjects(clientId: string, subjectOf: SubjectOf): Promise<Map<string, string>> {
    const records = await this.#consents
      .find({ clientId, subjectKey: { $exists: false } }, { projection: { accountId: 1 } })
      .sort({ lastAt: -1 })
      .limit(INDEXED_AT_ONCE)
      .toArray();
    const found = records.map(({ _id, accountId }) => ({
      _id,
      accountId,
      subject: subjectOf(accountId),
    }));
    if (found.length > 0) {
      const operations = found.map(({ _id, subject }) => {
        const subjectKey = this.#subjectKey(clientId, subject);
        return { updateOne: { filter: { _id }, update: { $set: { subjectKey } } } };
      });
      await this.#consents.bulkWrite(operations, { ordered: false });
    }
    return new Map(found.map(({ subject, accountId }) => [subject, accountId]));
  }

  #subjectKey(clientId: string, subject: string): string {
    const { keyring } = this.#deps;
    return keyring
      .mac('artefactId', 'consent-subject', `${clientId}\0${subject}`)
      .toString('base64url');
  }

  /** Of these accounts at these clients, those that release this item there. */
  async releasing(
    item: string,
    places: readonly Pick<ConsentRecord, 'accountId' | 'clientId'>[],
  ): Promise<(accountId: string, clientId: string) => boolean> {
    const ids = places.map(({ accountId, clientId }) => idOf(accountId, clientId));
    const found = new Set<string>();
    for (const some of batchesOf([...new Set(ids)])) {
      const filter = { _id: { $in: [...some] }, items: item };
      const records = this.#consents.find(filter, { projection: { _id: 1 } });
      for (const { _id } of await records.toArray()) found.add(_id);
    }
    return (accountId, clientId) => found.has(idOf(accountId, clientId));
  }

  /** Adds what was allowed and takes out what was refused; parallel calls add up. */
  async remember(decision: ConsentDecision, session?: ClientSession): Promise<void> {
    const { accountId, clientId, basis, allowed, refused = [] } = decision;
    const now = this.#deps.clock.now();
    const settled = [...allowed, ...refused];
    const kept = {
      $filter: {
        input: { $ifNull: ['$items', []] },
        cond: { $not: { $in: ['$$this', { $literal: settled }] } },
      },
    };
    const set = {
      accountId: { $literal: accountId },
      clientId: { $literal: clientId },
      basis,
      items: { $concatArrays: [kept, { $literal: [...new Set(allowed)] }] },
      firstAt: { $ifNull: ['$firstAt', now] },
      lastAt: now,
      schemaVersion: 1,
    };
    const statement = { _id: idOf(accountId, clientId), update: [{ $set: set }] };
    if (!session) {
      await upsertById(this.#deps.database, CONSENTS, statement);
      return;
    }
    const { _id, update } = statement;
    await this.#consents.updateOne({ _id }, update, { upsert: true, session });
  }

  /** True when there was something to withdraw. */
  async remove(accountId: string, clientId: string, session?: ClientSession): Promise<boolean> {
    const result = await this.#consents.deleteOne(
      { _id: idOf(accountId, clientId) },
      session ? { session } : {},
    );
    return result.deletedCount === 1;
  }

  async erase(accountId: string, session: ClientSession): Promise<void> {
    await this.#consents.deleteMany({ accountId }, { session });
  }

  /** Newest release first. */
  async listByAccount(accountId: string, session?: ClientSession): Promise<ConsentRecord[]> {
    const options = session ? { session } : {};
    return this.#consents.find({ accountId }, options).sort({ lastAt: -1 }).limit(500).toArray();
  }

  get #consents() {
    return this.#deps.database.collection<ConsentDocument>(CONSENTS);
  }
}

function idOf(accountId: string, clientId: string): string {
  return `${accountId}:${clientId}`;
}
