// Removes whole seals with their records, from the beginning of the chain, when their time is over.
// A signed head takes their place, so that the rest verifies as before; nobody without the key can
// make one. Only an operator does this, by hand, and only to a log that is intact.
import type { AuditLog } from './audit-log.ts';
import { headOf, signHead } from './seal.ts';
import type { Head } from './seal.ts';
import { prunedHead, verifyAudit } from './verify-audit.ts';
import type { AuditVerdict, VerifyDependencies, VerifyOptions } from './verify-audit.ts';

const DAY_MS = 86_400_000;

interface PruneDependencies extends VerifyDependencies {
  audit: Pick<AuditLog, 'record'>;
}

export type PruneOutcome =
  | { ok: true; removedCount: number; until: Date }
  | { ok: false; finding: NonNullable<AuditVerdict['finding']> };

/** With `isRehearsal` it only says how many records would go. The last seal always stays. */
export async function pruneAudit(
  deps: PruneDependencies,
  options: VerifyOptions & { keptDays: number; isRehearsal: boolean },
): Promise<PruneOutcome> {
  const { seals, keyring, clock, audit } = deps;
  const { finding } = await verifyAudit(deps, options);
  if (finding) return { ok: false, finding };
  const now = clock.now();
  const until = new Date(now.getTime() - options.keptDays * DAY_MS);
  const former = await prunedHead(deps);
  const head = await lastHeadBefore(deps, { former, until });
  const removedCount = head.count - former.count;
  if (options.isRehearsal) return { ok: true, removedCount, until };
  if (removedCount > 0) {
    const details = { upTo: head.count, until: until.toISOString() };
    await audit.record({ type: 'audit.pruned', actor: 'operator', result: 'done', details });
    await seals.keepPrunedHead(signHead(keyring, head, { now, label: 'pruned' }));
  }
  // Also what a run that was cut off has left.
  if (head.count > 0) await seals.removeUpTo(head.from);
  return { ok: true, removedCount, until };
}

async function lastHeadBefore(
  { seals }: Pick<PruneDependencies, 'seals'>,
  { former, until }: { former: Head; until: Date },
): Promise<Head> {
  const last = (await seals.lastSeal())?._id ?? 0;
  let head = former;
  for await (const seal of seals.seals({ after: former.count, last: last - 1 })) {
    if (seal.sealedAt >= until) break;
    head = headOf(seal);
  }
  return head;
}
