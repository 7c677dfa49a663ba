// Before a start: is a server still running on our folder? One that lost its starter is ended, one that
// is still in use is left alone and named, and no other process is ever touched.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MongodError } from './embedded-mongod-errors.ts';
import { endProcess, lookUpProcess } from './process-table.ts';
import type { RunningProcess } from './process-table.ts';

const SUPERVISOR_NAME = 'embedded-mongod-supervisor';
const POLL_MILLISECONDS = 20;
/** A process that was just killed needs a moment to be gone. */
const DYING_LIMIT_MILLISECONDS = 500;
/** Longer than the supervisor gives the server to end by itself. */
const END_LIMIT_MILLISECONDS = 25_000;

/** @returns the process id that the server has written into its lock file; it stays there after a crash */
export async function readLockPid(dbPath: string): Promise<number | undefined> {
  const content = await readFile(path.join(dbPath, 'mongod.lock'), 'utf8').catch(() => '');
  const pid = Number.parseInt(content, 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/**
 * @returns whether there was one; it has ended by then
 * @throws {MongodError} `folder_in_use` when a live process still works with that data
 */
export async function settleLeftover(dbPath: string): Promise<boolean> {
  const first = await findServer(dbPath);
  if (first === undefined) return false;
  const deadline = Date.now() + END_LIMIT_MILLISECONDS;
  let isAsked = false;
  for (
    let server: RunningProcess | undefined = first;
    server?.pid === first.pid;
    server = await findServer(dbPath)
  ) {
    const supervisor = await findSupervisor(server);
    // One whose starter has died is shutting the server down already. It may itself be dying: then
    // the next round finds the server without one.
    if (supervisor !== undefined) await assertStarterDead({ dbPath, supervisor });
    else if (!isAsked) endProcess(server.pid, 'SIGTERM');
    isAsked ||= supervisor === undefined;
    if (Date.now() > deadline) endProcess(server.pid, 'SIGKILL');
    await delay(POLL_MILLISECONDS);
  }
  return true;
}

async function findSupervisor(server: RunningProcess): Promise<RunningProcess | undefined> {
  const parent = await lookUpProcess(server.parentPid);
  return parent?.arguments.some((part) => part.includes(SUPERVISOR_NAME)) ? parent : undefined;
}

async function findServer(dbPath: string): Promise<RunningProcess | undefined> {
  const pid = await readLockPid(dbPath);
  const found = pid === undefined ? undefined : await lookUpProcess(pid);
  // The number may belong to somebody else by now: only a command line with our folder is ours.
  const at = found?.arguments.indexOf('--dbpath') ?? -1;
  return at >= 0 && found?.arguments[at + 1] === dbPath ? found : undefined;
}

async function assertStarterDead({
  dbPath,
  supervisor,
}: {
  dbPath: string;
  supervisor: RunningProcess;
}) {
  const starter = startedBy(supervisor);
  const deadline = Date.now() + DYING_LIMIT_MILLISECONDS;
  while ((await lookUpProcess(supervisor.pid))?.parentPid === starter) {
    if (Date.now() > deadline) {
      throw new MongodError(
        'folder_in_use',
        `The data in ${dbPath} is in use by process ${starter}. Stop that one first.`,
      );
    }
    await delay(POLL_MILLISECONDS);
  }
}

/** A supervisor whose starter has died is handed to another parent, so comparing the two tells. */
function startedBy(supervisor: RunningProcess): number {
  const mark = supervisor.arguments.find((part) => part.startsWith('--starter='));
  return Number(mark?.slice('--starter='.length));
}
