// What runs beside the requests, and its end: one after the other, and a failure of one is no reason
// for the next not to end in order.
import type { Logger } from '../platform/logger.ts';

/** Work beside the requests; `stop` resolves when what was begun is done. */
export interface Background {
  start(): void;
  stop(): Promise<void>;
}

export async function stopInOrder(
  works: readonly Pick<Background, 'stop'>[],
  logger: Logger,
): Promise<void> {
  for (const work of works) {
    try {
      await work.stop();
    } catch (error) {
      logger.error({ err: error }, 'background work not ended in order');
    }
  }
}
