// Walks the whole chain in order and names the first thing that is not as it was: seals and their
// records, then the heads known outside, then what lies beside the chain.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { AuditFinding } from './audit-finding.ts';
import { isAuthentic } from './audit-record.ts';
import { checkAnchors, firstUnreadable, readAnchors } from './check-anchor.ts';
import type { AnchoredHead, AnchorVerdict } from './check-anchor.ts';
import { about } from './check-seal.ts';
import { EMPTY_CHAIN, isHeadAuthentic, unsignedHead } from './seal.ts';
import type { Head } from './seal.ts';
import type { SealStore } from './seal-store.ts';
import { sealedBlocks, walkChain } from './walk-chain.ts';

/** A record that waits longer shows that nobody seals. */
export const SEALED_WITHIN_SECONDS = 10;

export interface VerifyDependencies {
  seals: SealStore;
  keyring: Keyring;
  clock: Clock;
}

export interface VerifyOptions {
  anchorFiles: readonly string[];
  /** Told how many records have been checked, of how many. */
  onProgress: (checked: number, total: number) => void;
}

export interface AuditVerdict {
  /** What is wrong first. */
  finding?: AuditFinding | undefined;
  /** Number before the first that is kept. */
  prunedCount: number;
  /** Number of the last sealed record that was reached. */
  checkedCount: number;
  unsealedCount: number;
  anchors: AnchorVerdict;
}

export async function verifyAudit(
  deps: VerifyDependencies,
  options: VerifyOptions,
): Promise<AuditVerdict> {
  const { seals } = deps;
  const pruned = await prunedHead(deps);
  const last = (await seals.lastSeal())?._id ?? 0;
  const anchors: AnchorVerdict = { matched: 0, matchedCount: 0 };
  const verdict = { prunedCount: pruned.count, unsealedCount: 0, anchors };
  const walked = await walkChain(
    {
      keyring: deps.keyring,
      locate: (id) => seals.record(id),
      newest: last,
      onProgress: (checked) => options.onProgress(checked, last),
    },
    pruned,
    sealedBlocks(seals, { after: pruned.count, last }),
  );
  const checkedCount = walked.count;
  if (walked.finding) return { ...verdict, checkedCount, finding: walked.finding };
  const context = { ...deps, prunedCount: pruned.count };
  const kept = await checkAnchors(context, keptHead(seals));
  if (kept.finding) return { ...verdict, checkedCount, finding: kept.finding };
  const unreadable = await firstUnreadable(options.anchorFiles);
  // Before the first seal nothing has been written there.
  if (unreadable !== undefined && checkedCount > 0) {
    const finding: AuditFinding = { problem: 'anchor_unreadable', place: unreadable };
    return { ...verdict, checkedCount, finding };
  }
  const files = unreadable === undefined ? options.anchorFiles : [];
  const anchored = await checkAnchors(context, readAnchors(files));
  const outside = { ...verdict, checkedCount, anchors: anchored };
  if (anchored.finding) return { ...outside, finding: anchored.finding };
  return { ...outside, ...(await checkOthers(deps, { pruned, last, checkedCount })) };
}

/** Where the chain begins: behind what was removed after its time. */
export async function prunedHead({
  seals,
  keyring,
}: Pick<VerifyDependencies, 'seals' | 'keyring'>): Promise<Head> {
  const head = await seals.prunedHead();
  return head && isHeadAuthentic(keyring, head, 'pruned') ? unsignedHead(head) : EMPTY_CHAIN;
}

/** What the sealer itself has noted, as if it were an anchor; naive cuts show without a real one. */
async function* keptHead(seals: SealStore): AsyncGenerator<AnchoredHead> {
  const head = await seals.keptHead();
  if (head) yield { head, place: 'auditSealer' };
}

/** Records beside the chain: waiting, forged, or left behind by a cut. */
async function checkOthers(
  { seals, keyring, clock }: VerifyDependencies,
  { pruned, last, checkedCount }: { pruned: Head; last: number; checkedCount: number },
): Promise<{ finding?: AuditFinding | undefined; unsealedCount: number }> {
  const strange = await seals.strangeSeal();
  if (strange !== undefined) {
    return { finding: { problem: 'seal_inserted', place: strange }, unsealedCount: 0 };
  }
  const lateFrom = clock.now().getTime() - SEALED_WITHIN_SECONDS * 1000;
  let unsealedCount = 0;
  let late: AuditFinding | undefined;
  for await (const record of seals.otherRecords({ after: pruned.count, last })) {
    const { seal } = record;
    if (!isAuthentic(keyring, record)) {
      return { finding: { problem: 'record_inserted', ...about(record) }, unsealedCount };
    }
    if (typeof seal === 'number' && seal >= 1 && seal <= pruned.count) continue;
    if (typeof seal === 'number' && seal > last) {
      if ((await seals.heads([seal])).has(seal)) continue;
      const sequence = checkedCount + 1;
      return { finding: { problem: 'tail_cut_off', sequence, ...about(record) }, unsealedCount };
    }
    unsealedCount += 1;
    if (record.at.getTime() < lateFrom) late ??= { problem: 'record_unsealed', ...about(record) };
  }
  return { finding: late, unsealedCount };
}
