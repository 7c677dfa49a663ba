// One part of the city as a child process: started with its settings, known to be ready, ended.
// A part is never restarted here: one that dies by itself is something a person should see.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leanEnvironment, leanFlags } from '../platform/lean-process.ts';
import type { DataFolder } from './data-folder.ts';
import { forgetPart, recordPart } from './leftovers.ts';

const watcher = new URL('./end-with-parent.ts', import.meta.url).href;
const workTree = fileURLToPath(new URL('../../', import.meta.url));
const logLimitBytes = 5_000_000;

export type PartDescription = {
  readonly name: string;
  /** The file that node runs, from the root of the work tree. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** Sent over the channel; a part that takes none is configured by its environment. */
  readonly settings?: unknown;
  readonly environment: NodeJS.ProcessEnv;
};

export type PartEnd = {
  readonly part: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

export class RunningPart {
  readonly name: string;
  readonly logFile: string;
  /** Settles when the process has ended, whoever ended it. */
  readonly ended: Promise<PartEnd>;
  /** Settles with what the part said when it was ready; never when it ends before. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  readonly #child: ChildProcess;
  readonly #folder: DataFolder;

  constructor(
    child: ChildProcess,
    folder: DataFolder,
    identity: { name: string; logFile: string },
  ) {
    this.name = identity.name;
    this.logFile = identity.logFile;
    this.#child = child;
    this.#folder = folder;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ part: identity.name, code, signal }));
      child.once('error', () => resolve({ part: identity.name, code: null, signal: null }));
    });
    this.ready = new Promise((resolve) => {
      child.on('message', (message) => {
        if (isReadyMessage(message)) resolve(message);
      });
    });
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Asks the part to end and insists after a while. */
  async stop(patienceMs = 12_000): Promise<void> {
    if (!this.hasEnded) this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await this.ended;
    clearTimeout(insist);
    await forgetPart(this.#folder, this.name);
  }

  /** The end of its log, for the message about a part that died. */
  async readLastLines(count = 12): Promise<string> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-count).join('\n');
  }
}

function isReadyMessage(message: unknown): message is Readonly<Record<string, unknown>> {
  return typeof message === 'object' && message !== null && 'ready' in message;
}

export async function startPart(folder: DataFolder, part: PartDescription): Promise<RunningPart> {
  const logFile = join(folder.logFolder, `${part.name}.log`);
  await keepLogSmall(logFile);
  const log = await open(logFile, 'a', 0o600);
  const command = [
    ...leanFlags,
    '--import',
    watcher,
    join(workTree, part.entry),
    ...(part.args ?? []),
  ];
  const child = spawn(process.execPath, command, {
    cwd: workTree,
    env: { ...leanEnvironment, ...part.environment },
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
    // A group of its own: Ctrl-C reaches the supervisor alone, which ends the parts in order.
    detached: true,
  });
  const running = new RunningPart(child, folder, { name: part.name, logFile });
  await log.close();
  if (child.pid !== undefined) await recordPart(folder, part.name, child.pid);
  if (part.settings !== undefined && child.connected) child.send(part.settings as object);
  return running;
}

async function keepLogSmall(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > logLimitBytes) await rename(logFile, `${logFile}.old`);
}
