// One database server for the whole run (test/support/global-setup.ts), one database per file.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error(
    `Tests need Node.js 24, this is ${process.version}: use "npm test" or "npx vitest".`,
  );
}

/** Those that take longest, which their size does not tell: last, they would be waited for alone. */
const LONGEST = [
  'test/faults/faults.test.ts',
  'src/demo/main.test.ts',
  'test/journeys/city.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      LONGEST.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // The cores are busy with tests as it is: helpers of the collector only take turns with them.
    execArgv: ['--single-threaded-gc'],
    // Files share the modules that they load, most of which are the product: none may change one.
    isolate: false,
    // Node.js loads everything itself, as it does in production: nothing is transformed, and what one
    // worker or process has compiled the next one finds in the cache.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    sequence: { sequencer: LongestFirst },
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
