// The lock of a data folder and what is recognised as left behind: only processes that were
// recorded, and only while they are the very ones that were recorded.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookUpProcess } from '../platform/process-table.ts';
import { releaseCityLock, takeCityLock } from './city-lock.ts';
import { describeDataFolder, prepareDataFolder } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { endLeftovers, recordPart } from './leftovers.ts';

let folder: DataFolder;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = describeDataFolder(await mkdtemp(join(tmpdir(), 'hutong-lock-')));
  await prepareDataFolder(folder);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder.root, { recursive: true });
});

async function startSleeper(script = 'setInterval(() => {}, 1000)'): Promise<number> {
  const child = spawn(process.execPath, ['-e', `${script}; process.stdout.write('up')`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await once(child.stdout ?? child, 'data');
  return child.pid ?? 0;
}

async function writeLock(change: { pid: number; began: string; launchers?: object[] }) {
  const { pid, began, launchers = [] } = change;
  const lock = { id: 'old', holder: { pid, began }, launchers, firstPort: 8100, since: '' };
  await writeFile(join(folder.lockFolder, '7'), JSON.stringify(lock));
}

async function recorded(pid: number) {
  return { pid, began: (await lookUpProcess(pid))?.began ?? '' };
}

describe('the lock', () => {
  test('is refused while its holder lives, and names it', async () => {
    const pid = await startSleeper();
    await writeLock(await recorded(pid));
    const result = await takeCityLock(folder, 8100);
    expect(result).toMatchObject({
      ok: false,
      reason: 'already_running',
      lock: { holder: { pid } },
    });
  });

  test('goes to exactly one of 20 that ask at once', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => takeCityLock(folder, 8100)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('of a dead holder goes to exactly one of 20 that ask at once', async () => {
    const pid = await startSleeper();
    const holder = await recorded(pid);
    const child = children.at(-1);
    child?.kill('SIGKILL');
    if (child) await once(child, 'exit');
    await writeLock(holder);
    const results = await Promise.all(Array.from({ length: 20 }, () => takeCityLock(folder, 8100)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await readdir(folder.lockFolder)).toEqual(['8']);
  });

  test('of a process whose number was given to another is taken over', async () => {
    const pid = await startSleeper();
    await writeLock({ pid, began: 'before' });
    expect(await takeCityLock(folder, 8100)).toMatchObject({ ok: true, abandoned: undefined });
    expect(await lookUpProcess(pid)).toBeDefined();
  });

  test('whose launcher is gone is taken over, and its holder is named for ending', async () => {
    const pid = await startSleeper();
    const holder = await recorded(pid);
    await writeLock({ ...holder, launchers: [{ pid: 4_000_000, began: 'gone' }] });
    expect(await takeCityLock(folder, 8100)).toMatchObject({ ok: true, abandoned: holder });
  });

  test('that is spoilt is taken over', async () => {
    await writeFile(join(folder.lockFolder, '7'), '{');
    expect(await takeCityLock(folder, 8100)).toMatchObject({ ok: true });
  });

  test('is given back only by the one that holds it', async () => {
    const taken = await takeCityLock(folder, 8100);
    if (!taken.ok) throw new Error(taken.reason);
    await releaseCityLock(folder, { ...taken.lock, id: 'another' });
    expect(await takeCityLock(folder, 8100)).toMatchObject({ ok: false, lock: taken.lock });
    await releaseCityLock(folder, taken.lock);
    expect(await takeCityLock(folder, 8100)).toMatchObject({ ok: true, abandoned: undefined });
  });
});

describe('leftovers', () => {
  test('that were recorded are ended, even when they ignore the request', async () => {
    const pid = await startSleeper("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    await recordPart(folder, 'portal', pid);
    expect(await endLeftovers(folder, 200)).toEqual(['portal']);
    expect(await lookUpProcess(pid)).toBeUndefined();
    expect(await readdir(folder.runFolder)).toEqual([]);
  });

  test('are not confused with a later process of the same number', async () => {
    const pid = await startSleeper();
    const record = { part: 'portal', pid, began: 'before' };
    await writeFile(join(folder.runFolder, 'portal.json'), JSON.stringify(record));
    expect(await endLeftovers(folder)).toEqual([]);
    expect(await lookUpProcess(pid)).toBeDefined();
  });

  test('with a spoilt record are passed over', async () => {
    await writeFile(join(folder.runFolder, 'portal.json'), '{"part":');
    expect(await endLeftovers(folder)).toEqual([]);
    expect(await readdir(folder.runFolder)).toEqual([]);
  });
});
