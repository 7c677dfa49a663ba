// One command at a time rotates keys: a lease by the database's clock that a command renews while
// it works. It only saves work; two at once would not harm each other.
import { setTimeout as delay } from 'node:timers/promises';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import { repeat } from '../platform/repeat.ts';
import type { Logger } from '../platform/logger.ts';

interface LockDocument {
  _id: 'rotation';
  holder: string;
  until: Date;
}

const LEASE_MS = 6000;
const RENEW_MS = 1500;
/** Longer than the lease: after that its holder is alive for sure. */
const PATIENCE_MS = 8000;
const RETRY_MS = 250;

export class RotationLock {
  readonly #deps: { database: Database; logger: Logger };

  constructor(deps: { database: Database; logger: Logger }) {
    this.#deps = deps;
  }

  /** Runs `work` alone; undefined when another command is at work and goes on. */
  async alone<T>(holder: string, work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#takePatiently(holder))) return undefined;
    const { logger } = this.#deps;
    const renewing = repeat(() => this.#renew(holder), {
      name: 'rotation-lock',
      everyMs: RENEW_MS,
      logger,
    });
    try {
      return await work();
    } finally {
      await renewing.stop();
      await this.#locks.deleteOne({ _id: 'rotation', holder });
    }
  }

  async #takePatiently(holder: string): Promise<boolean> {
    const patientUntil = performance.now() + PATIENCE_MS;
    while (!(await this.#take(holder))) {
      if (performance.now() > patientUntil) return false;
      await delay(RETRY_MS);
    }
    return true;
  }

  async #take(holder: string): Promise<boolean> {
    // A lock that is not there has no end, which counts as less than any time.
    const isOver = { $lt: ['$until', '$$NOW'] };
    try {
      const after = await this.#locks.findOneAndUpdate(
        { _id: 'rotation' },
        [
          {
            $set: {
              holder: { $cond: [isOver, holder, '$holder'] },
              until: { $cond: [isOver, { $add: ['$$NOW', LEASE_MS] }, '$until'] },
            },
          },
        ],
        { upsert: true, returnDocument: 'after' },
      );
      return after?.holder === holder;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async #renew(holder: string): Promise<void> {
    await this.#locks.updateOne({ _id: 'rotation', holder }, [
      { $set: { until: { $add: ['$$NOW', LEASE_MS] } } },
    ]);
  }

  get #locks() {
    return this.#deps.database.collection<LockDocument>('dataKeyRotationLock');
  }
}
