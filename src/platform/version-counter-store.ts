// A counter that orders the changes of a collection: each takes the next number, so that every process
// can ask for what is newer than what it has.
import type { ClientSession, Collection, Database } from './mongo.ts';

/**
 * An open change stream costs the server something at every write to any database, so a process has one,
 * whatever it follows.
 */
const streams = new WeakMap<Database, CounterStream>();

/** How long the server keeps a question for changes when there are none, in milliseconds. */
const AWAIT_MS = 3000;

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
    let stream = streams.get(this.#database);
    if (!stream || stream.hasEnded) {
      stream = new CounterStream(this.#counters);
      streams.set(this.#database, stream);
    }
    return stream.follow({ name: this.#name, onChange, onEnd });
  }

  get #counters() {
    return this.#database.collection<CounterDocument>('counters');
  }
}

interface Follower {
  name: string;
  onChange: () => void;
  onEnd: () => void;
}

/** The changes of all counters, for as long as somebody follows one. */
class CounterStream {
  hasEnded = false;
  readonly #stream: ReturnType<Collection<CounterDocument>['watch']>;
  readonly #followers = new Set<Follower>();

  constructor(counters: Collection<CounterDocument>) {
    this.#stream = counters.watch([], { maxAwaitTimeMS: AWAIT_MS });
    this.#stream.on('change', (change) => {
      const name = 'documentKey' in change ? change.documentKey._id : undefined;
      for (const follower of this.#followers) if (follower.name === name) follower.onChange();
    });
    this.#stream.on('error', () => this.#end());
    this.#stream.on('end', () => this.#end());
  }

  follow(follower: Follower): { close(): Promise<void> } {
    this.#followers.add(follower);
    return {
      close: async () => {
        this.#followers.delete(follower);
        if (this.#followers.size > 0) return;
        this.hasEnded = true;
        await this.#stream.close();
      },
    };
  }

  #end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const follower of this.#followers) follower.onEnd();
  }
}
