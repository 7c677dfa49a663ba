// Starts programs so that none of them, and none of their folders, outlives the run.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REAPER = fileURLToPath(new URL('./reaper.ts', import.meta.url));

export interface OwnedProcess {
  child: ChildProcess;
  pid: number;
  ended: Promise<void>;
  /** What it has said, the last 20,000 characters. */
  output(): string;
  /** Resolves with the output once it contains `text`. @throws Error when the process ends first. */
  says(text: string): Promise<void>;
  /** Idempotent; resolves when it has ended. A process that stands still is ended too. */
  kill(): Promise<void>;
}

export class OwnedProcesses {
  readonly #reaper = spawn(process.execPath, [REAPER], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });

  constructor() {
    this.#reaper.unref();
    this.#reaper.stdin.on('error', () => undefined);
  }

  async folder(name: string): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), `hutong-${name}-`));
    this.#tell(`folder ${folder}`);
    return folder;
  }

  start(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): OwnedProcess {
    const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const pid = child.pid ?? 0;
    if (pid > 0) this.#tell(`pid ${pid}`);
    let output = '';
    let waiting: (() => void)[] = [];
    const listen = (text: string) => {
      output = (output + text).slice(-20_000);
      for (const look of waiting) look();
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', listen);
    }
    const ended = once(child, 'close').then(() => {
      this.#tell(`gone ${pid}`);
    });
    return {
      child,
      pid,
      ended,
      output: () => output,
      async says(text) {
        const heard = new Promise<void>((resolve) => {
          const look = () => {
            if (output.includes(text)) resolve();
          };
          waiting.push(look);
          look();
        });
        const failed = ended.then(() => {
          throw new Error(`${program} ended: ${output.slice(-3000)}`);
        });
        await Promise.race([heard, failed]);
        waiting = [];
      },
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  /** Ends everything and removes the folders. */
  async stop(): Promise<void> {
    this.#reaper.ref();
    this.#reaper.stdin.end();
    await once(this.#reaper, 'close');
  }

  #tell(line: string): void {
    if (this.#reaper.stdin.writable) this.#reaper.stdin.write(`${line}\n`);
  }
}
