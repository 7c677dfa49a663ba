// What processes have cost so far, as the kernel counts it (proc(5)): processor time of all their
// threads, memory, and who their children are. Linux only.
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: the unit of times in /proc, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const USER_TIME = 11;
const SYSTEM_TIME = 12;

export interface ProcessFigures {
  /** User and system time of the process and its descendants, in seconds. */
  cpuSeconds: number;
  /** The most memory that one of them ever held, in megabytes. */
  peakMegabytes: number;
}

/** Sums over the given processes and their living descendants (workers). */
export function processFigures(pids: readonly number[]): ProcessFigures {
  const all = pids.flatMap((pid) => [pid, ...descendants(pid)]);
  return {
    cpuSeconds: all.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    peakMegabytes: Math.max(0, ...all.map(peakMegabytes)),
  };
}

function cpuSeconds(pid: number): number {
  const stat = read(pid, 'stat');
  // The name in parentheses may hold anything; the fields begin behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME] ?? 0) + Number(fields[SYSTEM_TIME] ?? 0)) / TICKS_PER_SECOND;
}

function peakMegabytes(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/mu.exec(read(pid, 'status'))?.[1] ?? '0';
  return Math.round(Number(kilobytes) / 1024);
}

function descendants(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty for a process that has ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
