// Lets a process have a part of a processor and no more, as a control group of Linux says. On a machine
// where load, database and app share the processors this tells whether two processes do twice the work of
// one: neither ever waits for the other's.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const GROUPS = '/sys/fs/cgroup';
/** Short, so that a process is never held up for long. */
const PERIOD_US = 10_000;

/**
 * @param share part of one processor, above 0 to 1
 * @throws Error when this user may not make control groups
 */
export function limitProcessor(pid: number, share: number): void {
  const quota = Math.round(PERIOD_US * share);
  const group = groupOf(pid);
  mkdirSync(group, { recursive: true });
  const set = (file: string, value: number | string) =>
    writeFileSync(path.join(group, file), String(value));
  if (isUnified()) {
    set('cpu.max', `${quota} ${PERIOD_US}`);
  } else {
    set('cpu.cfs_period_us', PERIOD_US);
    set('cpu.cfs_quota_us', quota);
  }
  set('cgroup.procs', pid);
}

/** Once the process has ended. */
export function removeLimit(pid: number): void {
  if (existsSync(groupOf(pid))) rmdirSync(groupOf(pid));
}

function groupOf(pid: number): string {
  return path.join(GROUPS, isUnified() ? '' : 'cpu', `hutong-bench-${pid}`);
}

function isUnified(): boolean {
  return existsSync(path.join(GROUPS, 'cgroup.controllers'));
}
