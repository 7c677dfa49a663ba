// A bounded queue in front of password hashing: argon2 is costly on purpose, and a flood of wrong
// passwords must not keep a citizen's own device waiting. A refused entry is answered with 503,
// alike for all, and costs no attempt.
import { availableParallelism } from 'node:os';
import type { Limits } from '../platform/limits-config.ts';

export interface QueueEntry {
  /** Network address, or a device id: no more than a few of one source may wait. */
  source: string;
  /** Known devices may use the quarter of the queue that is kept for them. */
  isKnownDevice: boolean;
}

export interface HashingLoad {
  running: number;
  waiting: number;
  /** Since the process began. */
  refused: number;
}

export type QueueOutcome<T> = { ok: true; value: T } | { ok: false; reason: 'overloaded' };

const KEPT_SHARE = 4;

export class HashingQueue {
  readonly #limits: Limits['hashing'];
  readonly #concurrency: number;
  readonly #waitingKnown: (() => void)[] = [];
  readonly #waitingOthers: (() => void)[] = [];
  readonly #waitingOfSource = new Map<string, number>();
  #running = 0;
  #refused = 0;

  constructor(limits: Limits['hashing']) {
    this.#limits = limits;
    this.#concurrency = limits.concurrency ?? availableParallelism();
  }

  get load(): HashingLoad {
    const waiting = this.#waitingKnown.length + this.#waitingOthers.length;
    return { running: this.#running, waiting, refused: this.#refused };
  }

  /** Runs `work` as soon as a place is free; refuses at once when it would have to wait too long. */
  async run<T>(entry: QueueEntry, work: () => Promise<T>): Promise<QueueOutcome<T>> {
    if (this.#running >= this.#concurrency) {
      if (!this.#mayWait(entry)) {
        this.#refused += 1;
        return { ok: false, reason: 'overloaded' };
      }
      await this.#wait(entry);
    } else {
      this.#running += 1;
    }
    try {
      return { ok: true, value: await work() };
    } finally {
      this.#releasePlace();
    }
  }

  #mayWait(entry: QueueEntry): boolean {
    const { maxWaiting, maxWaitingPerAddress } = this.#limits;
    const ofSource = this.#waitingOfSource.get(entry.source) ?? 0;
    if (ofSource >= maxWaitingPerAddress) return false;
    const waiting = this.#waitingKnown.length + this.#waitingOthers.length;
    if (waiting >= maxWaiting) return false;
    const kept = Math.ceil(maxWaiting / KEPT_SHARE);
    return entry.isKnownDevice || this.#waitingOthers.length < maxWaiting - kept;
  }

  async #wait({ source, isKnownDevice }: QueueEntry): Promise<void> {
    this.#waitingOfSource.set(source, (this.#waitingOfSource.get(source) ?? 0) + 1);
    const line = isKnownDevice ? this.#waitingKnown : this.#waitingOthers;
    // The one who leaves hands over the place: the number of running entries stays as it is.
    await new Promise<void>((resolve) => line.push(resolve));
    const left = (this.#waitingOfSource.get(source) ?? 1) - 1;
    if (left === 0) this.#waitingOfSource.delete(source);
    else this.#waitingOfSource.set(source, left);
  }

  #releasePlace(): void {
    const next = this.#waitingKnown.shift() ?? this.#waitingOthers.shift();
    if (next) next();
    else this.#running -= 1;
  }
}
