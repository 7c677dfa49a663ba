// What mutual recognition costs, and whether an answer tells who is registered:
// `npm run bench -- recognition` (all but the oracle), `… recognition-oracle`, or one by its name.
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openOprf } from '../src/mutual-recognition/oprf.ts';
import type { FoundBy } from '../src/mutual-recognition/recognition-index.ts';
import { closedLoop } from './closed-loop.ts';
import type { Operation } from './closed-loop.ts';
import { mannWhitney, median, welch } from './distributions.ts';
import type { Reply } from './http-lane.ts';
import { startRecognition, somebody } from './recognition-servers.ts';
import type { RecognitionServers } from './recognition-servers.ts';
import { markdownTable, medianRow, rowOf } from './report.ts';
import type { Row } from './report.ts';

interface Scenario {
  service: 'hub' | 'keyHolder';
  /** Evaluations, lookups, entries of one operation. */
  units: number;
  prepare: (servers: RecognitionServers) => Promise<() => Promise<unknown>>;
}

const GATHERED = 50;
const BATCH = 500;
const ENTRIES = 5000;
const TELLABLE = 0.001;

const scenarios: Readonly<Record<string, Scenario>> = {
  'voprf-evaluate': {
    service: 'keyHolder',
    units: 2,
    prepare: (servers) => evaluating(servers, 2),
  },
  'voprf-batch': {
    service: 'keyHolder',
    units: BATCH,
    prepare: (servers) => evaluating(servers, BATCH),
  },
  'recognition-lookup': {
    service: 'hub',
    units: GATHERED,
    prepare: (servers) => Promise.resolve(() => lookUp(servers, mixed(servers, GATHERED))),
  },
  'recognition-lookup-single': {
    service: 'hub',
    units: 1,
    prepare: (servers) => Promise.resolve(() => lookUp(servers, mixed(servers, 1))),
  },
  'recognition-entries': {
    service: 'hub',
    units: ENTRIES,
    prepare: (servers) => Promise.resolve(() => register(servers)),
  },
};

async function evaluating(servers: RecognitionServers, count: number) {
  const oprf = await openOprf();
  const elements = Array.from({ length: count }, (_, turn) => {
    const { blinded } = oprf.blind(Buffer.from(`somebody ${turn}`));
    return Buffer.from(blinded).toString('base64url');
  });
  return () =>
    expectOk(servers.ask('keyHolder', '/recognition-key/evaluations', { epoch: 1, elements }));
}

function mixed({ known }: RecognitionServers, count: number): FoundBy[] {
  return Array.from({ length: count }, (_, turn) => {
    const chosen = known[Math.floor(Math.random() * known.length)];
    return turn % 2 === 0 && chosen ? chosen : somebody();
  });
}

async function lookUp(servers: RecognitionServers, people: readonly FoundBy[]): Promise<Reply> {
  const traces = people.map(() => randomBytes(12).toString('base64url'));
  const { body } = await expectOk(
    servers.ask('hub', '/mutual-recognition/tickets', { trace_ids: traces }),
  );
  const { tickets } = JSON.parse(body) as { tickets: string[] };
  const lookups = people.map((person, place) => {
    return { ...person, ticket: tickets[place] ?? '', trace_id: traces[place] ?? '' };
  });
  return expectOk(servers.ask('hub', '/mutual-recognition/lookups', { lookups }));
}

async function register(servers: RecognitionServers): Promise<void> {
  const expires_at = Math.floor(Date.now() / 1000) + 86_400;
  const changes = Array.from({ length: ENTRIES }, () => {
    const index = randomBytes(32).toString('base64url');
    return { action: 'put', index, version: 1, level: 3, expires_at };
  });
  await expectOk(servers.ask('hub', '/mutual-recognition/entries', { epoch: 1, changes }));
}

async function expectOk(asked: Promise<Reply>): Promise<Reply> {
  const reply = await asked;
  if (reply.status !== 200) throw new Error(`status ${reply.status}: ${reply.body.slice(0, 200)}`);
  return reply;
}

interface Options {
  seconds: number;
  rounds: number;
  concurrency: number;
}

async function measure(
  servers: RecognitionServers,
  [name, { service, units, prepare }]: readonly [string, Scenario],
  { seconds, rounds, concurrency }: Options,
): Promise<Row> {
  const once = await prepare(servers);
  const operation: Operation = async () => void (await once());
  const operations = Array.from({ length: concurrency }, () => operation);
  await closedLoop(operations, seconds / 2);
  const rows: Row[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = servers.figures(service);
    const result = await closedLoop(operations, seconds);
    const after = servers.figures(service);
    rows.push(rowOf(name, { ...result, operations: result.operations * units }, { before, after }));
  }
  return medianRow(rows);
}

/** One after the other, known and unknown by chance; what an asking platform can measure. */
async function oracle(servers: RecognitionServers, samples: number): Promise<boolean> {
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  const shapes = new Set<string>();
  const warmUp = 200;
  for (let turn = 0; times.known.length + times.unknown.length < samples; turn += 1) {
    const isKnown = Math.random() < 0.5;
    const chosen = servers.known[Math.floor(Math.random() * servers.known.length)];
    const person = isKnown && chosen ? chosen : somebody();
    const trace_id = randomBytes(12).toString('base64url');
    const taken = await servers.ask('hub', '/mutual-recognition/tickets', {
      trace_ids: [trace_id],
    });
    const ticket = (JSON.parse(taken.body) as { tickets: string[] }).tickets[0] ?? '';
    const lookups = [{ ...person, ticket, trace_id }];
    const begun = performance.now();
    const reply = await servers.ask('hub', '/mutual-recognition/lookups', { lookups });
    const time = performance.now() - begun;
    if (turn < warmUp) continue;
    times[isKnown ? 'known' : 'unknown'].push(time);
    const { date: _date, 'x-request-id': _id, ...headers } = reply.headers;
    shapes.add(JSON.stringify([reply.status, headers, reply.body.length]));
  }
  const { known, unknown } = times;
  const tests = { welch: welch(known, unknown), mannWhitney: mannWhitney(known, unknown) };
  console.log(`known: ${known.length}, median ${median(known).toFixed(3)} ms`);
  console.log(`unknown: ${unknown.length}, median ${median(unknown).toFixed(3)} ms`);
  console.log(`statuses, headers and sizes: ${shapes.size} kind${shapes.size === 1 ? '' : 's'}`);
  console.log(
    `Welch p = ${tests.welch.toFixed(4)}, Mann–Whitney p = ${tests.mannWhitney.toFixed(4)}`,
  );
  return shapes.size === 1 && Object.values(tests).every((p) => p > TELLABLE);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    entries: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '8' },
    samples: { type: 'string', default: '4000' },
    'answer-after': { type: 'string', default: '25' },
    profile: { type: 'string' },
  },
});
const isOracle = positionals.includes('recognition-oracle');
const chosen = Object.entries(scenarios).filter(([name]) => {
  return positionals.includes('recognition') || positionals.includes(name);
});
const options = {
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  concurrency: Number(values.concurrency),
};
const servers = await startRecognition({
  entries: Number(values.entries),
  answerAfterMs: Number(values['answer-after']),
  profile: values.profile,
  connections: options.concurrency,
});
try {
  console.log(
    `${values.entries} entries; ${cpus()[0]?.model ?? 'unknown processor'} × ${cpus().length}`,
  );
  const rows: Row[] = [];
  for (const each of chosen) {
    const row = await measure(servers, each, options);
    rows.push(row);
    console.error(`${each[0]}: ${row.perCpuSecond.toFixed(0)} per CPU second`);
    for (const complaint of row.complaints) console.error(`  ${complaint}`);
  }
  if (rows.length > 0) console.log(markdownTable(rows));
  const hasFailed = rows.some(({ errors }) => errors > 0);
  const isTold = isOracle && !(await oracle(servers, Number(values.samples)));
  if (hasFailed || isTold) process.exitCode = 1;
} finally {
  await servers.stop();
}
