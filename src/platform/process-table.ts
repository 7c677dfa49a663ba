// Who is running on this machine: enough to recognise a database server that we have left behind, and
// to name the program that holds a port. Linux reads /proc (containers often lack `ps`), others ask `ps`.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

export type RunningProcess = {
  pid: number;
  parentPid: number;
  arguments: string[];
  /** When it began; equal text and equal id mean the same process, for ids are used again. */
  began: string;
};

/** Undefined when no such process runs (a zombie counts as ended). */
export async function lookUpProcess(pid: number): Promise<RunningProcess | undefined> {
  try {
    return process.platform === 'linux' ? await readProc(pid) : await askPs(pid);
  } catch {
    return undefined;
  }
}

async function readProc(pid: number): Promise<RunningProcess | undefined> {
  const [status, commandLine, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
  ]);
  // The name in brackets may hold spaces and brackets itself; state and parent follow the last one.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  // proc(5): field 22 of the line is the start in clock ticks since boot.
  const began = `${boot.trim()}:${fields[19]}`;
  const processArguments = commandLine.split('\0').slice(0, -1);
  return { pid, parentPid: Number(parent), arguments: processArguments, began };
}

async function askPs(pid: number): Promise<RunningProcess | undefined> {
  const format = 'ppid=,lstart=,args=';
  const { stdout } = await runFile('ps', ['-ww', '-o', format, '-p', String(pid)], {
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
  });
  const found = /^(\d+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/.exec(stdout.trim());
  const [, parent, began, commandLine] = found ?? [];
  if (began === undefined || commandLine === undefined) return undefined;
  return { pid, parentPid: Number(parent), arguments: commandLine.split(' '), began };
}

/** Does nothing when it has already ended, which is what was wanted. */
export function endProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** For an error message: "process 4711 (nginx -g daemon off;)", or that it could not be told. */
export async function describePortHolder(port: number): Promise<string> {
  const pid = await findPortHolder(port).catch(() => undefined);
  const holder = pid === undefined ? undefined : await lookUpProcess(pid);
  if (holder === undefined) return 'another program (which one, this user may not see)';
  return `process ${holder.pid} (${holder.arguments.join(' ').slice(0, 120)})`;
}

async function findPortHolder(port: number): Promise<number | undefined> {
  if (process.platform !== 'linux') {
    const { stdout } = await runFile('lsof', ['-t', '-sTCP:LISTEN', `-iTCP:${port}`]);
    return Number(stdout.split('\n')[0]) || undefined;
  }
  const sockets = await listeningSockets(port);
  for (const pid of (await readdir('/proc')).map(Number).filter(Number.isInteger)) {
    if (await holdsOneOf(pid, sockets)) return pid;
  }
  return undefined;
}

/** Socket inodes from /proc/net/tcp: local address in hexadecimal, state 0A is LISTEN. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const sockets = tables
    .flatMap((table) => table.split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
  return new Set(sockets);
}

async function holdsOneOf(pid: number, sockets: Set<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`${folder}/${descriptor}`).catch(() => '')),
  );
  return targets.some((target) => sockets.has(target));
}
