// One document about the import of staff at an interval: when the next is due, which process does it, how
// the last ended. A process that dies holds its turn for two minutes at most.
import type { Clock } from '../../platform/clock.ts';
import { secondsFromNow } from '../../platform/clock.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { Database } from '../../platform/mongo.ts';
import type { SourceProblem } from './staff-list.ts';

/** `held`: more leave than the rule allows; nothing was done, and somebody has to look. */
export type SyncOutcome = 'done' | 'partly' | 'held' | SourceProblem;

export interface SyncCounts {
  joining: number;
  changing: number;
  leaving: number;
  unchanged: number;
  failed: number;
}

export interface SyncRun {
  at: Date;
  outcome: SyncOutcome;
  counts?: SyncCounts;
  /** What the source said, or the line of what is wrong; never a value of a person. */
  cause?: string;
  /** Of those who would leave: whoever approves has seen this list and no other. */
  digest?: string;
}

export interface SyncState {
  dueAt: Date;
  leaseUntil?: Date;
  lastRun?: SyncRun;
  /** Of the last run that was not stopped. */
  lastDoneAt?: Date;
  approvedDigest?: string;
}

interface SyncDocument extends SyncState {
  _id: 'sync';
  leaseBy?: string;
  schemaVersion: 1;
}

export const STAFF_SYNC = 'staffSync';
export const LEASE_SECONDS = 120;

export class StaffSyncStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async state(): Promise<SyncState | undefined> {
    return (await this.#sync.findOne({ _id: 'sync' })) ?? undefined;
  }

  /**
   * The turn is `holder`'s, until it ends or for LEASE_SECONDS.
   * @param isDueOnly false: also before the time
   */
  async take(
    holder: string,
    { isDueOnly }: { isDueOnly: boolean },
  ): Promise<SyncState | undefined> {
    const now = this.#deps.clock.now();
    const isFree = { $or: [{ leaseUntil: { $exists: false } }, { leaseUntil: { $lte: now } }] };
    const filter = {
      _id: 'sync',
      ...isFree,
      ...(isDueOnly ? { dueAt: { $lte: now } } : {}),
    } as const;
    const leaseUntil = secondsFromNow(this.#deps.clock, LEASE_SECONDS);
    try {
      const taken = await this.#sync.findOneAndUpdate(
        filter,
        {
          $set: { leaseUntil, leaseBy: holder },
          $setOnInsert: { schemaVersion: 1, dueAt: now },
        },
        { upsert: isDueOnly ? !(await this.state()) : true, returnDocument: 'after' },
      );
      return taken ?? undefined;
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  /** False when the turn is another's by now. */
  async keep(holder: string): Promise<boolean> {
    const leaseUntil = secondsFromNow(this.#deps.clock, LEASE_SECONDS);
    const { matchedCount } = await this.#sync.updateOne(
      { _id: 'sync', leaseBy: holder, leaseUntil: { $gt: this.#deps.clock.now() } },
      { $set: { leaseUntil } },
    );
    return matchedCount === 1;
  }

  /** The turn ends; nothing where it is another's by now. */
  async end(holder: string, { run, dueAt }: { run: SyncRun; dueAt: Date }): Promise<void> {
    const isDone = run.outcome === 'done' || run.outcome === 'partly';
    // One that did not fit the list that was read is of no list any more.
    const isApprovalOver = isDone || run.outcome === 'held';
    await this.#sync.updateOne(
      { _id: 'sync', leaseBy: holder },
      {
        $set: { lastRun: run, dueAt, ...(isDone ? { lastDoneAt: run.at } : {}) },
        $unset: {
          leaseUntil: 1,
          leaseBy: 1,
          ...(isApprovalOver ? { approvedDigest: 1 as const } : {}),
        },
      },
    );
  }

  /** False when another run has ended since. The next is due at once. */
  async approve(digest: string): Promise<boolean> {
    const { matchedCount } = await this.#sync.updateOne(
      { _id: 'sync', 'lastRun.outcome': 'held', 'lastRun.digest': digest },
      { $set: { approvedDigest: digest, dueAt: this.#deps.clock.now() } },
    );
    return matchedCount === 1;
  }

  get #sync() {
    return this.#deps.database.collection<SyncDocument>(STAFF_SYNC);
  }
}
