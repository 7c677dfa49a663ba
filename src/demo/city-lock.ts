// One city per data folder. The lock names the process that holds it and what launched that
// process; a lock whose holder is gone, or was abandoned by its launcher, is taken over.
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { lookUpProcess } from '../platform/process-table.ts';
import type { DataFolder } from './data-folder.ts';

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
  const draft = `${folder.lockFile}.${lock.id}.new`;
  await writeFile(draft, JSON.stringify(lock), { mode: 0o600 });
  try {
    return await claim(folder, draft, lock);
  } finally {
    await rm(draft, { force: true });
  }
}

async function claim(folder: DataFolder, draft: string, lock: CityLock): Promise<LockResult> {
  let abandoned: RecordedProcess | undefined;
  for (;;) {
    if (await linkIfAbsent(draft, folder.lockFile)) return { ok: true, lock, abandoned };
    const current = await readLock(folder.lockFile);
    if (current && (await isStillThere(current.holder))) {
      if (!(await isAbandoned(current)))
        return { ok: false, reason: 'already_running', lock: current };
      abandoned = current.holder;
    }
    await setAside(folder.lockFile, current?.id);
  }
}

/** True while the process that was recorded, and not a later one with its number, is alive. */
export async function isStillThere(recorded: RecordedProcess): Promise<boolean> {
  return (await lookUpProcess(recorded.pid))?.began === recorded.began;
}

/** Gives the lock back, unless another city has taken it over in the meantime. */
export async function releaseCityLock(folder: DataFolder, lock: CityLock): Promise<void> {
  if ((await readLock(folder.lockFile))?.id === lock.id) await rm(folder.lockFile, { force: true });
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

/**
 * Moves a dead lock out of the way. Two starts may find the same dead lock: the slower one could
 * move the fresh lock of the faster one, so it looks at what it moved and puts it back.
 */
async function setAside(lockFile: string, deadId: string | undefined): Promise<void> {
  const aside = `${lockFile}.${randomUUID()}.dead`;
  try {
    await rename(lockFile, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readLock(aside))?.id !== deadId) await linkIfAbsent(aside, lockFile);
  await rm(aside, { force: true });
}

async function readLock(path: string): Promise<CityLock | undefined> {
  try {
    return lockSchema.parse(JSON.parse(await readFile(path, 'utf8')));
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
