// `hutong retention status|run`: what has outlived its time, and its removal now instead of within the hour.
import { exitCode, formatTable } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { daysOf, removeOutlived, retentionStates } from './retention.ts';
import type { RetentionDependencies } from './retention.ts';
import { RetentionStore } from './retention-store.ts';

export interface RetentionCommandDependencies extends RetentionDependencies {
  terminal: Terminal;
}

/** @returns the exit code: 0 done, 1 something is still there that should be gone, 2 not understood */
export async function runRetentionCommand(
  args: readonly string[],
  deps: RetentionCommandDependencies,
): Promise<number> {
  const { terminal } = deps;
  const [verb, ...rest] = args;
  if (rest.length > 0 || (verb !== 'status' && verb !== 'run')) {
    terminal.complain(terminal.t('retention.usage'));
    return exitCode.usage;
  }
  return verb === 'run' ? run(deps) : status(deps);
}

async function run(deps: RetentionCommandDependencies): Promise<number> {
  const { terminal } = deps;
  const removed = await removeOutlived(deps, 'operator');
  if (removed.size === 0) terminal.print(terminal.t('retention.nothing'));
  for (const [kind, count] of removed) {
    const what = terminal.t(`retention.${kind}.what`);
    terminal.print(terminal.t('retention.removed', { count, what }));
  }
  return exitCode.done;
}

async function status(deps: RetentionCommandDependencies): Promise<number> {
  const { terminal, database, rules, days } = deps;
  const { t } = terminal;
  const [states, lastAt] = [
    await retentionStates(deps),
    await new RetentionStore(database).lastAt(),
  ];
  const rows = states.map(({ kind, collections, overdue }, index) => {
    const rule = rules[index];
    const kept = rule && daysOf(rule, days);
    const shown = kept === undefined ? '-' : String(kept);
    const by = rule ? t(`retention.by.${rule.removal.by}`) : '-';
    return [kind, collections.join(' '), shown, by, String(overdue)];
  });
  const columns = ['kind', 'collections', 'days', 'removed_by', 'overdue'];
  terminal.print(formatTable([columns.map((name) => t(`retention.column.${name}`)), ...rows]));
  terminal.print(
    lastAt ? t('retention.last', { at: lastAt.toISOString() }) : t('retention.never_run'),
  );
  const isLate = states.some(({ overdue }) => overdue > 0);
  if (isLate) terminal.complain(t('retention.late'));
  return isLate ? exitCode.refused : exitCode.done;
}
