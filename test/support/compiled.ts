// Processes of tests compile the product once and not each time (vitest.config.ts names the folder).

const { NODE_COMPILE_CACHE = '' } = process.env;

/** For the environment of a process that is given none of the own one. */
export const compiled: Readonly<Record<string, string>> =
  NODE_COMPILE_CACHE === '' ? {} : { NODE_COMPILE_CACHE };
