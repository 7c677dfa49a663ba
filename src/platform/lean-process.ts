// How an app process is started so that it stays small. V8 lets its young generation grow to
// 3 × 64 MB on a large machine, and glibc keeps what each hash has used (19 MiB) in an arena of each
// thread; neither makes a request faster.

/** For `node`, before the file it runs. */
export const leanFlags: readonly string[] = ['--max-semi-space-size=16'];

export const leanEnvironment = { MALLOC_ARENA_MAX: '2' } as const;
