// `npm start` as a process, with everything real: started, asked to end, killed in every way, and
// started again on the same data folder.
import { access, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  endOfDemoCity,
  spawnDemoCity,
  startDemoCity,
  stopDemoCity,
} from '../../test/support/demo-city.ts';
import type { DemoCityPlace, DemoCityRun } from '../../test/support/demo-city.ts';
import { findFreePortBlock, isPortFree } from '../../test/support/free-ports.ts';
import { lookUpProcess } from '../platform/process-table.ts';

const patience = { timeout: 90_000 };

let place: DemoCityPlace;
/** The city that runs between two tests. */
let last: DemoCityRun;

beforeAll(async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-start-'));
  place = { dataFolder, firstPort: await findFreePortBlock() };
});

afterAll(() => rm(place.dataFolder, { recursive: true, force: true }));

function inFolder(...names: string[]): string {
  return join(place.dataFolder, ...names);
}

/** All processes of the city but the first one. */
/** The inbox, three relying parties, the city node and its database. */
const PARTS_BESIDE_REGISTERS = 6;

async function readPids(): Promise<number[]> {
  const names = await readdir(inFolder('run'));
  const texts = await Promise.all(names.map((name) => readFile(inFolder('run', name), 'utf8')));
  const parts = texts.map((text) => (JSON.parse(text) as { pid: number }).pid);
  return [...parts, Number(await readFile(inFolder('database', 'db', 'mongod.lock'), 'utf8'))];
}

async function readLiving(pids: readonly number[]) {
  const found = await Promise.all(pids.map(lookUpProcess));
  return found.flatMap((process) => (process ? [process.arguments.join(' ')] : []));
}

async function isPortalServed(): Promise<boolean> {
  return (await fetch(`http://localhost:${place.firstPort + 1}/`)).ok;
}

test('a stranger on one of its ports is named, and nothing is started', patience, async () => {
  const stranger = createServer().listen(place.firstPort + 2, '127.0.0.1');
  const run = spawnDemoCity(place);
  expect(await endOfDemoCity(run)).toBe(1);
  expect(run.output()).toContain(`process ${process.pid}`);
  expect(await readdir(inFolder('run'))).toEqual([]);
  await new Promise((resolve) => stranger.close(resolve));
});

test('it welcomes, refuses a second city, and ends in order on SIGTERM', patience, async () => {
  const run = await startDemoCity(place);
  await expect.poll(run.output).toContain(`http://localhost:${place.firstPort + 1}/`);
  const second = spawnDemoCity(place);
  expect(await endOfDemoCity(second)).toBe(1);
  expect(second.output()).toContain(String(run.child.pid));
  const pids = await readPids();
  const registers = await readdir(new URL('registers/', import.meta.url), { withFileTypes: true });
  const folders = registers.filter((each) => each.isDirectory());
  expect(pids).toHaveLength(PARTS_BESIDE_REGISTERS + folders.length);
  expect(await stopDemoCity(run)).toBe(0);
  expect(await readLiving(pids)).toEqual([]);
  await expect(access(inFolder('demo.json'))).rejects.toMatchObject({ code: 'ENOENT' });
});

// Each begins with the city that the one before has left running.
test(
  'it is ready again with the same secrets, and takes its parts with it when it is killed',
  patience,
  async () => {
    const before = await readFile(inFolder('secrets.json'), 'utf8');
    const run = await startDemoCity(place);
    expect(await readFile(inFolder('secrets.json'), 'utf8')).toBe(before);
    const pids = await readPids();
    run.child.kill('SIGKILL');
    await endOfDemoCity(run);
    // At once: whatever is still ending has to be waited for by the new city itself.
    last = await startDemoCity(place);
    expect(await readLiving(pids)).toEqual([]);
    expect(await isPortalServed()).toBe(true);
  },
);

test('it starts again after everything was killed at once', patience, async () => {
  const pids = await readPids();
  for (const pid of [last.child.pid ?? 0, ...pids]) process.kill(pid, 'SIGKILL');
  await endOfDemoCity(last);
  last = await startDemoCity(place);
  expect(await isPortalServed()).toBe(true);
});

test('it ends when a part is killed, says which, and leaves its ports', patience, async () => {
  const record = await readFile(inFolder('run', 'inbox.json'), 'utf8');
  process.kill((JSON.parse(record) as { pid: number }).pid, 'SIGKILL');
  expect(await endOfDemoCity(last)).toBe(1);
  expect(last.output()).toMatch(/"inbox" ended unexpectedly/u);
  expect(await isPortFree(place.firstPort)).toBe(true);
});
