// One worker as its holder sees it: it starts or says why not, answers questions, takes orders, and
// has ended at some time.
import type { Worker } from 'node:cluster';
import { isMessage } from './worker-messages.ts';
import type { FromWorker, Order, Question, ToWorker } from './worker-messages.ts';

const ANSWER_MS = 3000;

export class HeldWorker {
  /** Settles when it is ready, or with the reason why it never will be. */
  readonly started: Promise<string | undefined>;
  /** Settles with how the process ended. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #asked = new Map<number, (value: unknown) => void>();
  #questions = 0;
  #failure: string | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) =>
        resolve(signal ?? `exit ${code ?? '?'}`),
      );
    });
    const { promise: ready, resolve } = Promise.withResolvers<undefined>();
    worker.on('message', (message: unknown) => {
      if (!isMessage<FromWorker>(message)) return;
      if (message.kind === 'ready') resolve(undefined);
      else if (message.kind === 'failed') this.#failure = message.reason;
      else this.#asked.get(message.id)?.(message.value);
    });
    this.started = Promise.race([ready, this.ended.then((how) => this.#failure ?? how)]);
  }

  get hasEnded(): boolean {
    return this.#worker.isDead();
  }

  order(order: Order): void {
    this.#send({ kind: 'order', order });
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  /** Undefined when it does not answer in time. */
  async ask<T>(question: Question): Promise<T | undefined> {
    this.#questions += 1;
    const id = this.#questions;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
    this.#asked.set(id, resolve);
    this.#send({ kind: 'question', id, question });
    const value = await promise;
    clearTimeout(timer);
    this.#asked.delete(id);
    return value as T | undefined;
  }

  #send(message: ToWorker): void {
    // What is said to a process that is just ending is lost, and need not be known.
    if (this.#worker.isConnected()) this.#worker.send(message, () => undefined);
  }
}
