// What a city that was killed outright may leave running, and ending exactly that: processes that
// this data folder has recorded, with the same beginning. (The database looks after itself.)
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { lookUpProcess } from '../platform/process-table.ts';
import { isStillThere } from './city-lock.ts';
import type { RecordedProcess } from './city-lock.ts';
import type { DataFolder } from './data-folder.ts';
import { readJson, removeFile, writeWhole } from './data-folder.ts';

const recordSchema = z.object({ part: z.string(), pid: z.number().int(), began: z.string() });

/** Notes a part that was started, so that a later start can recognise it. */
export async function recordPart(folder: DataFolder, part: string, pid: number): Promise<void> {
  const identity = await lookUpProcess(pid);
  if (!identity) return;
  const record = { part, pid, began: identity.began };
  await writeWhole(join(folder.runFolder, `${part}.json`), JSON.stringify(record));
}

export async function forgetPart(folder: DataFolder, part: string): Promise<void> {
  await removeFile(join(folder.runFolder, `${part}.json`));
}

/** Ends what earlier cities of this data folder left behind; answers the names of what it ended. */
export async function endLeftovers(folder: DataFolder, patienceMs = 10_000): Promise<string[]> {
  const ended: string[] = [];
  for (const name of await readdir(folder.runFolder)) {
    const path = join(folder.runFolder, name);
    const record = recordSchema.safeParse(await readJson(path).catch(() => undefined));
    if (record.success && (await endProcess(record.data, patienceMs))) ended.push(record.data.part);
    await removeFile(path);
  }
  return ended;
}

/** Asks a process to end, waits, then insists. False when it was not there any more. */
export async function endProcess(target: RecordedProcess, patienceMs = 10_000): Promise<boolean> {
  if (!(await isStillThere(target))) return false;
  signal(target.pid, 'SIGTERM');
  if (!(await isGoneWithin(target, patienceMs))) {
    signal(target.pid, 'SIGKILL');
    await isGoneWithin(target, patienceMs);
  }
  return true;
}

async function isGoneWithin(target: RecordedProcess, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    if (!(await isStillThere(target))) return true;
    await wait(50);
  }
  return !(await isStillThere(target));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
