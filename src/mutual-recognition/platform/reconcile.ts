// Compares what we registered with what the hub has 对账: by digests first, then entry by entry where those
// differ. What the hub lacks is registered again, what it has too much is removed.
import type { Logger } from '../../platform/logger.ts';
import {
  differencesAnswerSchema,
  DIFFERENCES_PATH,
  ENTRIES_PATH,
  reconciliationAnswerSchema,
  RECONCILIATIONS_PATH,
} from '../hub/hub-interface.ts';
import { PartitionDigests } from '../hub/partition-digests.ts';
import type { Clock } from '../../platform/clock.ts';
import type { AccountMarkStore } from './account-mark-store.ts';
import { parseJson } from './index-computer.ts';
import type { IndexComputer } from './index-computer.ts';
import type { RegistrationStore } from './registration-store.ts';
import type { ServiceClient } from './service-client.ts';

export interface ReconcileDependencies {
  hub: ServiceClient;
  computer: IndexComputer;
  registrations: RegistrationStore;
  marks: AccountMarkStore;
  clock: Clock;
  logger: Logger;
}

export interface EpochReport {
  epoch: number;
  /** Entries that the hub lacked, had too many of, had otherwise. */
  missing: number;
  surplus: number;
  differing: number;
}

const BATCH_MS = 60_000;
const MOST_SENT = 2000;

/** Undefined when hub or key holder did not answer; what was found until then is mended all the same. */
export async function reconcile(deps: ReconcileDependencies): Promise<EpochReport[] | undefined> {
  const epochs = await deps.computer.epochs();
  if (!epochs) return undefined;
  const reports: EpochReport[] = [];
  for (const epoch of epochs.all) {
    const report = await reconcileEpoch(deps, epoch);
    if (!report) return undefined;
    reports.push(report);
  }
  await deps.marks.noteReconciled();
  return reports;
}

async function reconcileEpoch(
  deps: ReconcileDependencies,
  epoch: number,
): Promise<EpochReport | undefined> {
  const { hub, registrations } = deps;
  const own = new PartitionDigests();
  for await (const entry of registrations.registered(epoch)) own.add(entry);
  const reply = await hub.post(RECONCILIATIONS_PATH, { epoch, digests: own.finish() }, BATCH_MS);
  const begun = reply.ok ? reconciliationAnswerSchema.parse(parseJson(reply.text)) : undefined;
  if (!begun) return undefined;
  const total = { epoch, missing: 0, surplus: 0, differing: 0 };
  const sizes = await registrations.partitionSizes(epoch, begun.differing);
  for (const partitions of groups(sizes)) {
    const found = await compare(deps, { epoch, report: begun.report, partitions });
    if (!found) return undefined;
    total.missing += found.missing.length;
    total.surplus += found.surplus.length;
    total.differing += found.differing.length;
    const lost = await registrations.lose(epoch, [...found.missing, ...found.differing]);
    await deps.marks.markAll(lost);
    await removeSurplus(deps, epoch, found.surplus);
  }
  return total;
}

async function compare(
  { hub, registrations }: ReconcileDependencies,
  of: { epoch: number; report: string; partitions: readonly string[] },
) {
  const entries: object[] = [];
  for await (const entry of registrations.registered(of.epoch, of.partitions)) {
    const { index, version, level, expiresAt } = entry;
    entries.push({ index, version, level, expires_at: expiresAt });
  }
  const reply = await hub.post(DIFFERENCES_PATH, { ...of, entries }, BATCH_MS);
  return reply.ok ? differencesAnswerSchema.parse(parseJson(reply.text)) : undefined;
}

async function removeSurplus(
  { hub, clock, logger }: ReconcileDependencies,
  epoch: number,
  surplus: readonly string[],
): Promise<void> {
  const version = clock.now().getTime();
  for (let from = 0; from < surplus.length; from += MOST_SENT) {
    const changes = surplus
      .slice(from, from + MOST_SENT)
      .map((index) => ({ action: 'remove', index, version }));
    const reply = await hub.post(ENTRIES_PATH, { epoch, changes }, BATCH_MS);
    if (!reply.ok) logger.warn({ reason: reply.reason }, 'surplus entries not removed');
  }
}

/** Partitions that are sent together. */
function* groups(sizes: ReadonlyMap<string, number>): Generator<string[]> {
  let group: string[] = [];
  let count = 0;
  for (const [partition, size] of sizes) {
    if (group.length > 0 && count + size > MOST_SENT) {
      yield group;
      group = [];
      count = 0;
    }
    group.push(partition);
    count += size;
  }
  if (group.length > 0) yield group;
}
