// A lock between processes of one machine: a file that names its holder. A lock whose holder is dead
// is taken over, so `kill -9` never leaves one behind that somebody has to remove by hand.
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MILLISECONDS = 100;
const WAIT_LIMIT_MILLISECONDS = 10 * 60_000;

/**
 * @template T
 * @param {string} lockFile
 * @param {() => Promise<T>} task
 * @param {{ onWait?: (holder: string) => void }} [options] `onWait` is called once, when somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(lockFile, task, { onWait } = {}) {
  const mark = `${process.pid} ${hostname()} ${randomUUID()}`;
  await mkdir(path.dirname(lockFile), { recursive: true });
  await acquire(lockFile, mark, onWait);
  try {
    return await task();
  } finally {
    if ((await readIfThere(lockFile)) === mark) await rm(lockFile, { force: true });
  }
}

/**
 * @param {string} lockFile
 * @param {string} mark
 * @param {((holder: string) => void) | undefined} onWait
 */
async function acquire(lockFile, mark, onWait) {
  const deadline = Date.now() + WAIT_LIMIT_MILLISECONDS;
  let isFirstWait = true;
  while (!(await createExclusively(lockFile, mark))) {
    const holder = await readIfThere(lockFile);
    if (holder !== undefined && isAbandoned(holder)) {
      await takeAway(lockFile, holder);
      continue;
    }
    if (Date.now() > deadline) throw new Error(`Waited too long for ${lockFile} (${holder})`);
    if (isFirstWait) onWait?.(holder ?? '');
    isFirstWait = false;
    await delay(POLL_MILLISECONDS);
  }
}

/**
 * A link appears with its content or not at all, so nobody ever reads a lock without a name in it.
 *
 * @param {string} file
 * @param {string} content
 */
async function createExclusively(file, content) {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content);
  try {
    return await linkIfFree(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
async function linkIfFree(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Two waiters may see the same dead holder. Renaming is atomic, so one of them gets the file; if what
 * it got is a fresh lock that a third one has just made, that one is put back.
 *
 * @param {string} lockFile
 * @param {string} deadHolder
 */
async function takeAway(lockFile, deadHolder) {
  const aside = `${lockFile}.${randomUUID()}`;
  try {
    await rename(lockFile, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readIfThere(aside)) !== deadHolder) await linkIfFree(aside, lockFile);
  await rm(aside, { force: true });
}

/** @param {string} holder */
function isAbandoned(holder) {
  const [pid, host] = holder.split(' ');
  // On a shared home the holder may live on another machine, where we cannot look.
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/** @param {string} file */
async function readIfThere(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
