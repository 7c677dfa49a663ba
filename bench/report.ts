// Figures of a scenario: one row per scenario, the median of its rounds in every column.
import { percentile } from './closed-loop.ts';
import type { LoadResult } from './closed-loop.ts';
import type { ProcessFigures } from './process-figures.ts';

export interface ServerFigures {
  app: ProcessFigures;
  database: ProcessFigures;
}

export interface Row {
  scenario: string;
  operations: number;
  errors: number;
  complaints: string[];
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  /** Milliseconds of processor time per operation. */
  appCpu: number;
  databaseCpu: number;
  /** Of app and database together. */
  perCpuSecond: number;
  /** The largest app process so far, in megabytes. */
  peakMegabytes: number;
}

export function rowOf(
  scenario: string,
  result: LoadResult,
  { before, after }: { before: ServerFigures; after: ServerFigures },
): Row {
  const app = after.app.cpuSeconds - before.app.cpuSeconds;
  const database = after.database.cpuSeconds - before.database.cpuSeconds;
  const { operations, times } = result;
  return {
    scenario,
    operations,
    errors: result.errors,
    complaints: result.complaints,
    perSecond: operations / result.seconds,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
    appCpu: (app * 1000) / operations,
    databaseCpu: (database * 1000) / operations,
    perCpuSecond: operations / (app + database),
    peakMegabytes: after.app.peakMegabytes,
  };
}

export function medianRow(rows: readonly Row[]): Row {
  const [first] = rows;
  if (!first) throw new Error('no round was run');
  const middle = (pick: (row: Row) => number) =>
    rows.map(pick).toSorted((a, b) => a - b)[Math.floor(rows.length / 2)] ?? 0;
  return {
    scenario: first.scenario,
    operations: rows.reduce((sum, row) => sum + row.operations, 0),
    errors: rows.reduce((sum, row) => sum + row.errors, 0),
    complaints: rows.flatMap(({ complaints }) => complaints).slice(0, 3),
    perSecond: middle((row) => row.perSecond),
    p50: middle((row) => row.p50),
    p95: middle((row) => row.p95),
    p99: middle((row) => row.p99),
    appCpu: middle((row) => row.appCpu),
    databaseCpu: middle((row) => row.databaseCpu),
    perCpuSecond: middle((row) => row.perCpuSecond),
    peakMegabytes: Math.max(...rows.map((row) => row.peakMegabytes)),
  };
}

const HEAD = [
  'scenario',
  'per CPU second',
  'app ms',
  'database ms',
  'per second',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'operations',
  'errors',
  'MB',
];

export function markdownTable(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(HEAD),
    line(HEAD.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(cellsOf(row))),
  ].join('\n');
}

function cellsOf(row: Row): string[] {
  return [
    row.scenario,
    row.perCpuSecond.toFixed(row.perCpuSecond < 100 ? 1 : 0),
    row.appCpu.toFixed(2),
    row.databaseCpu.toFixed(2),
    row.perSecond.toFixed(0),
    ...[row.p50, row.p95, row.p99].map((time) => time.toFixed(1)),
    String(row.operations),
    String(row.errors),
    String(row.peakMegabytes),
  ];
}
