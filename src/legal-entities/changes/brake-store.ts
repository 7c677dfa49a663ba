// The brake: a register that errs for an hour must not end half the city's companies. So many
// consequences an hour are carried out; then nothing more, until an operator has looked.
import { secondsFromNow } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/mongo.ts';
import type { Random } from '../../platform/random.ts';
import { ENTITY_REGISTER_STATE } from './change-feed-store.ts';

export interface BrakeState {
  /** Consequences within the last hour. */
  recent: number;
  stoppedAt: Date | undefined;
}

interface BrakeDocument {
  _id: 'brake';
  recent?: Date[];
  stoppedAt?: Date;
  /** The call that found it out. */
  stoppedBy?: string;
  schemaVersion: 1;
}

const BRAKE = { _id: 'brake' } as const;
const HOUR_SECONDS = 3600;

export class BrakeStore {
  readonly #deps: { database: Database; clock: Clock; random: Random };

  constructor(deps: { database: Database; clock: Clock; random: Random }) {
    this.#deps = deps;
  }

  async find(): Promise<BrakeState> {
    const { recent = [], stoppedAt } = (await this.#brakes.findOne(BRAKE)) ?? {};
    const hourAgo = secondsFromNow(this.#deps.clock, -HOUR_SECONDS);
    return { recent: recent.filter((at) => at > hourAgo).length, stoppedAt };
  }

  /**
   * Room for one consequence.
   * @returns `stopped`: none is carried out; `stops`: the same, and this is the call that found it out
   */
  async take(perHour: number): Promise<'go' | 'stops' | 'stopped'> {
    const { clock, random } = this.#deps;
    const call = random.id();
    const now = clock.now();
    const hourAgo = secondsFromNow(clock, -HOUR_SECONDS);
    const ofHour = {
      $filter: { input: { $ifNull: ['$recent', []] }, cond: { $gt: ['$$this', hourAgo] } },
    };
    const hasRoom = {
      $and: [
        { $lt: [{ $size: '$recent' }, perHour] },
        { $not: [{ $ifNull: ['$stoppedAt', false] }] },
      ],
    };
    const after = await this.#brakes.findOneAndUpdate(
      BRAKE,
      [
        { $set: { recent: ofHour, schemaVersion: 1 } },
        {
          $set: {
            recent: { $cond: [hasRoom, { $concatArrays: ['$recent', [now]] }, '$recent'] },
            stoppedBy: { $cond: [hasRoom, '$$REMOVE', { $ifNull: ['$stoppedBy', call] }] },
            stoppedAt: { $cond: [hasRoom, '$$REMOVE', { $ifNull: ['$stoppedAt', now] }] },
          },
        },
      ],
      { upsert: true, returnDocument: 'after' },
    );
    if (after?.stoppedAt === undefined) return 'go';
    return after.stoppedBy === call ? 'stops' : 'stopped';
  }

  /** By an operator's word: the count begins anew. True when it had stopped. */
  async release(): Promise<boolean> {
    const { modifiedCount } = await this.#brakes.updateOne(
      { ...BRAKE, stoppedAt: { $exists: true } },
      { $set: { recent: [] }, $unset: { stoppedAt: 1, stoppedBy: 1 } },
    );
    return modifiedCount === 1;
  }

  get #brakes() {
    return this.#deps.database.collection<BrakeDocument>(ENTITY_REGISTER_STATE);
  }
}
