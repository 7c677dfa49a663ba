// Work on one thing that would only get in its own way: it waits in line in this process. Across
// processes the database decides.

/** Runs work of the same key one after the other, in the order of the calls. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const settled = (before ?? Promise.resolve()).catch(() => undefined);
    const own = settled.then(work);
    this.#last.set(key, own);
    try {
      return await own;
    } finally {
      if (this.#last.get(key) === own) this.#last.delete(key);
    }
  }
}
