// A counter that orders the changes of a collection: each takes the next number, so that every process
// can ask for what is newer than what it has.
import type { ClientSession, Database } from './mongo.ts';

interface CounterDocument {
  _id: string;
  value: number;
}

export class VersionCounter {
  readonly #database: Database;
  readonly #name: string;

  /** @param name of the collection; its migration puts the counter there, at 0 */
  constructor(database: Database, name: string) {
    this.#database = database;
    this.#name = name;
  }

  /** All changes meet at this counter, so versions become visible in their order. */
  async next(session: ClientSession): Promise<number> {
    const counter = await this.#counters.findOneAndUpdate(
      { _id: this.#name },
      { $inc: { value: 1 } },
      { session, upsert: true, returnDocument: 'after' },
    );
    if (!counter) throw new Error(`the counter of ${this.#name} was neither found nor made`);
    return counter.value;
  }

  /** Calls back soon after any process has taken a number; `onEnd` when it stops doing so. */
  watch(onChange: () => void, onEnd: () => void): { close(): Promise<void> } {
    const stream = this.#counters.watch([{ $match: { 'documentKey._id': this.#name } }]);
    stream.on('change', onChange);
    stream.on('error', onEnd);
    stream.on('end', onEnd);
    return { close: () => stream.close() };
  }

  get #counters() {
    return this.#database.collection<CounterDocument>('counters');
  }
}
