// `npm test` and `npm run check`: format, lint, types, unused code, and beside them the tests. Prints the
// words of a check only when it fails. `npm test -- <filter>` runs only the tests that match.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = path.join(root, 'node_modules', '.bin');
/** As npm does it: `node` becomes the one that is installed with the project, not the host's. */
const env = {
  ...process.env,
  PATH: programs + path.delimiter + process.env['PATH'],
  // Types and lint are looked at by Go programs, which have memory enough to clean up less often.
  GOGC: '400',
  // Checks write into a pipe and could not tell whether a person reads along.
  ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
};
/** By themselves on two cores; beside the tests one after the other, in the time that those leave. */
const CHECKS_AT_ONCE = { alone: 2, besideTests: 1 };
const NICENESS_BESIDE_TESTS = 10;

/** Slowest first, so that two cores finish together. */
const CHECKS = [
  { name: 'unused code', command: ['knip', '--no-progress', '--no-config-hints'] },
  // Several checkers would each look at what all need.
  { name: 'types', command: ['tsc', '--pretty', '--checkers', '1'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'generated docs', command: ['node', 'scripts/docs.ts', '--check'] },
];

/** @typedef {{ code: number | null, output: string, seconds: number }} Outcome */

/**
 * @param {string[]} command the name of an installed program and its arguments
 * @param {{ isQuiet: boolean, niceness?: number }} options
 * @returns {Promise<Outcome>}
 */
function run([name = '', ...args], { isQuiet, niceness = 0 }) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(path.join(programs, name), args, {
      cwd: root,
      env,
      stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    if (child.pid !== undefined && niceness > 0) setPriority(child.pid, niceness);
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

/**
 * @param {{ isBesideTests: boolean, say: (line: string) => void }} options
 * @returns {Promise<string[]>} names of the checks that failed
 */
async function runChecks({ isBesideTests, say }) {
  const waiting = [...CHECKS];
  const options = { isQuiet: true, niceness: isBesideTests ? NICENESS_BESIDE_TESTS : 0 };
  /** @type {string[]} */
  const failed = [];
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const { code, output, seconds } = await run(check.command, options);
      say(`${code === 0 ? '✓' : '✗'} ${check.name} (${seconds.toFixed(1)} s)`);
      if (code === 0) continue;
      failed.push(check.name);
      say(output.trimEnd());
    }
  };
  const atOnce = isBesideTests ? CHECKS_AT_ONCE.besideTests : CHECKS_AT_ONCE.alone;
  await Promise.all(Array.from({ length: atOnce }, work));
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
/** @type {string[]} what the checks say, kept until the tests have said theirs */
const kept = [];
const isBesideTests = !values.checksOnly;
const say = isBesideTests ? (/** @type {string} */ line) => void kept.push(line) : console.log;
const [failedChecks, tests] = await Promise.all([
  positionals.length === 0 ? runChecks({ isBesideTests, say }) : [],
  values.checksOnly ? undefined : runTests(positionals),
]);

for (const line of kept) console.log(line);
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
