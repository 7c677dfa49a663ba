// When and how a process ends: on a signal, on an order, after a failure that nobody expected.
// However often it is asked to, it ends once.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';

export interface Endable {
  /** Nothing should be sent here any more; what comes is answered. */
  drain(): void;
  stop(): Promise<void>;
  /** Lets go of whoever is still being answered. */
  insist(): void;
}

interface EndingOptions {
  drainSeconds: number;
  logger: Logger;
  exit: (code: number) => void;
}

/** After a failure: the state of the process is unknown, so it must not take long. */
const FAILED_MS = 10_000;

export class Ending {
  readonly #subject: Endable;
  readonly #options: EndingOptions;
  readonly #hurry = new AbortController();
  #isUnderWay = false;
  #signals = 0;

  constructor(subject: Endable, options: EndingOptions) {
    this.#subject = subject;
    this.#options = options;
  }

  /** A second signal cuts the waiting short, a third everything. */
  onSignal(signal: string): void {
    this.#signals += 1;
    if (this.#signals > 2) this.#options.exit(1);
    else if (this.#signals === 2) this.insist();
    else this.begin({ signal });
  }

  begin(
    why: Readonly<Record<string, unknown>>,
    { drainSeconds = this.#options.drainSeconds } = {},
  ) {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#options.logger.info(why, 'stopping');
    void this.#end({ code: 0, drainSeconds });
  }

  insist(): void {
    this.begin({ order: 'insist' });
    this.#hurry.abort();
    this.#subject.insist();
  }

  /** What was thrown and not caught: nothing is known of the state of this process any more. */
  onFailure(error: unknown): void {
    this.#options.logger.error({ err: error }, 'not caught');
    if (this.#isUnderWay) {
      this.#options.exit(1);
      return;
    }
    this.#isUnderWay = true;
    setTimeout(() => this.#options.exit(1), FAILED_MS).unref();
    this.#hurry.abort();
    void this.#end({ code: 1, drainSeconds: 0 });
  }

  async #end({ code, drainSeconds }: { code: number; drainSeconds: number }): Promise<void> {
    const { logger, exit } = this.#options;
    this.#subject.drain();
    await delay(drainSeconds * 1000, undefined, { signal: this.#hurry.signal }).catch(
      () => undefined,
    );
    try {
      await this.#subject.stop();
      logger.info('stopped');
      exit(code);
    } catch (error) {
      logger.error({ err: error }, 'not stopped in order');
      exit(1);
    }
  }
}

export function endOnSignals(ending: Ending, process: NodeJS.Process): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => ending.onSignal(signal));
  }
  process.on('uncaughtException', (error) => ending.onFailure(error));
}

/** One line for whoever started the process: what is wrong, when we know it. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) {
    const { problem } = error.details;
    return typeof problem === 'string' ? `${error.code}: ${problem}` : error.code;
  }
  return error instanceof Error ? error.message : String(error);
}
