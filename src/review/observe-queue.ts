// The queue on /metrics: how many cases wait, and since when the oldest does.
import type { Clock } from '../platform/clock.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { ReviewQueueStore } from './review-queue-store.ts';

export function observeQueue(
  { metrics, clock }: { metrics: Pick<Metrics, 'observe'>; clock: Clock },
  queue: Pick<ReviewQueueStore, 'pending'>,
): void {
  const shared = { kind: 'gauge', scope: 'shared' } as const;
  metrics.observe({
    ...shared,
    name: 'hutong_review_pending',
    help: 'Review cases that wait for a reviewer.',
    read: async () => [[[], (await queue.pending()).count]],
  });
  metrics.observe({
    ...shared,
    name: 'hutong_review_oldest_seconds',
    help: 'Age of the oldest review case that waits for a reviewer.',
    read: async () => {
      const { oldestAt } = await queue.pending();
      return [[[], oldestAt ? (clock.now().getTime() - oldestAt.getTime()) / 1000 : 0]];
    },
  });
}
