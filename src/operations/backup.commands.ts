// `hutong backup FILE` and `hutong restore FILE`. A restore works on an empty database only, ends
// every session unless told otherwise, and leaves a record.
import { access } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { AuditLog } from '../audit/audit-log.ts';
import type { AuditVerdict } from '../audit/verify-audit.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { BackupFileError } from './backup-file.ts';
import { SnapshotGone } from './backup-store.ts';
import type { BackupStore } from './backup-store.ts';
import { backUp, restore } from './restore.ts';
import type { RestoreDependencies, RestoreOutcome } from './restore.ts';

export interface BackupCommandDependencies {
  store: BackupStore;
  masterKey: Buffer;
  release: string;
  clock: { now(): Date };
  audit: AuditLog;
  terminal: Terminal;
}

const PREFIX = 'operations';
const MEBIBYTE = 1024 * 1024;

/** @returns the exit code: 0 done, 1 refused or cut off, 2 not understood */
export async function runBackupCommand(
  args: readonly string[],
  deps: BackupCommandDependencies,
): Promise<number> {
  const { print, complain, t } = deps.terminal;
  const [file, ...more] = args;
  if (!file || file.startsWith('-') || more.length > 0) {
    complain(t(`${PREFIX}.backup.usage`));
    return exitCode.usage;
  }
  if (await exists(file)) {
    complain(t(`${PREFIX}.backup.cannot.file_exists`, { file }));
    return exitCode.refused;
  }
  // Before the copy is made, so that the copy holds it and nobody takes one unseen.
  await deps.audit.record({ type: 'operations.backed_up', actor: 'operator', result: 'done' });
  try {
    const done = await backUp({ ...deps, now: deps.clock.now() }, file);
    const mebibytes = (done.bytes / MEBIBYTE).toFixed(1);
    const takenAt = done.takenAt.toISOString();
    print(t(`${PREFIX}.backup.done`, { file, takenAt, documents: done.documents, mebibytes }));
    return exitCode.done;
  } catch (error) {
    const reason = backupProblem(error);
    if (!reason) throw error;
    complain(t(`${PREFIX}.backup.cannot.${reason}`, { file }));
    return exitCode.refused;
  }
}

export interface RestoreCommandDependencies extends RestoreDependencies {
  terminal: Terminal;
  /**
   * Called when everything is stored: migrates, opens the keys, checks the audit records, and
   * records the restore. @returns the exit code
   */
  conclude: (
    restored: RestoreOutcome & { ok: true },
    anchors: readonly string[],
  ) => Promise<number>;
}

/** @returns the exit code: 0 done and checked, 1 refused or not intact, 2 not understood */
export async function runRestoreCommand(
  args: readonly string[],
  deps: RestoreCommandDependencies,
): Promise<number> {
  const { print, complain, t } = deps.terminal;
  const command = readRestore(args);
  if (!command) {
    complain(t(`${PREFIX}.restore.usage`));
    return exitCode.usage;
  }
  const { file, keepsSessions, anchors } = command;
  if (!(await exists(file))) {
    complain(t(`${PREFIX}.restore.cannot.file_missing`, { file }));
    return exitCode.usage;
  }
  complain(t(`${PREFIX}.restore.checking`, { file }));
  const outcome = await restore(deps, {
    file,
    keepsSessions,
    onProgress: (collection, documents) =>
      complain(t(`${PREFIX}.restore.progress`, { collection, documents })),
  });
  if (!outcome.ok) {
    complain(t(`${PREFIX}.restore.cannot.${outcome.reason}`, { file }));
    return exitCode.refused;
  }
  const { header, documents } = outcome;
  const takenAt = new Date(header.takenAt).toISOString();
  print(t(`${PREFIX}.restore.done`, { takenAt, release: header.release, documents }));
  print(t(`${PREFIX}.restore.sessions.${keepsSessions ? 'kept' : 'ended'}`));
  return deps.conclude(outcome, anchors);
}

/**
 * Of records that were just restored. That an anchor goes on behind the backup, and that the last
 * records of the copied moment were not sealed yet, is as it must be; anything else is not.
 * @returns the exit code
 */
export function tellRestoredAudit({ print, t }: Terminal, verdict: AuditVerdict): number {
  const { finding, checkedCount, anchors } = verdict;
  const isCut = finding?.problem === 'tail_cut_off';
  if (finding && !isCut && finding.problem !== 'record_unsealed') {
    const { problem, sequence = '-' } = finding;
    print(t(`${PREFIX}.restore.audit.not_intact`, { problem, sequence }));
    return exitCode.refused;
  }
  print(
    t(`${PREFIX}.restore.audit.intact`, { count: checkedCount, anchored: anchors.matchedCount }),
  );
  if (isCut) print(t(`${PREFIX}.restore.audit.goes_on`));
  return exitCode.done;
}

function readRestore(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'keep-sessions': { type: 'boolean', default: false },
        anchor: { type: 'string', multiple: true, default: [] },
      },
    });
    const [file, ...more] = positionals;
    if (!file || more.length > 0) return undefined;
    return { file, keepsSessions: values['keep-sessions'], anchors: values.anchor };
  } catch {
    return undefined;
  }
}

function backupProblem(error: unknown): 'too_large' | 'snapshot_gone' | 'not_written' | undefined {
  if (error instanceof SnapshotGone) return 'snapshot_gone';
  if (error instanceof BackupFileError) return 'too_large';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isOfTheDisk = ['ENOSPC', 'EACCES', 'ENOENT', 'EROFS', 'EDQUOT'].includes(String(code));
  return isOfTheDisk ? 'not_written' : undefined;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
