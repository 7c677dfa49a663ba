// From seal to seal, in a stream: only one seal with its records is in memory.
import type { AuditFinding } from './audit-finding.ts';
import type { AuditRecord } from './audit-record.ts';
import { checkSeal } from './check-seal.ts';
import type { SealContext, SealedBlock } from './check-seal.ts';
import { headOf } from './seal.ts';
import type { SealStore } from './seal-store.ts';

const PROGRESS_EVERY = 50_000;

interface WalkContext extends Pick<SealContext, 'keyring' | 'locate'> {
  /** Number of the seal that may not have marked its records yet. */
  newest: number | undefined;
  /** Told now and then the number of the last record that was checked. */
  onProgress: (checked: number) => void;
}

/** What is wrong first, and the number of the last record before it. */
export async function walkChain(
  { keyring, locate, newest, onProgress }: WalkContext,
  start: SealContext['before'],
  blocks: AsyncIterable<SealedBlock>,
): Promise<{ count: number; finding?: AuditFinding }> {
  let before = start;
  let announced = start.count;
  for await (const block of blocks) {
    const isNewest = block.seal._id === newest;
    const finding = await checkSeal({ keyring, locate, before, isNewest }, block);
    if (finding) return { count: before.count, finding };
    before = headOf(block.seal);
    if (before.count - announced < PROGRESS_EVERY) continue;
    announced = before.count;
    onProgress(announced);
  }
  return { count: before.count };
}

/** The chain of the database: each seal with the records that name it. */
export async function* sealedBlocks(
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
