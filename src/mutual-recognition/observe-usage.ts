// What hub and key holder both show as figures: who takes part, and how much of a day's quota is used.
import type { Clock } from '../platform/clock.ts';
import type { Metrics, Sample } from '../platform/metrics.ts';
import type { RecognitionPlatforms } from './recognition-platform-store.ts';
import type { RecognitionUsage } from './usage-store.ts';

interface ObservedUsage {
  metrics: Pick<Metrics, 'observe'>;
  platforms: Pick<RecognitionPlatforms, 'all'>;
  usage: Pick<RecognitionUsage, 'ofDay'>;
  clock: Clock;
}

export function observeUsage({ metrics, platforms, usage, clock }: ObservedUsage): void {
  metrics.observe({
    name: 'hutong_recognition_platforms',
    help: 'Platforms that take part in mutual recognition, by state.',
    labels: ['state'],
    kind: 'gauge',
    scope: 'process',
    read: () =>
      (['active', 'suspended'] as const).map((state): Sample => {
        return [[state], platforms.all().filter((each) => each.state === state).length];
      }),
  });
  metrics.observe({
    name: 'hutong_recognition_quota_used_ratio',
    help: 'Share of the quota of this day (UTC) that a platform has used, by what it asks for.',
    labels: ['platform', 'quota'],
    kind: 'gauge',
    scope: 'shared',
    read: async () => {
      const counts = new Map((await usage.ofDay(clock.now())).map((of) => [of.name, of.count]));
      return platforms.all().flatMap(({ id, quotas }) =>
        Object.entries(quotas).flatMap(([quota, { perDay }]): Sample[] => {
          const count = counts.get(`${quota}/${id}`);
          return count === undefined || perDay === 0 ? [] : [[[id, quota], count / perDay]];
        }),
      );
    },
  });
}
