// Where seals lie, what waits to be sealed, and who seals. Two sealers at once do no harm: the
// number of a seal is its key, so only one of them can put the next one on top of the chain. The
// lease merely keeps them from doing the same work.
import { lookFor } from '../platform/grouped-looks-store.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import { AUDIT_RECORDS } from './audit-record.ts';
import type { AuditRecord } from './audit-record.ts';
import type { Head, Seal, SignedHead } from './seal.ts';

const AUDIT_SEALS = 'auditSeals';
const AUDIT_SEALER = 'auditSealer';
const LEASE_MS = 4000;
/** Number of a record that carries no valid MAC: the sealer has put it aside. */
const PUT_ASIDE = 0;
const NOT_SEALED = null;
const NEVER = new Date(0);
/** Else the planner may read all that waits, to find the few that are meant. */
const BY_ID = { hint: { _id: 1 } } as const;
const UPSERT = { upsert: true } as const;
const SEALS_PER_READ = 500;
const RECORDS_PER_READ = 1000;
/** What is read here has been acknowledged by a majority and cannot be rolled back any more. */
const MAJORITY = { readConcern: { level: 'majority' } } as const;

interface SealerState {
  _id: 'sealer';
  holder?: string;
  until: Date;
  /** What the sealer knows to be sealed; a chain in the database that ends before was cut. */
  head?: SignedHead;
}

interface PrunedState {
  _id: 'pruned';
  head: SignedHead;
}

/** Of the numbers with which seals begin. */
interface SealRange {
  after: number;
  last: number;
}

export class SealStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** True when `holder` may seal for the next seconds (by the database's clock). */
  async takeLease(holder: string, head?: SignedHead): Promise<boolean> {
    const until = { $add: ['$$NOW', LEASE_MS] };
    const change = { holder, until, ...(head && { head: { $literal: head } }) };
    const isFree = { $expr: { $lt: ['$until', '$$NOW'] } };
    const take = async () =>
      this.#states.findOneAndUpdate({ _id: 'sealer', $or: [{ holder }, isFree] }, [
        { $set: change },
      ]);
    if (await take()) return true;
    if (await this.#states.findOne({ _id: 'sealer' })) return false;
    await this.#states.updateOne({ _id: 'sealer' }, { $setOnInsert: { until: NEVER } }, UPSERT);
    return (await take()) !== null;
  }

  /**
   * Whether `holder` could take the lease, with the head as `keptHead` gives it: a look that costs far
   * less than a try.
   */
  async leaseState(holder: string): Promise<{ isFree: boolean; head?: SignedHead }> {
    const isHolders = { $eq: ['$holder', { $literal: holder }] };
    const state = await lookFor<{ isFree: boolean; head?: SignedHead }>(this.#database, {
      collection: AUDIT_SEALER,
      filter: { _id: 'sealer' },
      found: { head: '$head', isFree: { $or: [isHolders, { $lt: ['$until', '$$NOW'] }] } },
    });
    return state ?? { isFree: true };
  }

  async giveUpLease(holder: string): Promise<void> {
    await this.#states.updateOne({ _id: 'sealer', holder }, { $set: { until: NEVER } });
  }

  /** As the sealer has last written it, whoever may have changed it since. */
  async keptHead(): Promise<SignedHead | undefined> {
    const state = await this.#states.findOne({ _id: 'sealer' });
    return state && 'head' in state ? state.head : undefined;
  }

  async prunedHead(): Promise<SignedHead | undefined> {
    const state = await this.#states.findOne({ _id: 'pruned' });
    return state && 'head' in state ? state.head : undefined;
  }

  /** From now on the chain begins behind `head`. */
  async keepPrunedHead(head: SignedHead): Promise<void> {
    await this.#states.replaceOne({ _id: 'pruned' }, { head }, UPSERT);
  }

  /** Removes the seals that begin with at most this number, and their records. Idempotent. */
  async removeUpTo(from: number): Promise<void> {
    await this.#records.deleteMany({ seal: { $gt: 0, $lte: from } });
    await this.#seals.deleteMany({ _id: { $gt: 0, $lte: from } });
  }

  async lastSeal(): Promise<Seal | undefined> {
    const seal = await this.#seals.findOne({ _id: { $gt: 0 } }, { sort: { _id: -1 } });
    return seal ?? undefined;
  }

  /** Committed by a majority and not sealed yet, in the order of their insertion. */
  async pending(limit: number): Promise<AuditRecord[]> {
    return this.#records.find({ seal: NOT_SEALED }).hint({ seal: 1 }).limit(limit).toArray();
  }

  async oldestPending(): Promise<Date | undefined> {
    const first = await lookFor<{ at: Date }>(this.#database, {
      collection: AUDIT_RECORDS,
      filter: { seal: NOT_SEALED },
      found: { at: '$at' },
    });
    return first?.at;
  }

  /** What `pending` and `lastSeal` give, by one command; in this order, should anybody come between. */
  async pendingAndLast(limit: number): Promise<{ pending: AuditRecord[]; last: Seal | undefined }> {
    const last = [{ $match: { _id: { $gt: 0 } } }, { $sort: { _id: -1 } }, { $limit: 1 }];
    const rows = await this.#records
      .aggregate<{ record: AuditRecord } | { seal: Seal }>(
        [
          { $match: { seal: NOT_SEALED } },
          { $limit: limit },
          { $replaceWith: { record: '$$ROOT' } },
          {
            $unionWith: {
              coll: AUDIT_SEALS,
              pipeline: [...last, { $replaceWith: { seal: '$$ROOT' } }],
            },
          },
        ],
        { hint: { seal: 1 }, batchSize: limit + 2 },
      )
      .toArray();
    return {
      pending: rows.flatMap((row) => ('record' in row ? [row.record] : [])),
      last: rows.flatMap((row) => ('seal' in row ? [row.seal] : []))[0],
    };
  }

  /** False when there is a seal with this number already. */
  async append(seal: Seal): Promise<boolean> {
    try {
      await this.#seals.insertOne(seal);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** Tells its records which seal holds them. Idempotent; must precede the next seal. */
  async mark(seal: Seal): Promise<void> {
    const markedCount = await this.#markOnce(seal);
    // An update that changes something is acknowledged with its own last write, which may lie before
    // the marks of another sealer that it met; one that changes nothing waits for all before it.
    if (markedCount > 0 && markedCount < seal.entries.length) await this.#markOnce(seal);
  }

  async #markOnce({ _id: seal, entries }: Seal): Promise<number> {
    const ids = entries.map(({ id }) => id);
    const waiting = { _id: { $in: ids }, seal: NOT_SEALED };
    const { modifiedCount } = await this.#records.updateMany(waiting, { $set: { seal } }, BY_ID);
    return modifiedCount;
  }

  async putAside(ids: readonly string[]): Promise<void> {
    await this.#records.updateMany(
      { _id: { $in: [...ids] }, seal: NOT_SEALED },
      { $set: { seal: PUT_ASIDE } },
      BY_ID,
    );
  }

  async putAsideRecords(limit: number): Promise<AuditRecord[]> {
    return this.#records.find({ seal: PUT_ASIDE }).limit(limit).toArray();
  }

  async takeBack(ids: readonly string[]): Promise<void> {
    const aside = { _id: { $in: [...ids] }, seal: PUT_ASIDE };
    await this.#records.updateMany(aside, { $unset: { seal: true } }, BY_ID);
  }

  /** In the order of their numbers. */
  seals({ after, last }: SealRange): AsyncIterable<Seal> {
    return this.#seals
      .find({ _id: { $gt: after, $lte: last } })
      .sort({ _id: 1 })
      .batchSize(SEALS_PER_READ);
  }

  /** The key of a seal that is no number. */
  async strangeSeal(): Promise<string | undefined> {
    const seal = await this.#seals.findOne({ _id: { $not: { $gt: 0 } } });
    return seal ? String(seal._id) : undefined;
  }

  /** Where the chain was after the seals that begin with these numbers. */
  async heads(numbers: readonly number[]): Promise<Map<number, Head>> {
    const size = { $cond: [{ $isArray: '$entries' }, { $size: '$entries' }, 0] };
    const heads = await this.#seals
      .aggregate<{ from: number; count: number; hash: Buffer }>([
        { $match: { _id: { $in: [...numbers] } } },
        { $project: { _id: 0, from: '$_id', hash: 1, count: { $add: ['$_id', size, -1] } } },
      ])
      .toArray();
    return new Map(heads.map((head) => [head.from, head]));
  }

  /** Sealed records in the order of their seals. */
  sealedRecords({ after, last }: SealRange): AsyncIterable<AuditRecord> {
    return this.#records
      .find({ seal: { $gt: after, $lte: last } })
      .sort({ seal: 1 })
      .batchSize(RECORDS_PER_READ);
  }

  /** All others: not sealed yet, put aside, or with a number that nobody has given. */
  otherRecords({ after, last }: SealRange): AsyncIterable<AuditRecord> {
    return this.#records.find({ seal: { $not: { $gt: after, $lte: last } } }).hint({ seal: 1 });
  }

  async record(id: string): Promise<AuditRecord | undefined> {
    return (await this.#records.findOne({ _id: id })) ?? undefined;
  }

  get #records() {
    return this.#database.db.collection<AuditRecord>(AUDIT_RECORDS, MAJORITY);
  }

  get #seals() {
    return this.#database.db.collection<Seal>(AUDIT_SEALS, MAJORITY);
  }

  get #states() {
    return this.#database.db.collection<SealerState | PrunedState>(AUDIT_SEALER, MAJORITY);
  }
}
