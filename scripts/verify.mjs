// `npm test` and `npm run check`: format, lint, types, unused code, then the tests. Prints the words of
// a check only when it fails. `npm test -- <filter>` runs only the tests that match.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = path.join(root, 'node_modules', '.bin');
/** As npm does it: `node` becomes the one that is installed with the project, not the host's. */
const env = {
  ...process.env,
  PATH: programs + path.delimiter + process.env['PATH'],
  // Checks write into a pipe and could not tell whether a person reads along.
  ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
};
const CHECKS_AT_ONCE = 2;

/** Slowest first, so that two cores finish together. */
const CHECKS = [
  { name: 'unused code', command: ['knip', '--no-progress', '--no-config-hints'] },
  { name: 'types', command: ['tsc', '--pretty'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'generated docs', command: ['node', 'scripts/docs.ts', '--check'] },
];

/** @typedef {{ code: number | null, output: string, seconds: number }} Outcome */

/**
 * @param {string[]} command the name of an installed program and its arguments
 * @param {{ isQuiet: boolean }} options
 * @returns {Promise<Outcome>}
 */
function run([name = '', ...args], { isQuiet }) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(path.join(programs, name), args, {
      cwd: root,
      env,
      stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const end = (/** @type {number | null} */ code) =>
      resolve({ code, output, seconds: (performance.now() - startedAt) / 1000 });
    child.on('error', (error) => {
      output += error.message;
      end(null);
    });
    child.on('close', end);
  });
}

/** @returns {Promise<string[]>} names of the checks that failed */
async function runChecks() {
  const waiting = [...CHECKS];
  /** @type {string[]} */
  const failed = [];
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const { code, output, seconds } = await run(check.command, { isQuiet: true });
      console.log(`${code === 0 ? '✓' : '✗'} ${check.name} (${seconds.toFixed(1)} s)`);
      if (code === 0) continue;
      failed.push(check.name);
      console.log(output.trimEnd());
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, work));
  return failed;
}

/**
 * @param {string[]} filters
 * @returns {Promise<{ isGreen: boolean, closingLine: string }>}
 */
async function runTests(filters) {
  const folder = await mkdtemp(path.join(tmpdir(), 'hutong-verify-'));
  try {
    const report = path.join(folder, 'report.json');
    const { code } = await run(
      [
        'vitest',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ].concat(filters),
      { isQuiet: false },
    );
    const counts = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
    return { isGreen: code === 0, closingLine: closingLineOf(counts) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {{ numPassedTests?: number, numFailedTests?: number, numPendingTests?: number }} counts */
function closingLineOf(counts) {
  const skipped = counts.numPendingTests ? `, ${counts.numPendingTests} skipped` : '';
  return `tests: ${counts.numPassedTests ?? 0} passed, ${counts.numFailedTests ?? 0} failed${skipped}`;
}

const { values, positionals } = parse(process.argv.slice(2));
const failedChecks = positionals.length === 0 ? await runChecks() : [];
const tests = values.checksOnly ? undefined : await runTests(positionals);

if (failedChecks.length > 0) console.log(`\nfailed checks: ${failedChecks.join(', ')}`);
if (tests) console.log(`\n${tests.closingLine}`);
process.exitCode = failedChecks.length === 0 && (tests?.isGreen ?? true) ? 0 : 1;

/** @param {string[]} args */
function parse(args) {
  const flag = '--checks-only';
  return {
    values: { checksOnly: args.includes(flag) },
    positionals: args.filter((argument) => argument !== flag),
  };
}
