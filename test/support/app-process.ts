// One app process, or a primary with its workers, as an operator would start it: its log lines, its
// signals, its end.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.ts';

const WITH_PARENT = new URL('../../src/demo/end-with-parent.ts', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export type LogLine = Readonly<Record<string, unknown>>;

export class AppProcess {
  /** Everything it wrote, as it was. */
  readonly output: string[] = [];
  /** Settles with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(environment: Readonly<Record<string, string>>, entry = MAIN) {
    // It ends with the test, whatever becomes of that.
    const child = spawn(process.execPath, ['--import', WITH_PARENT, entry], {
      env: { PATH: process.env['PATH'], ...compiled, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve(signal ?? code ?? 0);
        this.#look();
      });
    });
    for (const input of [child.stdout, child.stderr]) {
      if (input)
        createInterface({ input }).on('line', (line) => {
          this.output.push(line);
          this.#look();
        });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get lines(): LogLine[] {
    return this.output
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when so many lines say this. @throws Error with all it wrote if it ends before. */
  async says(msg: string, times = 1): Promise<void> {
    const hasSaid = () => this.lines.filter((line) => line['msg'] === msg).length >= times;
    await this.#until(hasSaid);
    if (!hasSaid()) throw new Error(`never said ${msg}:\n${this.output.join('\n')}`);
  }

  /** An orderly end. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.signal('SIGTERM');
    return this.ended;
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone() && this.#child.exitCode === null && this.#child.signalCode === null) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #look(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
