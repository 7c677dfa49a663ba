// What platforms do with their entries: add, change, remove, compare.
import type { z } from 'zod';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Random } from '../../platform/random.ts';
import type { RecognitionPlatform } from '../recognition-platform.ts';
import { overQuota, problem } from '../service-mount.ts';
import type { ServiceAnswer } from '../service-mount.ts';
import type { RecognitionUsage } from '../usage-store.ts';
import type { ConflictStore } from './conflict-store.ts';
import type {
  differencesSchema,
  entriesSchema,
  EntryOutcome,
  reconciliationSchema,
} from './hub-interface.ts';
import type { IndexEntryStore } from './index-entry-store.ts';
import { differingPartitions, PartitionDigests } from './partition-digests.ts';
import type { DigestedEntry } from './partition-digests.ts';
import type { ReconciliationStore } from './reconciliation-store.ts';

export interface EntryDependencies {
  audit: AuditLog;
  random: Random;
  usage: Pick<RecognitionUsage, 'take'>;
  entries: IndexEntryStore;
  conflicts: ConflictStore;
  reconciliations: ReconciliationStore;
}

export async function changeEntries(
  deps: EntryDependencies,
  platform: RecognitionPlatform,
  { epoch, changes }: z.output<typeof entriesSchema>,
): Promise<ServiceAnswer> {
  if (new Set(changes.map(({ index }) => index)).size < changes.length) {
    return problem(400, 'index_twice');
  }
  const of = { what: 'entries', amount: changes.length } as const;
  const refusal = await overQuota(deps, platform, of);
  if (refusal) return refusal;
  const outcomes = await deps.entries.change(platform.id, epoch, changes);
  await note(deps, platform, { epoch, outcomes });
  const claimed = changes.filter((_, place) => outcomes[place] === 'conflict');
  if (claimed.length === 0) return { status: 200, body: { outcomes } };
  const held = await deps.entries.held(claimed.map(({ index }) => index));
  const claimant = platform.id;
  const others = held.filter(({ home }) => home !== claimant);
  await deps.conflicts.note(others.map(({ index, home }) => ({ epoch, index, home, claimant })));
  // Who claims people to learn who is registered somewhere is told nothing any more.
  const many = await overQuota(deps, platform, { what: 'conflicts', amount: claimed.length });
  return many ?? { status: 200, body: { outcomes } };
}

async function note(
  { audit }: EntryDependencies,
  platform: RecognitionPlatform,
  { epoch, outcomes }: { epoch: number; outcomes: readonly EntryOutcome[] },
): Promise<void> {
  const count = (wanted: EntryOutcome) => outcomes.filter((each) => each === wanted).length;
  const conflicts = count('conflict');
  await audit.record({
    type: 'recognition.entries_changed',
    actor: `client:${platform.id}`,
    clientId: platform.id,
    details: { epoch, done: count('done'), older: count('older'), conflicts },
    result: conflicts > 0 ? 'refused' : 'done',
  });
}

/** Both sides are told: the home who claims, the claimant only that somebody has the person. */
export async function tellConflicts(
  { conflicts }: EntryDependencies,
  platform: RecognitionPlatform,
  since: Date,
): Promise<ServiceAnswer> {
  const found = await conflicts.list({ platformId: platform.id, since });
  const told = found.map(({ epoch, index, home, claimant, firstAt, lastAt, times }) => ({
    epoch,
    index,
    ...(home === platform.id ? { side: 'home', claimant } : { side: 'claimant' }),
    first_at: Math.floor(firstAt.getTime() / 1000),
    last_at: Math.floor(lastAt.getTime() / 1000),
    times,
  }));
  return { status: 200, body: { conflicts: told } };
}

export async function compareDigests(
  deps: EntryDependencies,
  platform: RecognitionPlatform,
  { epoch, digests }: z.output<typeof reconciliationSchema>,
): Promise<ServiceAnswer> {
  const own = new PartitionDigests();
  for await (const entry of deps.entries.ofHome(platform.id, epoch)) own.add(entry);
  const differing = differingPartitions(digests, own.finish());
  const report = deps.random.id();
  const facts = { platformId: platform.id, epoch, partitions: differing.length };
  await deps.reconciliations.begin(report, facts);
  await deps.audit.record({
    type: 'recognition.reconciled',
    actor: `client:${platform.id}`,
    clientId: platform.id,
    details: { epoch, report, partitions: differing.length },
    result: 'done',
  });
  return { status: 200, body: { report, differing } };
}

export async function compareEntries(
  deps: EntryDependencies,
  platform: RecognitionPlatform,
  request: z.output<typeof differencesSchema>,
): Promise<ServiceAnswer> {
  const { epoch, report, partitions } = request;
  const amount = request.entries.length;
  const refusal = amount > 0 && (await overQuota(deps, platform, { what: 'entries', amount }));
  if (refusal) return refusal;
  const theirs = new Map(request.entries.map((entry) => [entry.index, entry]));
  const surplus: string[] = [];
  const differing: string[] = [];
  for await (const own of deps.entries.ofHome(platform.id, epoch, partitions)) {
    const entry = theirs.get(own.index);
    theirs.delete(own.index);
    if (!entry) surplus.push(own.index);
    else if (!isAlike(own, { ...entry, expiresAt: entry.expires_at })) differing.push(own.index);
  }
  const missing = [...theirs.keys()];
  const counts = { missing: missing.length, surplus: surplus.length, differing: differing.length };
  if (!(await deps.reconciliations.add(report, platform.id, counts))) {
    return problem(404, 'report_unknown');
  }
  return { status: 200, body: { missing, surplus, differing } };
}

function isAlike(a: DigestedEntry, b: DigestedEntry): boolean {
  return a.version === b.version && a.level === b.level && a.expiresAt === b.expiresAt;
}
