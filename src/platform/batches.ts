// What concerns many documents, so many at a time: a command stays far below what the database takes,
// and only these are held in memory.

/** Documents of one command. */
export const BATCH = 500;

export function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += BATCH) yield items.slice(from, from + BATCH);
}
