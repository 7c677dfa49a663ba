// Holds several processes that share one port: starts them, replaces those that die, replaces all
// of them one by one without anybody noticing, and ends them in order.
import type { Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './logger.ts';
import type { Order, Question } from './worker-messages.ts';
import { HeldWorker } from './held-worker.ts';

interface WorkerPoolOptions {
  size: number;
  /** Starts a process for this place, counted from 1. */
  fork(place: number): Worker;
  logger: Logger;
  /** How long a worker that was told to end may take. */
  patienceMs: number;
  firstPauseMs?: number;
}

const DEFAULTS = { firstPauseMs: 200 };
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived so long after it was ready has not died of its start. */
const SETTLED_MS = 30_000;
/** So often may all places fail in a row before the pool gives up. */
const MAX_FAILURES = 5;

export interface WorkerAnswer<T> {
  worker: number;
  /** Undefined when it did not answer in time. */
  value: T | undefined;
}

interface Place {
  number: number;
  worker: HeldWorker | undefined;
  failures: number;
}

export class WorkerPool {
  /** Settles with the reason when no worker can be kept alive. */
  readonly broken: Promise<string>;
  readonly #options: Required<WorkerPoolOptions>;
  readonly #places: readonly Place[];
  readonly #retiring = new Set<HeldWorker>();
  readonly #stopping = new AbortController();
  #break: (reason: string) => void = () => undefined;
  #rolling: Promise<void> | undefined;
  #starts = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#places = Array.from({ length: options.size }, (_, index) => ({
      number: index + 1,
      worker: undefined,
      failures: 0,
    }));
    this.broken = new Promise((resolve) => {
      this.#break = resolve;
    });
  }

  /** Resolves when all are ready, or with the reason why one will not be. */
  async start(): Promise<string | undefined> {
    const failures = await Promise.all(this.#places.map((place) => this.#fill(place)));
    return failures.find((failure) => failure !== undefined);
  }

  /** Processes started since the pool began. */
  get starts(): number {
    return this.#starts;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** One place after the other: the new worker is ready before the old one is told to end. */
  async replaceAll(): Promise<void> {
    this.#rolling ??= this.#replaceEach().finally(() => {
      this.#rolling = undefined;
    });
    await this.#rolling;
  }

  /** Asks every worker that serves. */
  async ask<T>(question: Question): Promise<WorkerAnswer<T>[]> {
    return Promise.all(
      this.#places.map(async ({ number, worker }) => ({
        worker: number,
        value: await worker?.ask<T>(question),
      })),
    );
  }

  /** May be called at any time and more than once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#alive().map((worker) => this.#end(worker, 'stop')));
  }

  /** They end without waiting for anybody any longer. */
  insist(): void {
    for (const worker of this.#alive()) worker.order('insist');
  }

  #alive(): HeldWorker[] {
    const serving = this.#places.flatMap(({ worker }) => worker ?? []);
    return [...serving, ...this.#retiring];
  }

  /** The reason, when the new worker did not become ready; the place is as it was before then. */
  async #fill(place: Place): Promise<string | undefined> {
    this.#starts += 1;
    const worker = new HeldWorker(this.#options.fork(place.number));
    // Counted among the retiring until it is ready: a stop of the pool must reach it.
    this.#retiring.add(worker);
    void worker.ended.then(() => this.#retiring.delete(worker));
    const reason = await worker.started;
    if (reason !== undefined) return reason;
    // It could not hear what was ordered before it was ready.
    if (this.isStopping) worker.order('stop');
    this.#retiring.delete(worker);
    const old = place.worker;
    place.worker = worker;
    if (old && !old.hasEnded) {
      this.#retiring.add(old);
      void old.ended.then(() => this.#retiring.delete(old));
    }
    const readyAt = performance.now();
    void worker.ended.then((how) => this.#onDeath(place, { worker, how, readyAt }));
    return undefined;
  }

  async #onDeath(
    place: Place,
    died: { worker: HeldWorker; how: string; readyAt: number },
  ): Promise<void> {
    if (this.isStopping || place.worker !== died.worker) return;
    place.worker = undefined;
    if (performance.now() - died.readyAt > SETTLED_MS) place.failures = 0;
    this.#options.logger.error({ worker: place.number, how: died.how }, 'a worker died');
    for (;;) {
      if (!(await this.#pauseBefore(place))) return;
      // Meanwhile a replacement of all may have filled it.
      if (place.worker) return;
      const reason = await this.#fill(place);
      if (reason === undefined || this.isStopping) return;
      this.#options.logger.error({ worker: place.number, reason }, 'a worker could not start');
      if (place.failures >= MAX_FAILURES && this.#places.every(({ worker }) => !worker)) {
        this.#break(reason);
        return;
      }
    }
  }

  /** False when the pool is ending. */
  async #pauseBefore(place: Place): Promise<boolean> {
    const { firstPauseMs } = this.#options;
    const pause = Math.min(LONGEST_PAUSE_MS, firstPauseMs * 2 ** place.failures);
    place.failures += 1;
    await delay(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    return !this.isStopping;
  }

  async #replaceEach(): Promise<void> {
    for (const place of this.#places) {
      if (this.isStopping) return;
      const old = place.worker;
      const reason = await this.#fill(place);
      if (reason !== undefined) {
        this.#options.logger.error({ worker: place.number, reason }, 'workers not replaced');
        return;
      }
      if (old) await this.#end(old, 'retire');
      this.#options.logger.info({ worker: place.number }, 'worker replaced');
    }
  }

  async #end(worker: HeldWorker, order: Order): Promise<void> {
    worker.order(order);
    const insist = setTimeout(() => worker.kill(), this.#options.patienceMs);
    await worker.ended;
    clearTimeout(insist);
  }
}
