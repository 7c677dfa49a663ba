// `npm start` as a child process of a test, on a data folder and a block of ports of its own.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lookUpProcess } from '../../src/platform/process-table.ts';

const entry = fileURLToPath(new URL('../../src/demo/main.ts', import.meta.url));
const workTree = fileURLToPath(new URL('../../', import.meta.url));

export type DemoCityPlace = {
  readonly dataFolder: string;
  readonly firstPort: number;
  readonly environment?: NodeJS.ProcessEnv;
};

export type DemoCityRun = {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly output: () => string;
};

export function spawnDemoCity({ dataFolder, firstPort, environment }: DemoCityPlace): DemoCityRun {
  const { MONGODB_URI: _unset, ...inherited } = process.env;
  const child = spawn(process.execPath, [entry], {
    cwd: workTree,
    env: {
      ...inherited,
      HUTONG_DATA_DIR: dataFolder,
      HUTONG_PORT: String(firstPort),
      // Most tests are about the city alone.
      HUTONG_DEMO_NEIGHBOURS: 'off',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { child, output: () => text };
}

/** @throws when it ends before it is ready, with what it said */
export async function startDemoCity(place: DemoCityPlace): Promise<DemoCityRun> {
  const run = spawnDemoCity(place);
  // A city that was killed has left its `demo.json`; the pid in it tells whose it is.
  while ((await readReadyPid(place.dataFolder)) !== run.child.pid) {
    if (hasEnded(run)) throw new Error(`the city ended before it was ready:\n${run.output()}`);
    await wait(50);
  }
  return run;
}

/** The exit code, once it has ended. */
export async function endOfDemoCity(run: DemoCityRun): Promise<number | null> {
  if (!hasEnded(run)) await once(run.child, 'exit');
  return run.child.exitCode;
}

export async function stopDemoCity(run: DemoCityRun): Promise<number | null> {
  run.child.kill('SIGTERM');
  return endOfDemoCity(run);
}

/** Of all processes of the city but the first one. */
export async function readPids({ dataFolder }: DemoCityPlace): Promise<number[]> {
  const folder = join(dataFolder, 'run');
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const parts = texts.map((text) => (JSON.parse(text) as { pid: number }).pid);
  const database = await readFile(join(dataFolder, 'database', 'db', 'mongod.lock'), 'utf8');
  return [...parts, Number(database)];
}

/** What those of them were started with that still run. */
export async function readLiving(pids: readonly number[]): Promise<string[]> {
  const found = await Promise.all(pids.map(lookUpProcess));
  return found.flatMap((process) => (process ? [process.arguments.join(' ')] : []));
}

function hasEnded({ child }: DemoCityRun): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function readReadyPid(dataFolder: string): Promise<number | undefined> {
  const text = await readFile(join(dataFolder, 'demo.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { pid?: number }).pid;
}
