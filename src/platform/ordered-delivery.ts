// Carries what an ordered outbox holds to its receivers, on any number of processes side by side.
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { OrderedOutbox } from './ordered-outbox-store.ts';
import type { LeasedRow } from './outbox-store.ts';
import { OutboxWorker } from './outbox-worker.ts';
import type { DeliveryResult } from './outbox-worker.ts';
import type { Random } from './random.ts';
import { repeatedWork } from './repeat.ts';

interface OrderedDeliveryOptions<Payload> {
  /** For log and figures. */
  name: string;
  store: Pick<OrderedOutbox<Payload>, 'isAnyDue' | 'lease' | 'settle' | 'releaseForgotten'>;
  deliver: (row: LeasedRow<Payload>) => Promise<DeliveryResult>;
  clock: Clock;
  random: Random;
  logger: Logger;
}

const FORGOTTEN_MS = 5000;

export function orderedDelivery<Payload>(options: OrderedDeliveryOptions<Payload>) {
  const { name, store, logger } = options;
  const worker: OutboxWorker<Payload> = new OutboxWorker<Payload>({
    ...options,
    store: {
      isAnyDue: (excludedLanes) => store.isAnyDue(excludedLanes),
      lease: (request) => store.lease(request),
      async settle(row, settlement) {
        const isSettled = await store.settle(row, settlement);
        // The next of its stream may go now.
        if (isSettled && settlement.state !== 'pending') worker.wake();
        return isSettled;
      },
    },
  });
  const sweep = repeatedWork(() => store.releaseForgotten(), {
    name: `held ${name.replaceAll('_', ' ')}`,
    everyMs: FORGOTTEN_MS,
    logger,
  });
  return {
    start() {
      worker.start();
      sweep.start();
    },
    async stop() {
      await Promise.all([worker.stop(), sweep.stop()]);
    },
  };
}
