// The key holder as figures: its keys, and what is being computed.
import type { Clock } from '../../platform/clock.ts';
import type { Metrics, Sample } from '../../platform/metrics.ts';
import type { EvaluationThreads } from './evaluation-threads.ts';
import { recognitionKeyStates } from './recognition-key.ts';
import type { RecognitionKeyStore } from './recognition-key-store.ts';

interface ObservedKeyHolder {
  metrics: Pick<Metrics, 'observe'>;
  keys: Pick<RecognitionKeyStore, 'list'>;
  threads: Pick<EvaluationThreads, 'count' | 'waiting'>;
  clock: Clock;
}

export function observeKeyHolder({ metrics, keys, threads, clock }: ObservedKeyHolder): void {
  metrics.observe({
    name: 'hutong_recognition_key_epoch',
    help: 'Latest epoch of the recognition keys in a state.',
    labels: ['state'],
    kind: 'gauge',
    scope: 'shared',
    read: async () => {
      const all = await keys.list();
      return recognitionKeyStates.flatMap((state): Sample[] => {
        const epochs = all.filter((each) => each.state === state).map(({ epoch }) => epoch);
        return epochs.length === 0 ? [] : [[[state], Math.max(...epochs)]];
      });
    },
  });
  metrics.observe({
    name: 'hutong_recognition_key_age_seconds',
    help: 'How long the active recognition key has been used.',
    kind: 'gauge',
    scope: 'shared',
    read: async () => {
      const active = (await keys.list()).find(({ state }) => state === 'active');
      const since = active?.activatedAt ?? active?.createdAt;
      return since ? [[[], Math.max(0, (clock.now().getTime() - since.getTime()) / 1000)]] : [];
    },
  });
  metrics.observe({
    name: 'hutong_recognition_evaluation_threads',
    help: 'Threads that evaluate large batches; none between registrations.',
    kind: 'gauge',
    scope: 'process',
    read: () => [[[], threads.count]],
  });
  metrics.observe({
    name: 'hutong_recognition_evaluations_waiting',
    help: 'Large batches that wait for a thread.',
    kind: 'gauge',
    scope: 'process',
    read: () => [[[], threads.waiting]],
  });
}
