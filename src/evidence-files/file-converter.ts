// Has files converted, each in a process of its own that is killed when its time is over. Few at
// once, and few that wait: uploads must not take the city's sign-in down.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../platform/errors.ts';
import { conversionLimits } from './conversion.ts';
import type { ConversionLimits, ConversionOrder, ConvertOutcome } from './conversion.ts';

interface FileConverterOptions {
  limits?: ConversionLimits;
  /** For one file, with the start of its process. */
  timeLimitMs?: number;
  concurrency?: number;
  maxWaiting?: number;
}

const DEFAULTS = {
  limits: conversionLimits,
  timeLimitMs: 15_000,
  concurrency: 2,
  maxWaiting: 6,
};
const PROGRAM = fileURLToPath(new URL('converter/main.ts', import.meta.url));
/** Of 64 KiB each: what a PDF may unfold to. And the heap, in MiB. */
const MEMORY = ['--wasm-max-mem-pages=6144', '--max-old-space-size=256'];

export class FileConverter {
  readonly #options: Required<FileConverterOptions>;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: FileConverterOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** @throws AppError `overloaded` when too many wait already. */
  async convert(bytes: Buffer): Promise<ConvertOutcome> {
    await this.#enter();
    try {
      return await this.#convert({ bytes, limits: this.#options.limits });
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running >= this.#options.concurrency) {
      if (this.#waiting.length >= this.#options.maxWaiting) throw new AppError('overloaded');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }

  async #convert(order: ConversionOrder): Promise<ConvertOutcome> {
    const child = fork(PROGRAM, {
      env: {},
      execArgv: MEMORY,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const { promise, resolve } = Promise.withResolvers<ConvertOutcome>();
    const timer = setTimeout(
      () => resolve({ ok: false, reason: 'too_slow' }),
      this.#options.timeLimitMs,
    );
    // A decoder that crashed or ran out of memory has found nothing that can be read.
    const unreadable = () => resolve({ ok: false, reason: 'not_readable' });
    child.once('message', (outcome) => resolve(outcome as ConvertOutcome));
    child.once('exit', unreadable);
    child.once('error', unreadable);
    child.send(order, (error) => {
      if (error) unreadable();
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      child.kill('SIGKILL');
    }
  }
}
