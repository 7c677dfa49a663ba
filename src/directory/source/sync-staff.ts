// One run of the import at an interval: read all, count what would change, stop where that cannot be
// right, then do it person by person. Run again it goes on where it stood.
import { createHash } from 'node:crypto';
import type { AuditLog } from '../../audit/audit-log.ts';
import { secondsFromNow } from '../../platform/clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Outbound } from '../../platform/outbound.ts';
import type { StaffDirectoryConfig } from '../../platform/staff-directory-config.ts';
import { carryOutImport, importDepartments, leaversOf, planImport } from '../import-staff.ts';
import type { ImportStaffDependencies, StaffPlan } from '../import-staff.ts';
import { readSource } from './staff-source.ts';
import type { StaffList } from './staff-list.ts';
import { LEASE_SECONDS } from './staff-sync-store.ts';
import type { StaffSyncStore, SyncRun, SyncState } from './staff-sync-store.ts';

export interface SyncStaffDependencies extends ImportStaffDependencies {
  config: StaffDirectoryConfig;
  syncs: StaffSyncStore;
  outbound: Pick<Outbound, 'fetch'>;
  audit: AuditLog;
  clock: Clock;
}

interface Turn {
  /** Chance: each run its own. */
  holder: string;
  /** `system`, or `operator` at a shell. */
  actor: 'system' | 'operator';
}

/** After a fault of the source; a leaver is not left in for an hour because of one lost packet. */
const RETRY_SECONDS = 300;
const KEEP_EVERY_MS = (LEASE_SECONDS * 1000) / 4;

/** Another process has the turn by now: it does what is left. */
class TurnLost extends Error {
  override readonly name = 'TurnLost';
}

/** Undefined where another process is at it, or where nothing is due. */
export async function syncStaff(
  deps: SyncStaffDependencies,
  turn: Turn,
  { isDueOnly }: { isDueOnly: boolean },
): Promise<SyncRun | undefined> {
  const state = await deps.syncs.take(turn.holder, { isDueOnly });
  if (!state) return undefined;
  try {
    const run = await runOnce(deps, turn, state);
    await record(deps, turn, { run, before: state.lastRun });
    await deps.syncs.end(turn.holder, { run, dueAt: nextAt(deps, run) });
    return run;
  } catch (error) {
    if (error instanceof TurnLost) return undefined;
    throw error;
  }
}

async function runOnce(
  deps: SyncStaffDependencies,
  turn: Turn,
  state: SyncState,
): Promise<SyncRun> {
  const at = deps.clock.now();
  const keep = keeping(deps, turn);
  const read = await whileKeeping(keep, () => readSource(deps.config, deps.outbound));
  if (!read.ok) {
    const [first] = read.problems;
    const cause = first ? `${first.line}: ${first.problem}` : read.cause;
    return { at, outcome: read.reason, ...(cause === undefined ? {} : { cause }) };
  }
  const plan = await planImport(deps, read.staff);
  const leavers = leaversOf(plan);
  const counts = countsOf(plan, leavers.length);
  const digest = createHash('sha256').update(leavers.toSorted().join('\n')).digest('hex');
  const isAllowed = leavers.length <= mostLeaving(deps.config, plan);
  if (!isAllowed && state.approvedDigest !== digest) return { at, outcome: 'held', counts, digest };
  const failed = await carryOut(deps, { read, plan, keep });
  const outcome = failed > 0 ? 'partly' : 'done';
  return { at, outcome, counts: { ...counts, failed } };
}

async function carryOut(
  deps: SyncStaffDependencies,
  { read, plan, keep }: { read: StaffList; plan: StaffPlan; keep: () => Promise<void> },
): Promise<number> {
  const departments = await importDepartments(deps, read.departments, keep);
  const people = await carryOutImport(deps, plan, keep);
  return departments.length + people.length;
}

function mostLeaving(
  { mostLeaving: most, mostLeavingPercent }: StaffDirectoryConfig,
  { imported }: StaffPlan,
): number {
  return Math.max(most, (imported * mostLeavingPercent) / 100);
}

function countsOf(plan: StaffPlan, leaving: number) {
  const { joining, changing, unchanged } = plan;
  return { joining: joining.length, changing: changing.length, leaving, unchanged, failed: 0 };
}

/** Prolongs the turn now and then. @throws TurnLost */
function keeping({ syncs }: SyncStaffDependencies, { holder }: Turn): () => Promise<void> {
  let keptAt = performance.now();
  return async () => {
    if (performance.now() - keptAt < KEEP_EVERY_MS) return;
    if (!(await syncs.keep(holder))) throw new TurnLost();
    keptAt = performance.now();
  };
}

/** A source may take its time. */
async function whileKeeping<T>(keep: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void keep().catch(() => undefined), KEEP_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function nextAt({ clock, config }: SyncStaffDependencies, { outcome }: SyncRun): Date {
  const seconds = config.everyMinutes * 60;
  const isDown = outcome === 'source_down';
  return secondsFromNow(clock, isDown ? Math.min(RETRY_SECONDS, seconds) : seconds);
}

/** A run that changed nothing is no record, nor is one that stopped like the one before. */
async function record(
  { audit }: SyncStaffDependencies,
  { actor }: Turn,
  { run, before }: { run: SyncRun; before: SyncRun | undefined },
): Promise<void> {
  const { outcome, counts } = run;
  if (outcome === 'done' || outcome === 'partly') {
    const { joining = 0, changing = 0, leaving = 0, failed = 0 } = counts ?? {};
    if (joining + changing + leaving + failed === 0) return;
    const details = { joining, changing, leaving, failed };
    await audit.record({ type: 'directory.imported', actor, result: 'done', details });
    return;
  }
  if (before?.outcome === outcome && before.digest === run.digest) return;
  await audit.record({
    type: 'directory.import_stopped',
    actor,
    result: 'refused',
    reason: outcome,
    ...(counts ? { details: { leaving: counts.leaving } } : {}),
  });
}
