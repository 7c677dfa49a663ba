// Figures of how the register of legal entities is followed.
import type { Clock } from '../../platform/clock.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { BrakeStore } from './brake-store.ts';
import type { ChangeFeedStore } from './change-feed-store.ts';

export function observeChanges({
  metrics,
  brake,
  feed,
  clock,
}: {
  metrics: Pick<Metrics, 'observe'>;
  brake: BrakeStore;
  feed: ChangeFeedStore;
  clock: Clock;
}): void {
  const shared = { kind: 'gauge', scope: 'shared' } as const;
  metrics.observe({
    ...shared,
    name: 'hutong_entity_changes_stopped',
    help: '1 while the changes that the register tells are held back until an operator has looked.',
    read: async () => [[[], Number((await brake.find()).stoppedAt !== undefined)]],
  });
  metrics.observe({
    ...shared,
    name: 'hutong_entity_changes_unread_seconds',
    help: 'Since when the change notices of the register were not read; 0 where there are none.',
    read: async () => {
      const { readAt } = await feed.find();
      return [[[], readAt ? Math.max(0, (clock.now().getTime() - readAt.getTime()) / 1000) : 0]];
    },
  });
}
