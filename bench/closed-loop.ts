// Closed-loop load: so many visitors, each of whom begins the next operation when the last one is
// answered. An operation that throws is an error and counts for nothing.

/**
 * One operation of one visitor; `'nothing_left'` ends its turn. @throws Error when an answer is not
 * the right one.
 */
export type Operation = () => Promise<void | 'nothing_left'>;

export interface LoadResult {
  operations: number;
  errors: number;
  /** The first few, in words. */
  complaints: string[];
  seconds: number;
  /** Milliseconds per operation, sorted. */
  times: number[];
}

const MAX_COMPLAINTS = 3;

export async function closedLoop(
  operations: readonly Operation[],
  seconds: number,
): Promise<LoadResult> {
  const result: LoadResult = { operations: 0, errors: 0, complaints: [], seconds: 0, times: [] };
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(
    operations.map(async (operation) => {
      while (performance.now() < end) {
        const begun = performance.now();
        try {
          if ((await operation()) === 'nothing_left') return;
          result.operations += 1;
          result.times.push(performance.now() - begun);
        } catch (error) {
          result.errors += 1;
          if (result.complaints.length < MAX_COMPLAINTS) result.complaints.push(String(error));
        }
      }
    }),
  );
  result.seconds = (performance.now() - start) / 1000;
  result.times.sort((a, b) => a - b);
  return result;
}

/** `times` sorted; `share` from 0 to 1. */
export function percentile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
}
