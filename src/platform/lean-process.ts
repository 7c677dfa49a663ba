// How an app process is started so that it stays small. V8 lets its young generation grow to
// 3 × 64 MB on a large machine and its old one to a multiple of what lives in it, and glibc keeps an
// arena for each thread; none of this makes a request faster.

/** For `node`, before the file it runs. */
export const leanFlags: readonly string[] = [
  '--max-semi-space-size=8',
  '--heap-growing-percent=20',
];

export const leanEnvironment = { MALLOC_ARENA_MAX: '2' } as const;

/**
 * Node cuts small buffers from blocks of 64 KB, and a block lives as long as the last of them: what
 * few bytes a waiting request holds would hold it all. For an app process, which has many of those.
 */
export function keepBuffersSmall(): void {
  Buffer.poolSize = 8192;
}
