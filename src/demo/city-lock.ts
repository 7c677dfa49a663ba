// One city per data folder. The lock names the process that holds it and what launched that
// process; a lock whose holder is gone, or was abandoned by its launcher, is taken over.
import { randomUUID } from 'node:crypto';
import { link, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { lookUpProcess } from '../platform/process-table.ts';
import type { DataFolder } from './data-folder.ts';
import { writeWhole } from './data-folder.ts';

const processSchema = z.object({ pid: z.number().int().positive(), began: z.string() });

const lockSchema = z.object({
  id: z.string(),
  holder: processSchema,
  launchers: z.array(processSchema),
  firstPort: z.number(),
  since: z.string(),
});

export type CityLock = z.infer<typeof lockSchema>;
export type RecordedProcess = z.infer<typeof processSchema>;

export type LockResult =
  | { ok: true; lock: CityLock; abandoned: RecordedProcess | undefined }
  | { ok: false; reason: 'already_running'; lock: CityLock };

/**
 * Takes the lock of the data folder for this process. `abandoned` is a supervisor that still lives
 * although whatever launched it is gone: the caller ends it before touching anything else.
 */
export async function takeCityLock(folder: DataFolder, firstPort: number): Promise<LockResult> {
  const lock = await describeOwnLock(firstPort);
  const draft = join(folder.lockFolder, `${lock.id}.draft`);
  await writeFile(draft, JSON.stringify(lock), { mode: 0o600 });
  try {
    return await claim(folder.lockFolder, draft, lock);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Locks are numbered files, the highest counts, and a live one is never moved or removed: a taker
 * makes the next number, which only one can, and looks again whether it is the highest.
 */
async function claim(lockFolder: string, draft: string, lock: CityLock): Promise<LockResult> {
  for (;;) {
    const highest = Math.max(0, ...(await listNumbers(lockFolder)));
    const current = await readLock(lockFolder, highest);
    const isHeld = current !== undefined && (await isStillThere(current.holder));
    if (isHeld && !(await isAbandoned(current))) {
      return { ok: false, reason: 'already_running', lock: current };
    }
    const own = highest + 1;
    if (!(await linkIfAbsent(draft, join(lockFolder, String(own))))) continue;
    const numbers = await listNumbers(lockFolder);
    const isHighest = Math.max(...numbers) === own;
    const outdated = isHighest ? numbers.filter((number) => number < own) : [own];
    await Promise.all(
      outdated.map((number) => rm(join(lockFolder, String(number)), { force: true })),
    );
    if (isHighest) return { ok: true, lock, abandoned: isHeld ? current.holder : undefined };
  }
}

/** Gives the lock back. Its file stays, naming nobody, so that numbers only ever grow. */
export async function releaseCityLock(folder: DataFolder, lock: CityLock): Promise<void> {
  const highest = Math.max(0, ...(await listNumbers(folder.lockFolder)));
  if ((await readLock(folder.lockFolder, highest))?.id !== lock.id) return;
  await writeWhole(join(folder.lockFolder, String(highest)), '{}');
}

async function listNumbers(lockFolder: string): Promise<number[]> {
  const names = await readdir(lockFolder);
  return names.filter((name) => /^\d+$/u.test(name)).map(Number);
}

/** True while the process that was recorded, and not a later one with its number, is alive. */
export async function isStillThere(recorded: RecordedProcess): Promise<boolean> {
  return (await lookUpProcess(recorded.pid))?.began === recorded.began;
}

/** True when a launcher that was there at the beginning has ended without ending what it started. */
export async function isAbandoned(lock: CityLock): Promise<boolean> {
  const alive = await Promise.all(lock.launchers.map(isStillThere));
  return alive.includes(false);
}

/** Hard links are atomic and, unlike opening with `wx`, show the file only with its content. */
async function linkIfAbsent(draft: string, target: string): Promise<boolean> {
  try {
    await link(draft, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readLock(lockFolder: string, number: number): Promise<CityLock | undefined> {
  try {
    const text = await readFile(join(lockFolder, String(number)), 'utf8');
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function describeOwnLock(firstPort: number): Promise<CityLock> {
  const self = await lookUpProcess(process.pid);
  if (!self) throw new Error('this system does not tell when a process began (no /proc and no ps)');
  return {
    id: randomUUID(),
    holder: { pid: self.pid, began: self.began },
    launchers: await findLaunchers(self.parentPid),
    firstPort,
    since: new Date().toISOString(),
  };
}

/** The shell and the npm above us, when npm started us: they end together with us or not at all. */
async function findLaunchers(parentPid: number): Promise<RecordedProcess[]> {
  const found: RecordedProcess[] = [];
  let pid = parentPid;
  for (let step = 0; step < 3 && pid > 1; step += 1) {
    const launcher = await lookUpProcess(pid);
    if (!launcher) return [];
    found.push({ pid: launcher.pid, began: launcher.began });
    if (/(^|\/| )npm(-cli\.js)?( |$)/u.test(launcher.arguments.join(' '))) return found;
    pid = launcher.parentPid;
  }
  return [];
}
