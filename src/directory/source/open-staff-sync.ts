// The import at an interval: beside the requests of every process, done by one of them, with figures.
import { repeatedWork } from '../../platform/repeat.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { createOutbound } from '../../platform/outbound.ts';
import type { Random } from '../../platform/random.ts';
import type { StaffDirectoryConfig } from '../../platform/staff-directory-config.ts';
import { syncStaff } from './sync-staff.ts';
import type { SyncStaffDependencies } from './sync-staff.ts';

export interface StaffSyncDependencies extends Omit<SyncStaffDependencies, 'config' | 'outbound'> {
  metrics: Metrics;
  random: Random;
  logger: Logger;
}

interface StaffSyncConfig {
  staffDirectory: StaffDirectoryConfig;
  outbound: { readonly allow: readonly string[]; readonly caFile: string | undefined };
}

/** Milliseconds between two looks whether a run is due. */
const LOOK_EVERY_MS = 5000;
/** Of a list that comes over the network. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
const LIST_TIMEOUT_MS = 60_000;

/** The list is larger, and slower, than what is fetched from departments otherwise. */
export function openListOutbound({
  outbound: { allow, caFile },
}: Pick<StaffSyncConfig, 'outbound'>) {
  const limits = { timeoutMs: LIST_TIMEOUT_MS, maxBodyBytes: MAX_LIST_BYTES };
  return createOutbound({ allow, caFile, ...limits });
}

export function staffSyncWork(deps: StaffSyncDependencies, config: StaffSyncConfig) {
  const outbound = openListOutbound(config);
  const own = { ...deps, config: config.staffDirectory, outbound };
  observeSync(deps);
  const work = repeatedWork(
    () => syncStaff(own, { holder: deps.random.id(), actor: 'system' }, { isDueOnly: true }),
    { name: 'staff import', everyMs: LOOK_EVERY_MS, logger: deps.logger },
  );
  return {
    start: work.start.bind(work),
    async stop() {
      await work.stop();
      await outbound.close();
    },
  };
}

function observeSync({ metrics, syncs, clock }: StaffSyncDependencies): void {
  const shared = { kind: 'gauge', scope: 'shared' } as const;
  metrics.observe({
    ...shared,
    name: 'hutong_staff_import_age_seconds',
    help: 'Since the last import of staff that was not stopped.',
    read: async () => {
      const at = (await syncs.state())?.lastDoneAt;
      return at ? [[[], Math.max(0, (clock.now().getTime() - at.getTime()) / 1000)]] : [];
    },
  });
  metrics.observe({
    ...shared,
    name: 'hutong_staff_import_stopped',
    help: '1 while the import of staff is stopped: the source is down, wrong or empty, or too many would leave.',
    labels: ['reason'],
    read: async () => {
      const outcome = (await syncs.state())?.lastRun?.outcome;
      const reasons = ['source_down', 'source_wrong', 'source_empty', 'held'] as const;
      return reasons.map((reason) => [[reason], Number(outcome === reason)]);
    },
  });
}
