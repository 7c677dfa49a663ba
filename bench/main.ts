// Measures what an operation costs the server: `npm run bench -- sign-in refresh`; `--help` tells
// the scenarios and options. The load comes from this process; the app and its database are others,
// and what they cost is what the kernel says. docs/performance.md has results and reads them.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { startBare } from './bare-target.ts';
import { closedLoop } from './closed-loop.ts';
import { attach, startHutong } from './hutong-target.ts';
import { readOptions, usage } from './options.ts';
import type { Options } from './options.ts';
import { markdownTable, medianRow, rowOf } from './report.ts';
import type { Row } from './report.ts';
import { scenarios } from './scenarios.ts';
import type { ScenarioName } from './scenarios.ts';
import type { Target } from './target.ts';

async function measure(target: Target, name: ScenarioName, options: Options): Promise<Row> {
  const { concurrency, seconds, warmUp, rounds } = options;
  const lane = target.connect(concurrency);
  try {
    const rows: Row[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const operations = await scenarios[name].prepare({ target, lane, concurrency });
      if (round === 0) await closedLoop(operations, warmUp);
      const before = target.figures();
      const result = await closedLoop(operations, seconds);
      rows.push(rowOf(name, result, { before, after: target.figures() }));
    }
    return medianRow(rows);
  } finally {
    await lane.close();
  }
}

async function start(options: Options): Promise<Target> {
  if (options.running) return attach(options.running);
  return options.isBare ? startBare(options) : startHutong(options);
}

async function main(options: Options): Promise<number> {
  const target = await start(options);
  const rows: Row[] = [];
  try {
    console.log(`${target.name}; ${cpus()[0]?.model ?? 'unknown processor'} × ${cpus().length}`);
    if (target.readyAfter) console.log(`ready after ${target.readyAfter.join(', ')} ms`);
    for (const name of options.scenarios) {
      const row = await measure(target, name, options);
      rows.push(row);
      console.error(`${name}: ${row.perCpuSecond.toFixed(1)} per CPU second`);
      for (const complaint of row.complaints) console.error(`  ${complaint}`);
    }
  } finally {
    await target.stop();
  }
  console.log(markdownTable(rows));
  if (options.json) await writeFile(options.json, JSON.stringify({ target: target.name, rows }));
  return rows.some(({ errors }) => errors > 0) ? 1 : 0;
}

const given = process.argv.slice(2);
const options = readOptions(given);
if (given.some((name) => /^(?:recognition|voprf)/u.test(name))) {
  // Another pair of servers, with options of its own.
  await import('./recognition.ts');
} else if (options) {
  process.exitCode = await main(options);
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
