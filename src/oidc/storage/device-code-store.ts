// How often a device asks for its answer (RFC 8628, 3.5), counted in one atomic step, so that
// parallel questions are not answered as if each were alone.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/mongo.ts';
import type { ArtefactStore } from './artefact-store.ts';

/** Seconds between two questions; what a device assumes when it is told nothing. */
export const POLL_SECONDS = 5;
/** RFC 8628, 3.5: `slow_down` lengthens the interval by this for all that follows. */
const SLOWER_SECONDS = 5;
const SLOWEST_SECONDS = 60;
/** Networks deliver two questions closer together than they were sent. */
const TOLERANCE_MS = 1000;

interface PolledDocument {
  _id: string;
  polledAt?: Date;
  pollSeconds?: number;
}

interface DeviceCodeStoreDependencies {
  database: Database;
  artefacts: Pick<ArtefactStore, 'key'>;
  clock: Clock;
}

export class DeviceCodeStore {
  readonly #deps: DeviceCodeStoreDependencies;

  constructor(deps: DeviceCodeStoreDependencies) {
    this.#deps = deps;
  }

  /** Counts a question for an answer that is not there yet. True when it came too early. */
  async notePoll(deviceCode: string): Promise<boolean> {
    const now = this.#deps.clock.now();
    const seconds = { $ifNull: ['$pollSeconds', POLL_SECONDS] };
    const dueAt = { $add: ['$polledAt', { $multiply: [seconds, 1000] }] };
    const isEarly = {
      $and: [
        { $ne: [{ $type: '$polledAt' }, 'missing'] },
        { $lt: [now, { $subtract: [dueAt, TOLERANCE_MS] }] },
      ],
    };
    const slower = { $min: [SLOWEST_SECONDS, { $add: [seconds, SLOWER_SECONDS] }] };
    const before = await this.#codes.findOneAndUpdate(
      { _id: this.#deps.artefacts.key('DeviceCode', deviceCode) },
      [{ $set: { pollSeconds: { $cond: [isEarly, slower, seconds] }, polledAt: now } }],
      { returnDocument: 'before', projection: { polledAt: 1, pollSeconds: 1 } },
    );
    if (!before?.polledAt) return false;
    const interval = (before.pollSeconds ?? POLL_SECONDS) * 1000;
    return now.getTime() < before.polledAt.getTime() + interval - TOLERANCE_MS;
  }

  get #codes() {
    return this.#deps.database.collection<PolledDocument>('oidcArtefacts');
  }
}
