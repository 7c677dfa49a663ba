// Large batches are evaluated in threads of their own, as many as there are cores, so that they use all of
// them and never hold up who asks for two elements.
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

export class EvaluationThreads {
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Task>();
  #waiting: Task[] = [];
  #isStopped = false;

  constructor(count = availableParallelism()) {
    for (let number = 0; number < count; number += 1) this.#idle.push(this.#start());
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
    await Promise.all([...this.#idle, ...this.#busy.keys()].map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(new URL('evaluation-worker.ts', import.meta.url));
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
    task?.reject(error);
    if (this.#isStopped) return;
    this.#idle.push(this.#start());
    this.#next();
  }

  #next(): void {
    const worker = this.#waiting.length > 0 ? this.#idle.pop() : undefined;
    const task = worker && this.#waiting.shift();
    if (!worker || !task) return;
    this.#busy.set(worker, task);
    worker.postMessage(task.order);
  }
}
