// `hutong directory status|run|approve`: the import at an interval.
import type { AuditLog } from '../../audit/audit-log.ts';
import { exitCode } from '../../platform/terminal.ts';
import type { Terminal } from '../../platform/terminal.ts';
import type { StaffSyncStore, SyncRun, SyncState } from './staff-sync-store.ts';

export interface SyncCommandDependencies {
  terminal: Terminal;
  audit: AuditLog;
  /** Undefined without HUTONG_STAFF_DIRECTORY. */
  sync:
    | {
        syncs: StaffSyncStore;
        /** At once; undefined where another process is at it. */
        run(): Promise<SyncRun | undefined>;
      }
    | undefined;
}

const PREFIX = 'directory-command.sync';

/** @returns undefined for what is no command of these */
export async function runSyncCommand(
  [verb, ...rest]: readonly string[],
  deps: SyncCommandDependencies,
): Promise<number | undefined> {
  const isKnown =
    ((verb === 'status' || verb === 'run') && rest.length === 0) ||
    (verb === 'approve' && rest.length === 1);
  if (!isKnown) return undefined;
  const { sync, terminal } = deps;
  if (!sync) return refuse(terminal, 'not_set');
  if (verb === 'status') return status(terminal, await sync.syncs.state());
  if (verb === 'approve') return approve(deps, sync.syncs, rest[0] ?? '');
  const run = await sync.run();
  if (!run) return refuse(terminal, 'under_way');
  tell(terminal, run);
  return run.outcome === 'done' ? exitCode.done : exitCode.refused;
}

function status(terminal: Terminal, state: SyncState | undefined): number {
  if (!state?.lastRun) {
    terminal.print(terminal.t(`${PREFIX}.never`));
    return exitCode.done;
  }
  tell(terminal, state.lastRun);
  const [done, due] = [state.lastDoneAt?.toISOString() ?? '-', state.dueAt.toISOString()];
  terminal.print(terminal.t('directory-command.sync.times', { done, due }));
  return state.lastRun.outcome === 'done' ? exitCode.done : exitCode.refused;
}

function tell(terminal: Terminal, { at, outcome, counts, cause = '-' }: SyncRun): void {
  const values = { at: at.toISOString(), cause, ...counts };
  terminal.print(terminal.t(`${PREFIX}.outcome.${outcome}`, values));
}

/** Who approves writes how many leave: nobody approves what was not read. */
async function approve(
  { terminal, audit }: SyncCommandDependencies,
  syncs: StaffSyncStore,
  typed: string,
): Promise<number> {
  const { lastRun } = (await syncs.state()) ?? {};
  const { outcome, digest, counts } = lastRun ?? {};
  if (outcome !== 'held' || digest === undefined || !counts) return refuse(terminal, 'not_held');
  const { leaving } = counts;
  if (typed !== String(leaving)) return refuse(terminal, 'other_count', { leaving });
  if (!(await syncs.approve(digest))) return refuse(terminal, 'not_held');
  const details = { leaving };
  const event = { type: 'directory.import_approved', actor: 'operator', result: 'done' } as const;
  await audit.record({ ...event, details });
  terminal.print(terminal.t(`${PREFIX}.approved`, { leaving }));
  return exitCode.done;
}

function refuse(terminal: Terminal, why: string, values: Record<string, number> = {}): number {
  terminal.complain(terminal.t(`${PREFIX}.${why}`, values));
  return exitCode.refused;
}
