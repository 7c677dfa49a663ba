// Digests of other systems, one after another on one thread, with a bounded queue in front like the
// one of argon2. The thread begins with the first question.
import { Worker } from 'node:worker_threads';
import { HashingQueue } from '../credentials/hashing-queue.ts';
import type { QueueEntry, QueueOutcome } from '../credentials/hashing-queue.ts';
import type { Limits } from '../platform/limits-config.ts';
import type { HashRecipe } from './foreign-hash.ts';

export interface DigestQuestion {
  id: number;
  recipe: HashRecipe;
  password: string;
}

export interface DigestAnswer {
  id: number;
  digest: Uint8Array;
}

/** Longer input is no password anybody set. */
export const MAX_OLD_PASSWORD_LENGTH = 256;

export class ForeignHasher {
  readonly #queue: HashingQueue;
  readonly #waiting = new Map<number, PromiseWithResolvers<Buffer>>();
  #thread: Worker | undefined;
  #questions = 0;

  constructor(limits: Limits['hashing']) {
    this.#queue = new HashingQueue({ ...limits, concurrency: 1 });
  }

  /** Base64url, for argon2 to be computed on. */
  digest(recipe: HashRecipe, password: string, entry: QueueEntry): Promise<QueueOutcome<string>> {
    return this.#queue.run(entry, async () => {
      const tried = password.slice(0, MAX_OLD_PASSWORD_LENGTH);
      return (await this.#ask(recipe, tried)).toString('base64url');
    });
  }

  async stop(): Promise<void> {
    await this.#thread?.terminate();
  }

  #ask(recipe: HashRecipe, password: string): Promise<Buffer> {
    this.#thread ??= this.#start();
    this.#questions += 1;
    const question: DigestQuestion = { id: this.#questions, recipe, password };
    const answered = Promise.withResolvers<Buffer>();
    this.#waiting.set(question.id, answered);
    this.#thread.postMessage(question);
    return answered.promise;
  }

  #start(): Worker {
    const thread = new Worker(new URL('./foreign-digest.thread.ts', import.meta.url));
    thread.unref();
    thread.on('message', ({ id, digest }: DigestAnswer) => {
      this.#waiting.get(id)?.resolve(Buffer.from(digest));
      this.#waiting.delete(id);
    });
    let failure = new Error('the thread of old password hashes has ended');
    thread.on('error', (error) => (failure = error));
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = undefined;
      for (const { reject } of this.#waiting.values()) reject(failure);
      this.#waiting.clear();
    });
    return thread;
  }
}
