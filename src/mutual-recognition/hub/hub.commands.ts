// `hutong recognition entries | conflicts | reports | drop-epoch`: what administrators of a hub see of its
// index. Nothing of it says who a person is.
import type { AuditLog } from '../../audit/audit-log.ts';
import { exitCode, formatTable } from '../../platform/terminal.ts';
import type { Terminal } from '../../platform/terminal.ts';
import type { ConflictStore } from './conflict-store.ts';
import type { IndexEntryStore } from './index-entry-store.ts';
import type { ReconciliationStore } from './reconciliation-store.ts';

export interface HubCommandDependencies {
  entries: Pick<IndexEntryStore, 'counts' | 'dropEpoch'>;
  conflicts: Pick<ConflictStore, 'list'>;
  reconciliations: Pick<ReconciliationStore, 'list'>;
  audit: AuditLog;
  terminal: Terminal;
}

const PREFIX = 'recognition-command';

/** Undefined when that is no command of a hub. */
export async function runHubCommand(
  args: readonly string[],
  deps: HubCommandDependencies,
): Promise<number | undefined> {
  const [verb, epoch, confirmation, ...more] = args;
  if (verb === 'drop-epoch') {
    if (!/^[1-9]\d{0,5}$/u.test(epoch ?? '') || more.length > 0) return undefined;
    return dropEpoch(deps, Number(epoch), confirmation === '--yes');
  }
  if (epoch !== undefined) return undefined;
  if (verb === 'entries') return show(deps, await entryRows(deps));
  if (verb === 'conflicts') return show(deps, await conflictRows(deps));
  return verb === 'reports' ? show(deps, await reportRows(deps)) : undefined;
}

async function entryRows({ entries, terminal }: HubCommandDependencies): Promise<string[][]> {
  const counts = await entries.counts();
  return counts.map(({ epoch, home, count }) => [
    terminal.t(`${PREFIX}.epoch`, { epoch }),
    home,
    String(count),
  ]);
}

async function conflictRows({ conflicts }: HubCommandDependencies): Promise<string[][]> {
  const found = await conflicts.list({});
  return found.map(({ index, home, claimant, lastAt, times }) => [
    index,
    home,
    claimant,
    lastAt.toISOString(),
    String(times),
  ]);
}

async function reportRows(deps: HubCommandDependencies): Promise<string[][]> {
  const { reconciliations, terminal } = deps;
  const found = await reconciliations.list();
  return found.map(({ at, platformId, epoch, partitions, missing, surplus, differing }) => [
    at.toISOString(),
    platformId,
    terminal.t(`${PREFIX}.epoch`, { epoch }),
    terminal.t(`${PREFIX}.report`, { partitions, missing, surplus, differing }),
  ]);
}

function show({ terminal }: HubCommandDependencies, rows: readonly string[][]): number {
  terminal.print(rows.length > 0 ? formatTable(rows) : terminal.t(`${PREFIX}.empty`));
  return exitCode.done;
}

async function dropEpoch(
  { entries, audit, terminal }: HubCommandDependencies,
  epoch: number,
  isConfirmed: boolean,
): Promise<number> {
  if (!isConfirmed) {
    terminal.complain(terminal.t(`${PREFIX}.cannot.not_confirmed`, { epoch }));
    return exitCode.refused;
  }
  const details = { epoch };
  await audit.record({
    type: 'recognition.epoch_dropped',
    actor: 'operator',
    details,
    result: 'done',
  });
  const count = await entries.dropEpoch(epoch);
  terminal.print(terminal.t(`${PREFIX}.dropped`, { count, epoch }));
  return exitCode.done;
}
