// Backup and restore as use cases. A file is read once to its end, and so proven whole, before the
// first document is written; what was valid only for a while does not come back to life.
import { AppError } from '../platform/errors.ts';
import { RESTORE_MARK } from '../platform/migrations.ts';
import type { BackupEntry } from './backup-file.ts';
import { BackupFileError, readBackup, writeBackup } from './backup-file.ts';
import { countsOf, headerOf } from './backup-store.ts';
import type { BackupHeader, BackupStore } from './backup-store.ts';

/** Not worth a copy: they tell of the moment. */
const NEVER_COPIED = new Set([
  'liveProcesses',
  'migrationLease',
  'dataKeyRotationLock',
  'doctorProbes',
  RESTORE_MARK,
]);

export interface BackupSummary {
  takenAt: Date;
  release: string;
  documents: number;
  bytes: number;
}

/** One consistent moment of the whole database, while the service goes on. */
export async function backUp(
  deps: { store: BackupStore; masterKey: Buffer; release: string; now: Date },
  file: string,
): Promise<BackupSummary> {
  let documents = 0;
  const { release, now: takenAt } = deps;
  async function* counted(): AsyncGenerator<BackupEntry> {
    for await (const each of deps.store.read({ release, takenAt }, NEVER_COPIED)) {
      if (each.kind === 'document') documents += 1;
      yield each;
    }
  }
  const bytes = await writeBackup(file, deps.masterKey, counted());
  return { takenAt, release, documents, bytes };
}

export interface RestoreDependencies {
  store: BackupStore;
  /** Tried in turn: a backup keeps the master key of its day. */
  masterKeys: readonly Buffer[];
  /** Collections of sessions, tokens and other things of a moment. */
  momentary: readonly string[];
}

export interface RestoreOrder {
  file: string;
  /**
   * For a move to another machine, with everything stopped before the backup. Otherwise whatever
   * was signed out, spent or withdrawn after the backup would be valid again.
   */
  keepsSessions: boolean;
  onProgress: (collection: string, documents: number) => void;
}

export type RestoreOutcome =
  | { ok: true; header: BackupHeader; documents: number }
  | { ok: false; reason: 'database_not_empty' | BackupFileError['problem'] };

export async function restore(
  deps: RestoreDependencies,
  { file, keepsSessions, onProgress }: RestoreOrder,
): Promise<RestoreOutcome> {
  const proven = await prove(deps, file);
  if (!proven.ok) return proven;
  const { store, momentary } = deps;
  if (!(await store.isEmpty())) return { ok: false, reason: 'database_not_empty' };
  const restored: Record<string, number> = {};
  await store.fill(readBackup(file, proven.masterKey), (name, count) => {
    restored[name] = count;
    onProgress(name, count);
  });
  for (const [name, count] of Object.entries(proven.counts)) {
    if (restored[name] === count) continue;
    throw new AppError('internal', { details: { problem: `${name} is not complete` } });
  }
  if (!keepsSessions) await store.empty(momentary);
  await store.release();
  return { ok: true, header: proven.header, documents: sum(proven.counts) };
}

type Proof =
  | { ok: true; masterKey: Buffer; header: BackupHeader; counts: Record<string, number> }
  | { ok: false; reason: BackupFileError['problem'] };

/** Reads the whole file; no more than its ends are kept. */
async function prove({ masterKeys }: RestoreDependencies, file: string): Promise<Proof> {
  let reason: BackupFileError['problem'] = 'altered_or_other_key';
  for (const masterKey of masterKeys) {
    try {
      let header: BackupHeader | undefined;
      let counts: Record<string, number> | undefined;
      for await (const { kind, bytes } of readBackup(file, masterKey)) {
        if (kind === 'header') header = headerOf(bytes);
        if (kind === 'end') counts = countsOf(bytes);
      }
      if (header && counts) return { ok: true, masterKey, header, counts };
    } catch (error) {
      if (!(error instanceof BackupFileError)) throw error;
      reason = error.problem;
    }
  }
  return { ok: false, reason };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
