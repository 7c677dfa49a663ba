// Accounts that have changed since they were last compared with the index: one mark each, written in the
// transaction of the change, taken away when the index has followed. And the lease of the one process that
// does that.
import type { Clock } from '../../platform/clock.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { ClientSession, Database } from '../../platform/mongo.ts';

export const RECOGNITION_MARKS = 'recognitionMarks';
export const RECOGNITION_TURNS = 'recognitionTurns';

interface MarkDocument {
  /** The account. */
  _id: string;
  /** Counts the changes; a mark is taken away only at the count that was acted upon. */
  changes: number;
  dueAt: Date;
}

interface TurnDocument {
  _id: string;
  holder: string;
  until: Date;
  /** Of the sweep: the account that was looked at last. */
  after?: string;
  /** When the last sweep or comparison ended, and what the sweep was about. */
  finishedAt?: Date;
  about?: string;
}

export interface Mark {
  accountId: string;
  changes: number;
}

const LEASE_SECONDS = 60;
const SWEEP = 'sweep';
const RECONCILED = 'reconciled';

export class AccountMarkStore {
  readonly #deps: { database: Database; clock: Clock };

  constructor(deps: { database: Database; clock: Clock }) {
    this.#deps = deps;
  }

  async mark(accountId: string, session?: ClientSession): Promise<void> {
    const update = { $inc: { changes: 1 }, $set: { dueAt: this.#deps.clock.now() } };
    const options = { upsert: true, ...(session ? { session } : {}) };
    await this.#marks.updateOne({ _id: accountId }, update, options);
  }

  async markAll(accountIds: readonly string[]): Promise<void> {
    for (const accountId of accountIds) await this.mark(accountId);
  }

  /** The longest due first. */
  async due(limit: number): Promise<Mark[]> {
    const found = await this.#marks
      .find({ dueAt: { $lte: this.#deps.clock.now() } })
      .sort({ dueAt: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id: accountId, changes }) => ({ accountId, changes }));
  }

  async done(marks: readonly Mark[]): Promise<void> {
    if (marks.length === 0) return;
    const $or = marks.map(({ accountId, changes }) => ({ _id: accountId, changes }));
    await this.#marks.deleteMany({ $or });
  }

  async postpone(accountIds: readonly string[], seconds: number): Promise<void> {
    const dueAt = new Date(this.#deps.clock.now().getTime() + seconds * 1000);
    await this.#marks.updateMany({ _id: { $in: [...accountIds] } }, { $set: { dueAt } });
  }

  async count(): Promise<number> {
    return this.#marks.countDocuments();
  }

  /** True for one of all processes; it has to ask again within a minute. */
  takeTurn(holder: string): Promise<boolean> {
    return this.#take('registrar', { holder, seconds: LEASE_SECONDS });
  }

  async leaveTurn(holder: string): Promise<void> {
    await this.#turns.deleteOne({ _id: 'registrar', holder });
  }

  /** True once in that time. */
  isDue(what: 'reconciliation', seconds: number): Promise<boolean> {
    return this.#take(what, { holder: '', seconds });
  }

  async setDue(what: 'reconciliation', seconds: number): Promise<void> {
    const until = new Date(this.#deps.clock.now().getTime() + seconds * 1000);
    await this.#turns.updateOne({ _id: what }, { $set: { until } });
  }

  async #take(_id: string, of: { holder: string; seconds: number }): Promise<boolean> {
    const { holder, seconds } = of;
    const now = this.#deps.clock.now();
    const until = new Date(now.getTime() + seconds * 1000);
    const isOurs = holder === '' ? [] : [{ holder }];
    try {
      await this.#turns.updateOne(
        { _id, $or: [...isOurs, { until: { $lt: now } }] },
        { $set: { holder, until } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  }

  /** Where the sweep over all accounts stands. */
  async sweep(): Promise<{ after: string; finishedAt: Date | undefined; about: string }> {
    const found = await this.#turns.findOne({ _id: SWEEP });
    const { after = '', finishedAt, about = '' } = found ?? {};
    return { after, finishedAt, about };
  }

  async setSweep(to: { after: string; finishedAt?: Date; about?: string }): Promise<void> {
    await this.#turns.updateOne({ _id: SWEEP }, { $set: to }, { upsert: true });
  }

  /** Of all epochs; undefined before the first time. */
  async reconciledAt(): Promise<Date | undefined> {
    return (await this.#turns.findOne({ _id: RECONCILED }))?.finishedAt;
  }

  async noteReconciled(): Promise<void> {
    const $set = { finishedAt: this.#deps.clock.now() };
    await this.#turns.updateOne({ _id: RECONCILED }, { $set }, { upsert: true });
  }

  get #marks() {
    return this.#deps.database.collection<MarkDocument>(RECOGNITION_MARKS);
  }

  get #turns() {
    return this.#deps.database.collection<TurnDocument>(RECOGNITION_TURNS);
  }
}
