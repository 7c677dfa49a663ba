// Background work at an interval, one run at a time, that ends in an orderly way.
import { pause } from './beat.ts';
import type { Logger } from './logger.ts';

/** Runs `work` again and again until stopped; a failure is logged and the next run comes. */
export function repeat(
  work: () => Promise<unknown>,
  options: { name: string; everyMs: number; logger: Logger },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await work();
      } catch (error) {
        options.logger.warn({ err: error, job: options.name }, 'background work failed');
      }
      await pause(options.everyMs, stopping.signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** The same as something that an application starts and stops; started twice it runs once. */
export function repeatedWork(...of: Parameters<typeof repeat>): {
  start(): void;
  stop(): Promise<void>;
} {
  let running: ReturnType<typeof repeat> | undefined;
  return {
    start() {
      running ??= repeat(...of);
    },
    async stop() {
      await running?.stop();
    },
  };
}
