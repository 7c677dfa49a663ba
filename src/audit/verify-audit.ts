// Walks the whole chain in order and names the first thing that is not as it was: seals and their
// records, then the heads known outside, then what lies beside the chain. Reads in a stream; only
// one seal with its records is in memory.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { AuditFinding } from './audit-finding.ts';
import { isAuthentic } from './audit-record.ts';
import type { AuditRecord } from './audit-record.ts';
import { checkAnchors, firstUnreadable, readAnchors } from './check-anchor.ts';
import type { AnchoredHead, AnchorVerdict } from './check-anchor.ts';
import { about, checkSeal } from './check-seal.ts';
import type { SealedBlock } from './check-seal.ts';
import { EMPTY_CHAIN, headOf, isHeadAuthentic, unsignedHead } from './seal.ts';
import type { Head } from './seal.ts';
import type { SealStore } from './seal-store.ts';

/** A record that waits longer shows that nobody seals. */
export const SEALED_WITHIN_SECONDS = 10;
const PROGRESS_EVERY = 50_000;

interface VerifyDependencies {
  seals: SealStore;
  keyring: Keyring;
  clock: Clock;
}

interface VerifyOptions {
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
  const walked = await walk(deps, { pruned, last, onProgress: options.onProgress });
  const checkedCount = walked.head.count;
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
  return { ...outside, ...(await checkOthers(deps, { pruned, last, head: walked.head })) };
}

/** Where the chain begins: behind what was removed after its time. */
async function prunedHead({ seals, keyring }: VerifyDependencies): Promise<Head> {
  const head = await seals.prunedHead();
  return head && isHeadAuthentic(keyring, head) ? unsignedHead(head) : EMPTY_CHAIN;
}

/** What the sealer itself has noted, as if it were an anchor; naive cuts show without a real one. */
async function* keptHead(seals: SealStore): AsyncGenerator<AnchoredHead> {
  const head = await seals.keptHead();
  if (head) yield { head, place: 'auditSealer' };
}

async function walk(
  { seals, keyring }: VerifyDependencies,
  {
    pruned,
    last,
    onProgress,
  }: { pruned: Head; last: number; onProgress: VerifyOptions['onProgress'] },
): Promise<{ head: Head; finding?: AuditFinding }> {
  let head = pruned;
  let announced = 0;
  for await (const block of blocks(seals, { after: pruned.count, last })) {
    const finding = await checkSeal(
      {
        keyring,
        before: head,
        locate: (id) => seals.record(id),
        isNewest: block.seal._id === last,
      },
      block,
    );
    if (finding) return { head, finding };
    head = headOf(block.seal);
    if (head.count - announced < PROGRESS_EVERY) continue;
    announced = head.count;
    onProgress(head.count, last);
  }
  return { head };
}

async function* blocks(
  store: SealStore,
  range: { after: number; last: number },
): AsyncGenerator<SealedBlock> {
  const records = store.sealedRecords(range)[Symbol.asyncIterator]();
  let next = await records.next();
  for await (const seal of store.seals(range)) {
    let stray: AuditRecord | undefined;
    const own: AuditRecord[] = [];
    // One more than fit is enough to know, however many there are.
    const most = Array.isArray(seal.entries) ? seal.entries.length + 1 : 1;
    while (!next.done && (next.value.seal ?? 0) <= seal._id && own.length < most) {
      if (next.value.seal === seal._id) own.push(next.value);
      else stray ??= next.value;
      next = await records.next();
    }
    yield { seal, records: own, stray };
  }
}

/** Records beside the chain: waiting, forged, or left behind by a cut. */
async function checkOthers(
  { seals, keyring, clock }: VerifyDependencies,
  { pruned, last, head }: { pruned: Head; last: number; head: Head },
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
      const sequence = head.count + 1;
      return { finding: { problem: 'tail_cut_off', sequence, ...about(record) }, unsealedCount };
    }
    unsealedCount += 1;
    if (record.at.getTime() < lateFrom) late ??= { problem: 'record_unsealed', ...about(record) };
  }
  return { finding: late, unsealedCount };
}
