// `npm run faults -- --rounds 100 --seed 7`: the long run. Prints what was done, what failed, what
// came of it and how long it took to recover; ends with 1 when something was violated.
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { findMongod } from '../../scripts/mongod.mjs';
import { Chance } from './chance.ts';
import { startFaultCity } from './fault-city.ts';
import { faultNames } from './nemesis.ts';
import type { FaultName } from './nemesis.ts';
import { runHistory } from './run.ts';
import type { Round, RunReport } from './run.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    /** Names of faults, separated by commas; they take turns. Without: any, by chance. */
    faults: { type: 'string' },
    grace: { type: 'string', default: '10' },
    citizens: { type: 'string', default: '8' },
    /** Milliseconds; 10,000 is the database's default. */
    'election-timeout': { type: 'string', default: '5000' },
    /** Where the whole history is written, one record a line, when something was violated. */
    history: { type: 'string' },
  },
});

const LIMIT_MS = 15_000;
const seed = Number(values.seed ?? randomInt(1_000_000));
const graceSeconds = Number(values.grace);
const found = await findMongod();
if (found.kind === 'uri') throw new Error('a fault run starts its own database: unset MONGODB_URI');

say(`seed ${seed}, grace ${graceSeconds} s, election after ${values['election-timeout']} ms`);
const city = await startFaultCity({
  binary: found.path,
  citizens: Number(values.citizens) + 1,
  electionTimeoutMs: Number(values['election-timeout']),
  graceSeconds,
  patienceMs: LIMIT_MS,
});
try {
  const report = await runHistory(city, {
    seed,
    rounds: plan(Number(values.rounds)),
    graceSeconds,
    calmMs: 1500,
    recoveryLimitMs: LIMIT_MS,
    onRound: tell,
  });
  summarize(report);
  if (report.problems.length > 0) {
    process.exitCode = 1;
    const { history: file } = values;
    const lines = report.history.records.map((record) => JSON.stringify(record));
    if (file !== undefined) await writeFile(file, `${lines.join('\n')}\n`);
  }
} finally {
  await city.stop();
}

function plan(rounds: number): FaultName[] {
  const chance = new Chance(seed);
  const asked = values.faults?.split(',').map((name) => {
    const known = faultNames.find((each) => each === name);
    if (!known) throw new Error(`no fault ${name}; there are ${faultNames.join(', ')}`);
    return known;
  });
  return Array.from({ length: rounds }, (_, at) =>
    asked ? (asked[at % asked.length] as FaultName) : chance.pick(faultNames),
  );
}

function tell({ number, fault, recoveryMs }: Round): void {
  const load = `${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
  say(`${String(number).padStart(4)}  ${fault.padEnd(26)} ${Math.round(recoveryMs)} ms  (${load})`);
}

function summarize({ history, rounds, problems }: RunReport): void {
  say('\noperation             ok  refused  unknown');
  for (const [op, records] of Map.groupBy(history.records, (record) => record.op)) {
    const count = (outcome: string) =>
      String(records.filter((record) => record.outcome === outcome).length).padStart(7);
    say(`${op.padEnd(20)} ${count('ok')} ${count('refused')} ${count('unknown')}`);
  }
  say('\nfault                      rounds  median ms  longest ms');
  for (const [fault, struck] of Map.groupBy(rounds, (round) => round.fault)) {
    const times = struck.map(({ recoveryMs }) => recoveryMs).sort((a, b) => a - b);
    const middle = Math.round(times[Math.floor(times.length / 2)] ?? 0);
    const longest = Math.round(times.at(-1) ?? 0);
    say(`${fault.padEnd(26)} ${pad(times.length, 6)} ${pad(middle, 10)} ${pad(longest, 11)}`);
  }
  const answers = [...city.door.statuses].map(([status, count]) => `${status}: ${count}`);
  say(`\nanswers   ${answers.join(', ')}; slowest ${Math.round(city.door.slowestMs)} ms`);
  say(`notices   ${history.notices.length}`);
  say(`seed      ${seed}`);
  say(`violated  ${problems.length}`);
  for (const problem of problems) say(`  ${problem}`);
}

function pad(figure: number, width: number): string {
  return String(figure).padStart(width);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
