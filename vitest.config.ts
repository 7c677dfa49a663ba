// One database server for the whole run (test/support/global-setup.ts), one database per file.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error(
    `Tests need Node.js 24, this is ${process.version}: use "npm test" or "npx vitest".`,
  );
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Files share the modules that they load, most of which are the product: none may change one.
    isolate: false,
    // What tests start as processes of their own compiles the product once and not each time.
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(
        new URL('node_modules/.cache/hutong/compiled', import.meta.url),
      ),
    },
    // On two cores: while two files wait for a database, a process or a round of background work, a
    // third one uses the time.
    maxWorkers: 3,
    // A machine that does other things as well is slower, not wrong.
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 15_000,
  },
});
