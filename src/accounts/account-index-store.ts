// Moves the blind indexes of all accounts to a new key, in the order of their ids. Who changes an
// account at the same moment wins; the account is then taken up again.
import { VERIFIED_LEVEL, attributeNames } from './account.ts';
import type { Attributes } from './account.ts';
import { accountOf, blindIndexes, indexNames } from './account-document.ts';
import type { AccountDocument, BlindIndexes, IndexName } from './account-document.ts';
import { AccountWriteFence } from './account-write-fence-store.ts';
import type { Keyring } from '../platform/crypto.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';

/** Two accounts that would be found by the same, or one that is found by what it does not have. */
export interface IndexProblem {
  index: IndexName;
  accountIds: string[];
}

export interface IndexPassOptions {
  onBatch?: (progress: { documents: number }) => Promise<void>;
}

const BATCH = 500;
const MAX_PROBLEMS = 100;
const UNIQUE = ['loginIndex', 'phoneIndex', 'identityIndex'] as const;
/** Of accounts that were written before rotations were counted. */
const FIRST_KEY = 1;

interface Rewrite {
  document: AccountDocument;
  indexes: BlindIndexes;
}

export class AccountIndexes {
  readonly #deps: { database: Database; keyring: Keyring };
  readonly #fence: AccountWriteFence;

  constructor(deps: { database: Database; keyring: Keyring }) {
    this.#deps = deps;
    this.#fence = new AccountWriteFence(deps);
  }

  /** From now on nobody writes indexes of an older generation of keys. */
  fence(generation: number): Promise<void> {
    return this.#fence.moveTo(generation);
  }

  /** Every account is found under the new key too; returns those that could not be written. */
  fill(to: number, options: IndexPassOptions = {}): Promise<IndexProblem[]> {
    return this.#rewriteAll({ indexKeys: { $ne: to } }, options);
  }

  /** No account is found under another key than `to` any more. */
  drop(to: number, options: IndexPassOptions = {}): Promise<IndexProblem[]> {
    return this.#rewriteAll({ indexKeys: { $elemMatch: { $ne: to } } }, options);
  }

  /** How many accounts are indexed under each key. */
  async count(): Promise<Map<number, number>> {
    const groups = await this.#accounts
      .aggregate<{ _id: number; count: number }>([
        { $project: { key: { $ifNull: ['$indexKeys', [FIRST_KEY]] } } },
        { $unwind: '$key' },
        { $group: { _id: '$key', count: { $sum: 1 } } },
      ])
      .toArray();
    return new Map(groups.map(({ _id, count }) => [_id, count]));
  }

  async #rewriteAll(left: object, options: IndexPassOptions): Promise<IndexProblem[]> {
    for (;;) {
      const { hasMoved, problems } = await this.#pass(left, options);
      // Accounts that others changed meanwhile are taken up by the next pass.
      if (!hasMoved) return problems;
    }
  }

  async #pass(left: object, { onBatch }: IndexPassOptions) {
    const problems: IndexProblem[] = [];
    let hasMoved = false;
    let lastId = '';
    for (;;) {
      const documents = await this.#accounts
        .find({ ...left, _id: { $gt: lastId } })
        .sort({ _id: 1 })
        .limit(BATCH)
        .toArray();
      const batch = await this.#rewrite(documents, left);
      hasMoved ||= batch.count > 0;
      problems.push(...batch.problems.slice(0, MAX_PROBLEMS - problems.length));
      await onBatch?.({ documents: batch.count });
      const last = documents.at(-1);
      if (!last || documents.length < BATCH) return { hasMoved, problems };
      lastId = last._id;
    }
  }

  async #rewrite(documents: AccountDocument[], left: object) {
    const problems: IndexProblem[] = [];
    const indexKeys = this.#deps.keyring.writingNumbers('blindIndex');
    const rewrites = documents.map((document) => ({
      document,
      indexes: this.#indexesOf(document),
    }));
    const explained = rewrites.filter(({ document, indexes }) => {
      const index = indexNames.find((name) => document[name] && !indexes[name]);
      if (index) problems.push({ index, accountIds: [document._id] });
      return !index;
    });
    if (explained.length === 0) return { count: 0, problems };
    const operations = explained.map(({ document: { _id, revision }, indexes }) => ({
      updateOne: {
        filter: { ...left, _id, revision },
        update: { $set: { ...indexes, indexKeys } },
      },
    }));
    try {
      const { modifiedCount } = await this.#accounts.bulkWrite(operations, { ordered: false });
      return { count: modifiedCount, problems };
    } catch (error) {
      const refused = refusedOf(error).flatMap((index) => explained[index] ?? []);
      for (const rewrite of refused) problems.push(...(await this.#collisionsOf(rewrite)));
      return { count: explained.length - refused.length, problems };
    }
  }

  /** Only of those that are there: a closed account has given up what it was found by. */
  #indexesOf(document: AccountDocument): BlindIndexes {
    const { keyring } = this.#deps;
    const account = accountOf(keyring, document);
    const attributes: Attributes = Object.fromEntries(
      attributeNames.map((name) => [name, account.attribute(name)]),
    );
    const all = blindIndexes(keyring, {
      kind: document.kind,
      realNameLevel: document.identityIndex ? VERIFIED_LEVEL : document.realNameLevel,
      attributes,
    });
    return Object.fromEntries(
      indexNames.flatMap((name) => (document[name] && all[name] ? [[name, all[name]]] : [])),
    );
  }

  async #collisionsOf({ document, indexes }: Rewrite): Promise<IndexProblem[]> {
    const problems: IndexProblem[] = [];
    for (const index of UNIQUE) {
      const macs = indexes[index];
      const kind = index === 'phoneIndex' ? { kind: document.kind } : {};
      const filter = { [index]: { $in: macs ?? [] }, ...kind, _id: { $ne: document._id } };
      const other = macs && (await this.#accounts.findOne(filter, { projection: { _id: 1 } }));
      if (other) problems.push({ index, accountIds: [document._id, other._id] });
    }
    return problems;
  }

  get #accounts() {
    return this.#deps.database.collection<AccountDocument>('accounts');
  }
}

/** Positions of the writes that a unique index refused. @throws the error when it is another. */
function refusedOf(error: unknown): number[] {
  const { writeErrors } = error as { writeErrors?: unknown };
  const refusals = [writeErrors ?? []].flat() as { index: number; code: number }[];
  if (!isDuplicateKey(error) || !refusals.every((refusal) => isDuplicateKey(refusal))) throw error;
  return refusals.map(({ index }) => index);
}
