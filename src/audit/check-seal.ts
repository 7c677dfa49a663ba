// One seal and its records against each other, and against the seal before.
import type { Keyring } from '../platform/crypto.ts';
import type { AuditFinding } from './audit-finding.ts';
import { canonicalJson, isAuthentic } from './audit-record.ts';
import type { AuditRecord } from './audit-record.ts';
import { headOf, isSealAuthentic } from './seal.ts';
import type { Head, Seal, SealEntry } from './seal.ts';

export interface SealedBlock {
  seal: Seal;
  /** Those that name this seal. */
  records: readonly AuditRecord[];
  /** The first that names a seal between the one before and this. */
  stray: AuditRecord | undefined;
}

export interface SealContext {
  keyring: Keyring;
  /** The end of the chain before; its hash is unknown where a file begins in the middle. */
  before: Pick<Head, 'count'> & { hash: Buffer | undefined };
  /** A record that the seal names and that does not name the seal. */
  locate: (id: string) => Promise<AuditRecord | undefined>;
  /** The newest seal may not have marked its records yet. */
  isNewest: boolean;
}

/** What is wrong first; undefined when nothing is. */
export async function checkSeal(
  context: SealContext,
  { seal, records, stray }: SealedBlock,
): Promise<AuditFinding | undefined> {
  const { keyring, before } = context;
  const next = before.count + 1;
  if (!isSealAuthentic(keyring, seal)) return alteredSeal({ seal, records, stray });
  if (seal._id > next) {
    return { problem: 'seal_removed', sequence: next, upTo: seal._id - 1, ...about(stray) };
  }
  const range = { sequence: seal._id, upTo: headOf(seal).count };
  if (seal._id < next) return { problem: 'seal_inserted', ...range };
  if (before.hash && !before.hash.equals(seal.previous)) {
    return { problem: 'chain_broken', ...range };
  }
  if (stray) return { problem: 'record_inserted', ...about(stray) };
  const found = new Map(records.map((record) => [record._id, record]));
  for (const [index, entry] of seal.entries.entries()) {
    const problem = await checkEntry(context, { seal, entry, record: found.get(entry.id) });
    const { id, type, at } = entry;
    if (problem) return { problem, sequence: seal._id + index, recordId: id, type, at };
    found.delete(id);
  }
  const [extra] = found.values();
  return extra && { problem: 'record_inserted', ...about(extra) };
}

async function checkEntry(
  { keyring, locate, isNewest }: SealContext,
  { seal, entry, record }: { seal: Seal; entry: SealEntry; record: AuditRecord | undefined },
): Promise<AuditFinding['problem'] | undefined> {
  const found = record ?? (await locate(entry.id));
  if (!found) return 'record_removed';
  const isInPlace = found.seal === seal._id || (isNewest && (found.seal ?? null) === null);
  if (!isInPlace) return 'record_moved';
  const isAsSealed = isAuthentic(keyring, found) && found.mac.equals(entry.mac);
  return isAsSealed ? undefined : 'record_altered';
}

/** The first entry that does not fit its record, if that is where it was altered. */
function alteredSeal({ seal, records, stray }: SealedBlock): AuditFinding {
  const entries: unknown[] = Array.isArray(seal.entries) ? seal.entries : [];
  const found = new Map(records.map((record) => [textOf(record, record._id), record]));
  const index = entries.findIndex((entry) => !found.delete(textOf(entry)));
  const sequence = seal._id + Math.max(index, 0);
  const upTo = seal._id + Math.max(entries.length, 1) - 1;
  // What is left has no entry any more.
  const [record] = index < 0 ? [] : found.values();
  return { problem: 'seal_altered', sequence, upTo, ...about(record ?? stray) };
}

function textOf(entry: unknown, key?: string): string {
  const { id = key, type, at, mac } = (entry ?? {}) as Partial<SealEntry>;
  return canonicalJson([id, type, at, mac]);
}

/** In any shape: somebody else may have written it. */
export function about(
  record: AuditRecord | undefined,
): Pick<AuditFinding, 'recordId' | 'type' | 'at'> {
  if (!record) return {};
  const { _id, type, at } = record as Record<keyof AuditRecord, unknown>;
  return {
    recordId: String(_id),
    type: typeof type === 'string' ? type : undefined,
    at: at instanceof Date ? at : undefined,
  };
}
