// One app process with a supervisor's care: whenever it ends without having been told to, it is
// started again, as systemd or a container platform would.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compiled } from '../support/compiled.ts';
import type { OwnedProcess, OwnedProcesses } from './owned-processes.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const SHIFTED_DATE = fileURLToPath(new URL('./shifted-date.ts', import.meta.url));
const RESTART_MS = 200;
const START_LIMIT_MS = 60_000;

export class AppProcess {
  readonly #processes: OwnedProcesses;
  #environment: Readonly<Record<string, string>>;
  #running: OwnedProcess;
  /** Asked for at the start: what a process says first is forgotten when it has said much. */
  #listening: Promise<boolean> = Promise.resolve(false);
  #supervision: Promise<void>;
  #isStopping = false;
  /** Its log lines about requests that failed for no known reason, over all its lives. */
  readonly failures: string[] = [];

  constructor(processes: OwnedProcesses, environment: Readonly<Record<string, string>>) {
    this.#processes = processes;
    this.#environment = environment;
    this.#running = this.#start();
    this.#supervision = this.#supervise();
  }

  /**
   * Resolves when the process that runs now, or the one that comes after it, listens.
   * @throws Error with what it said last when that takes more than a minute
   */
  async listening(): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline) {
      if (await Promise.race([this.#listening, delay(RESTART_MS, false)])) return;
      await delay(RESTART_MS);
    }
    throw new Error(`it does not start: ${this.#running.output()}`);
  }

  /** `kill -9`; the supervisor starts another one. */
  async kill(): Promise<void> {
    await this.#running.kill();
  }

  hold(): void {
    this.#running.child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#running.child.kill('SIGCONT');
  }

  /** Sets its wall clock off, or right again. */
  jumpClock(): void {
    this.#running.child.kill('SIGUSR2');
  }

  /** An orderly end, then anew with this environment. */
  async restartWith(environment: Readonly<Record<string, string>>): Promise<void> {
    await this.stop();
    this.#environment = environment;
    this.#isStopping = false;
    this.#running = this.#start();
    this.#supervision = this.#supervise();
    await this.listening();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#running.child.kill('SIGTERM');
    await this.#supervision;
  }

  #start(): OwnedProcess {
    const args = ['--import', SHIFTED_DATE, MAIN];
    const started = this.#processes.start(process.execPath, args, {
      ...compiled,
      ...this.#environment,
    });
    createInterface({ input: started.child.stdout as Readable }).on('line', (line) => {
      if (line.includes('"error":"internal"') && line.includes('"err":')) this.failures.push(line);
    });
    this.#listening = started.says('"msg":"listening"').then(
      () => true,
      () => false,
    );
    return started;
  }

  async #supervise(): Promise<void> {
    for (;;) {
      await this.#running.ended;
      if (this.#isStopping) return;
      await delay(RESTART_MS);
      if (this.#isStopping) return;
      this.#running = this.#start();
    }
  }
}
