// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.ts';
import type { Scenario, ScenarioName } from './scenarios.ts';

export const usage = `npm run bench -- [SCENARIO…] [options]

Scenarios (all of them when none is named):
${Object.entries(scenarios)
  .map(([name, { words }]) => `  ${name.padEnd(20)}${words}`)
  .join('\n')}

Options:
  --seconds N        measured time of one round (8)
  --warm-up N        load before it that does not count (4)
  --rounds N         rounds of each scenario; the median is reported (3)
  --concurrency N    visitors at once (16)
  --processes N      app processes, as on N machines with one database (1)
  --workers N        workers of each app process, HUTONG_WORKERS (1)
  --share N          part of one processor that each app process may have, above 0 to 1 (Linux, root)
  --accounts N       accounts in the database (1000)
  --algorithm NAME   signature of ID tokens: RS256, ES256 (RS256)
  --bare             the bare library with its store in memory instead of the product
  --json FILE        the figures, for programs
  --profile FOLDER   a CPU profile of each app process, written when it ends
Mutual recognition (a hub and a key holder of their own):
  recognition | voprf-evaluate voprf-batch recognition-lookup recognition-lookup-single recognition-entries
  recognition-oracle   whether times or sizes of answers tell who is registered
  --entries N        in the index (1000000)
  --samples N        lookups of the oracle (4000)
  --answer-after N   answerAfterMs of the hub (25)
A server that runs already:
  --url ISSUER --clients FILE --accounts-csv FILE [--origin URL…] [--pid N…] [--database-pid N…]
`;

export interface Options {
  scenarios: ScenarioName[];
  seconds: number;
  warmUp: number;
  rounds: number;
  concurrency: number;
  processes: number;
  workers: number;
  share: number | undefined;
  accounts: number;
  algorithm: string;
  isBare: boolean;
  json: string | undefined;
  profile: string | undefined;
  running: RunningServer | undefined;
}

export interface RunningServer {
  issuer: string;
  clientsFile: string;
  accountsFile: string;
  /** Where its processes listen; the issuer unless given. */
  origins: string[];
  pids: number[];
  databasePids: number[];
}

/** Undefined when it is not understood. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values, positionals } = parse(args);
    const known = Object.keys(scenarios) as ScenarioName[];
    const chosen = known.filter((name) => positionals.includes(name));
    const isOther = values.bare || values.url !== undefined;
    if (positionals.some((name) => !(name in scenarios))) return undefined;
    return {
      scenarios:
        chosen.length > 0 ? chosen : known.filter((name) => !(isOther && needsMandates(name))),
      seconds: Number(values.seconds),
      warmUp: Number(values['warm-up']),
      rounds: Number(values.rounds),
      concurrency: Number(values.concurrency),
      processes: Number(values.processes),
      workers: Number(values.workers),
      share: values.share === undefined ? undefined : Number(values.share),
      accounts: Number(values.accounts),
      algorithm: values.algorithm,
      isBare: values.bare,
      json: values.json,
      profile: values.profile,
      running: runningServer(values),
    };
  } catch {
    return undefined;
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '8' },
      'warm-up': { type: 'string', default: '4' },
      rounds: { type: 'string', default: '3' },
      concurrency: { type: 'string', default: '16' },
      processes: { type: 'string', default: '1' },
      workers: { type: 'string', default: '1' },
      share: { type: 'string' },
      accounts: { type: 'string', default: '1000' },
      algorithm: { type: 'string', default: 'RS256' },
      bare: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'string' },
      url: { type: 'string' },
      clients: { type: 'string' },
      'accounts-csv': { type: 'string' },
      origin: { type: 'string', multiple: true },
      pid: { type: 'string', multiple: true },
      'database-pid': { type: 'string', multiple: true },
    },
  });
}

function needsMandates(name: ScenarioName): boolean {
  const { isOfProductAlone = false }: Scenario = scenarios[name];
  return isOfProductAlone;
}

/** @throws Error when only a part of what is needed is given. */
function runningServer(values: ReturnType<typeof parse>['values']): RunningServer | undefined {
  const { url, clients, 'accounts-csv': accounts } = values;
  if (url === undefined) return undefined;
  if (clients === undefined || accounts === undefined) throw new Error('incomplete');
  return {
    issuer: url,
    clientsFile: clients,
    accountsFile: accounts,
    origins: values.origin ?? [url],
    pids: (values.pid ?? []).map(Number),
    databasePids: (values['database-pid'] ?? []).map(Number),
  };
}
