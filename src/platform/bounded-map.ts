// A map that holds no more than so many: what was put first goes first.

export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Counts as put last, also when it is there. */
  set(key: K, value: V): void {
    this.#entries.delete(key);
    const first = this.#entries.keys().next();
    if (this.#entries.size >= this.#most && !first.done) this.#entries.delete(first.value);
    this.#entries.set(key, value);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
