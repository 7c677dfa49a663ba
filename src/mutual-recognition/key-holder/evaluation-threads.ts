// Large batches are evaluated in threads of their own, at most as many as there are cores, so that they use
// all of them and never hold up who asks for two elements. Between registrations there are none: each holds
// some twenty megabytes.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../platform/errors.ts';
import type { Evaluation, OprfKey } from '../oprf.ts';

export interface EvaluationOrder {
  key: OprfKey;
  blinded: readonly Uint8Array[];
}

interface Task {
  order: EvaluationOrder;
  resolve: (evaluation: Evaluation) => void;
  reject: (error: unknown) => void;
}

/** Batches of 500 take some tenths of a second each: more than this nobody waits for. */
const MOST_WAITING = 64;
const IDLE_MS = 30_000;

export class EvaluationThreads {
  readonly #most: number;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Task>();
  #waiting: Task[] = [];
  #rest: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(most = availableParallelism()) {
    this.#most = most;
  }

  get count(): number {
    return this.#idle.length + this.#busy.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws AppError `overloaded` when too many wait */
  evaluate(order: EvaluationOrder): Promise<Evaluation> {
    if (this.#waiting.length >= MOST_WAITING || this.#isStopped) {
      return Promise.reject(new AppError('overloaded'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject });
      this.#next();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#rest);
    await Promise.all([...this.#idle, ...this.#busy.keys()].map((worker) => worker.terminate()));
  }

  #start(): Worker {
    // Without the flags of the process: some are meant for it alone.
    const worker = new Worker(new URL('evaluation-worker.ts', import.meta.url), { execArgv: [] });
    worker.on('message', (evaluation: Evaluation) => {
      const task = this.#busy.get(worker);
      this.#busy.delete(worker);
      this.#idle.push(worker);
      task?.resolve(evaluation);
      this.#next();
    });
    worker.on('error', (error) => this.#replace(worker, error));
    return worker;
  }

  /** What it was doing is lost; whoever waits for it is told. */
  #replace(worker: Worker, error: unknown): void {
    const task = this.#busy.get(worker);
    this.#busy.delete(worker);
    const place = this.#idle.indexOf(worker);
    if (place !== -1) this.#idle.splice(place, 1);
    task?.reject(error);
    if (!this.#isStopped) this.#next();
  }

  #next(): void {
    clearTimeout(this.#rest);
    const isFree = this.#idle.length > 0 || this.count < this.#most;
    const task = isFree ? this.#waiting.shift() : undefined;
    if (!task) return this.#endIdle();
    const worker = this.#idle.pop() ?? this.#start();
    this.#busy.set(worker, task);
    worker.postMessage(task.order);
  }

  /** After a while in which nothing was asked. */
  #endIdle(): void {
    const end = () => {
      for (const worker of this.#idle.splice(0)) void worker.terminate();
    };
    if (this.#busy.size === 0) this.#rest = setTimeout(end, IDLE_MS).unref();
  }
}
