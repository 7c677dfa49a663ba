// The hub as figures: how many people each platform has in the index, and when it was compared last.
import type { Metrics, Sample } from '../../platform/metrics.ts';
import type { HubStateStore } from './hub-state-store.ts';
import type { ReconciliationStore } from './reconciliation-store.ts';

interface ObservedHub {
  metrics: Pick<Metrics, 'observe'>;
  state: Pick<HubStateStore, 'load'>;
  reconciliations: Pick<ReconciliationStore, 'latest'>;
}

export function observeHub({ metrics, state, reconciliations }: ObservedHub): void {
  const shared = { labels: ['platform'], kind: 'gauge', scope: 'shared' } as const;
  metrics.observe({
    ...shared,
    name: 'hutong_recognition_entries',
    help: 'Entries of a platform in the index, as of the last counting.',
    read: async () => [...(await state.load()).counts].map(([id, count]): Sample => [[id], count]),
  });
  metrics.observe({
    ...shared,
    name: 'hutong_recognition_reconciled_timestamp_seconds',
    help: 'When a platform last compared its registrations with the index.',
    read: async () => {
      const latest = await reconciliations.latest();
      return [...latest].map(([id, at]): Sample => [[id], at.getTime() / 1000]);
    },
  });
}
