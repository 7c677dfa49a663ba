// Which states of the parts are shown as figures, beside what is counted as it happens.
import type { HashingLoad } from '../credentials/hashing-queue.ts';
import type { Clock } from '../platform/clock.ts';
import { newestDataKeys } from '../platform/data-key-ages-store.ts';
import type { LiveProcess } from '../platform/live-processes-store.ts';
import type { Metrics, Observation, Sample } from '../platform/metrics.ts';
import type { Database } from '../platform/mongo.ts';
import type { Backlog } from '../platform/outbox-store.ts';

export interface ObservedParts {
  metrics: Metrics;
  clock: Clock;
  database: Database;
  processes: { list(): Promise<LiveProcess[]> };
  hasher: { load: HashingLoad };
  outboxes: Readonly<Record<string, { backlog(): Promise<Backlog> }>>;
  auditTrail: {
    status(): { oldestUnsealedSeconds: number; anchorFailing: boolean; isSealing: boolean };
  };
  signingKeys: {
    overview(): Promise<{
      keys: readonly { algorithm: string; state: string; createdAt: Date }[];
    }>;
  };
}

export function observeParts(parts: ObservedParts): void {
  observeFoundation(parts);
  const figures = [hashingFigures, outboxFigures, keyFigures];
  for (const observation of figures.flatMap((of) => of(parts))) parts.metrics.observe(observation);
}

/** What every process has, also one that signs nobody in. */
export function observeFoundation(
  parts: Pick<ObservedParts, 'metrics' | 'database' | 'processes' | 'auditTrail'>,
): void {
  const figures = [...databaseFigures(parts), ...auditFigures(parts)];
  for (const observation of figures) parts.metrics.observe(observation);
}

function hashingFigures({ hasher }: ObservedParts): Observation[] {
  const own = { scope: 'process', kind: 'gauge' } as const;
  return [
    {
      ...own,
      name: 'hutong_hashing_running',
      help: 'Passwords being hashed.',
      read: () => [[[], hasher.load.running]],
    },
    {
      ...own,
      name: 'hutong_hashing_waiting',
      help: 'Passwords that wait to be hashed.',
      read: () => [[[], hasher.load.waiting]],
    },
    {
      ...own,
      kind: 'counter',
      name: 'hutong_hashing_refused_total',
      help: 'Passwords not hashed because too many were waiting.',
      read: () => [[[], hasher.load.refused]],
    },
  ];
}

function databaseFigures({
  database,
  processes,
}: Pick<ObservedParts, 'database' | 'processes'>): Observation[] {
  return [
    {
      name: 'hutong_database_connections',
      help: 'Connections to the database, and operations that wait for one.',
      labels: ['state'],
      kind: 'gauge',
      scope: 'process',
      read: () => Object.entries(database.pool()).map(([state, count]) => [[state], count]),
    },
    {
      name: 'hutong_live_processes',
      help: 'App processes that the database has heard of in the last seconds.',
      labels: ['release'],
      kind: 'gauge',
      scope: 'shared',
      read: async () => {
        const live = (await processes.list()).map(({ release }) => release);
        return [...new Set(live)].map((release) => [
          [release],
          live.filter((each) => each === release).length,
        ]);
      },
    },
  ];
}

function outboxFigures({ outboxes, clock }: ObservedParts): Observation[] {
  const shared = { labels: ['outbox'], kind: 'gauge', scope: 'shared' } as const;
  const ofEach = (value: (backlog: Backlog) => number) => async () =>
    Promise.all(
      Object.entries(outboxes).map(async ([name, outbox]): Promise<Sample> => [
        [name],
        value(await outbox.backlog()),
      ]),
    );
  return [
    {
      ...shared,
      name: 'hutong_outbox_waiting',
      help: 'Rows that are still to be delivered.',
      read: ofEach(({ waiting }) => waiting),
    },
    {
      ...shared,
      name: 'hutong_outbox_oldest_seconds',
      help: 'Age of the oldest row that is still to be delivered.',
      read: ofEach(({ oldestAt }) => (oldestAt ? secondsSince(oldestAt, clock) : 0)),
    },
    {
      ...shared,
      name: 'hutong_outbox_failed',
      help: 'Rows given up, of those of the last 30 days.',
      read: ofEach(({ failed }) => failed),
    },
  ];
}

function auditFigures({ auditTrail }: Pick<ObservedParts, 'auditTrail'>): Observation[] {
  const own = { kind: 'gauge', scope: 'process' } as const;
  return [
    {
      ...own,
      name: 'hutong_audit_sealing',
      help: '1 where this process seals the audit records; exactly one should.',
      read: () => [[[], Number(auditTrail.status().isSealing)]],
    },
    {
      ...own,
      name: 'hutong_audit_unsealed_seconds',
      help: 'Age of the oldest audit record that is not sealed yet, where sealing is done.',
      read: () => [[[], auditTrail.status().oldestUnsealedSeconds]],
    },
    {
      ...own,
      name: 'hutong_audit_anchor_failing',
      help: '1 while the head of the audit chain cannot be written to its anchors.',
      read: () => [[[], Number(auditTrail.status().anchorFailing)]],
    },
  ];
}

function keyFigures({ signingKeys, database, clock }: ObservedParts): Observation[] {
  const shared = { kind: 'gauge', scope: 'shared' } as const;
  return [
    {
      ...shared,
      name: 'hutong_signing_key_age_seconds',
      help: 'Age of the youngest signing key of an algorithm in a state.',
      labels: ['algorithm', 'state'],
      read: async () => {
        const { keys } = await signingKeys.overview();
        // The youngest last: it stays.
        const ordered = keys.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
        const youngest = new Map(ordered.map((key) => [`${key.algorithm} ${key.state}`, key]));
        return [...youngest.values()].map(({ algorithm, state, createdAt }) => [
          [algorithm, state],
          secondsSince(createdAt, clock),
        ]);
      },
    },
    {
      ...shared,
      name: 'hutong_data_key_age_seconds',
      help: 'Age of the newest data key of a purpose.',
      labels: ['purpose'],
      read: async () => {
        const keys = await newestDataKeys(database);
        return keys.map(({ purpose, createdAt }) => [[purpose], secondsSince(createdAt, clock)]);
      },
    },
  ];
}

function secondsSince(at: Date, clock: Clock): number {
  return Math.max(0, (clock.now().getTime() - at.getTime()) / 1000);
}
