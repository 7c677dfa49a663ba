// The end of what runs beside the requests: one after the other, and a failure of one is no reason
// for the next not to end in order.
import type { Logger } from '../platform/logger.ts';

export async function stopInOrder(
  works: readonly { stop(): Promise<void> }[],
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
