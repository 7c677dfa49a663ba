// The part of a platform in mutual recognition as figures.
import type { Metrics, Sample } from '../../platform/metrics.ts';
import type { AccountMarkStore } from './account-mark-store.ts';
import type { RegistrationStore } from './registration-store.ts';

interface ObservedPlatform {
  metrics: Pick<Metrics, 'observe'>;
  registrations: Pick<RegistrationStore, 'counts'>;
  marks: Pick<AccountMarkStore, 'count' | 'reconciledAt'>;
}

export function observePlatform({ metrics, registrations, marks }: ObservedPlatform): void {
  const shared = { kind: 'gauge', scope: 'shared' } as const;
  metrics.observe({
    ...shared,
    name: 'hutong_recognition_registrations',
    help: 'People of this platform in the index of mutual recognition, by epoch and state.',
    labels: ['epoch', 'state'],
    read: async () =>
      (await registrations.counts()).map(({ epoch, state, count }): Sample => {
        return [[String(epoch), state], count];
      }),
  });
  metrics.observe({
    ...shared,
    name: 'hutong_recognition_accounts_waiting',
    help: 'Changed accounts that the index does not follow yet.',
    read: async () => [[[], await marks.count()]],
  });
  metrics.observe({
    ...shared,
    name: 'hutong_recognition_last_reconciliation_timestamp_seconds',
    help: 'When the registrations were last compared with the index of the hub.',
    read: async () => {
      const at = await marks.reconciledAt();
      return at ? [[[], at.getTime() / 1000]] : [];
    },
  });
}
