// Whether this process's wall clock can be believed. Expiry is decided by it, so a process whose
// clock jumped would end everybody's sessions or honour what has ended. It is compared with the
// monotonic clock at every question, which shows a jump at once, and with the database's every few
// seconds. A process with a wrong clock steps aside until it is right again.
import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { Database } from './mongo.ts';
import { repeat } from './repeat.ts';

const COMPARE_MS = 2000;
/** Less than what tokens and codes tolerate (15 s); far more than what clocks are slewed by. */
const TOLERANCE_MS = 10_000;

interface ClockWatchDependencies {
  database: Pick<Database, 'db'>;
  logger: Logger;
  /** Epoch milliseconds. */
  wallClock?: () => number;
}

export class ClockWatch {
  readonly #database: Pick<Database, 'db'>;
  readonly #logger: Logger;
  readonly #wallClock: () => number;
  /** When both were read together, and the wall clock was right. */
  #anchor: { wall: number; monotonic: number } | undefined;
  #isDatabaseOff = false;
  #comparing: ReturnType<typeof repeat> | undefined;

  constructor({ database, logger, wallClock = Date.now }: ClockWatchDependencies) {
    this.#database = database;
    this.#logger = logger;
    this.#wallClock = wallClock;
  }

  /** False from the moment of a jump until the database agrees with this clock again. */
  isRight(): boolean {
    return this.#anchor !== undefined && Math.abs(this.#driftMs(this.#anchor)) <= TOLERANCE_MS;
  }

  /** Nothing may be decided by a time that is wrong. @throws AppError `clock_wrong` from `now`. */
  guard(clock: Clock): Clock {
    return {
      now: () => {
        if (!this.isRight()) throw new AppError('clock_wrong');
        return clock.now();
      },
    };
  }

  /** To be awaited before the process serves. */
  async enter(): Promise<void> {
    await this.#compare();
  }

  start(): void {
    const logger = this.#logger;
    this.#comparing ??= repeat(() => this.#compare(), {
      name: 'clock',
      everyMs: COMPARE_MS,
      logger,
    });
  }

  async stop(): Promise<void> {
    await this.#comparing?.stop();
  }

  async #compare(): Promise<void> {
    const sentAt = performance.now();
    const answer = await this.#database.db.command({ hello: 1 });
    const tookMs = performance.now() - sentAt;
    const wall = this.#wallClock();
    const monotonic = performance.now();
    const offByMs = wall - (answer['localTime'] as Date).getTime();
    if (Math.abs(offByMs) <= TOLERANCE_MS + tookMs) {
      this.#anchor = { wall, monotonic };
      this.#isDatabaseOff = false;
      return;
    }
    const offBySeconds = Math.round(offByMs / 1000);
    if (!this.isRight()) {
      this.#logger.error({ offBySeconds }, 'the clock of this process is wrong: it steps aside');
    } else if (!this.#isDatabaseOff) {
      // Ours went on evenly since they agreed: it is the database's that jumped.
      this.#isDatabaseOff = true;
      this.#logger.error({ offBySeconds }, 'the clock of the database is wrong');
    }
  }

  #driftMs(anchor: { wall: number; monotonic: number }): number {
    return this.#wallClock() - anchor.wall - (performance.now() - anchor.monotonic);
  }
}
