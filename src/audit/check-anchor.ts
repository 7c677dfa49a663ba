// Heads that were written outside the database, against the chain in it: a chain that ends earlier
// was cut off, one that has another hash there is another chain.
import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';
import type { AuditFinding } from './audit-finding.ts';
import { isHeadAuthentic } from './seal.ts';
import type { Head, SignedHead } from './seal.ts';

export interface AnchoredHead {
  head: SignedHead;
  /** File and line. */
  place: string;
}

interface AnchorContext {
  keyring: Keyring;
  /** Heads up to here belong to records that were removed after their time. */
  prunedCount: number;
  seals: {
    heads(numbers: readonly number[]): Promise<Map<number, Head>>;
    lastSeal(): Promise<{ _id: number } | undefined>;
  };
}

export interface AnchorVerdict {
  finding?: AuditFinding | undefined;
  /** Anchored heads that are in the chain. */
  matched: number;
  /** The highest number among them. */
  matchedCount: number;
}

const HEADS_PER_LOOKUP = 500;
const headSchema = z.object({
  count: z.number().int().min(1),
  from: z.number().int().min(1),
  hash: z.string(),
  at: z.iso.datetime(),
  mac: z.string(),
});

/** Every head in files of JSON lines; other lines, as a log has them, are passed over. */
export async function* readAnchors(files: readonly string[]): AsyncGenerator<AnchoredHead> {
  for (const file of files) {
    let line = 0;
    const input = createReadStream(file, 'utf8');
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line += 1;
      const head = text.includes('"mac"') ? headSchema.safeParse(parsed(text)) : undefined;
      if (head?.success) yield { head: head.data, place: `${file}:${line}` };
    }
  }
}

/** The first of these files that cannot be read. */
export async function firstUnreadable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const isReadable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!isReadable) return file;
  }
  return undefined;
}

/** The first that does not fit, in the order of the files. */
export async function checkAnchors(
  context: AnchorContext,
  heads: AsyncIterable<AnchoredHead>,
): Promise<AnchorVerdict> {
  const verdict: AnchorVerdict = { matched: 0, matchedCount: 0 };
  for await (const batch of batches(heads, HEADS_PER_LOOKUP)) {
    const known = await context.seals.heads(batch.map(({ head }) => head.from));
    for (const anchored of batch) {
      const { head } = anchored;
      if (!isHeadAuthentic(context.keyring, head)) {
        const { place } = anchored;
        return { ...verdict, finding: { problem: 'anchor_altered', place } };
      }
      if (head.count <= context.prunedCount) continue;
      const found = known.get(head.from);
      const isSame = found?.hash.toString('base64url') === head.hash && found.count === head.count;
      if (!isSame) {
        return { ...verdict, finding: await missingHead(context, anchored, verdict) };
      }
      verdict.matched += 1;
      verdict.matchedCount = Math.max(verdict.matchedCount, head.count);
    }
  }
  return verdict;
}

async function missingHead(
  { seals }: AnchorContext,
  { head, place }: AnchoredHead,
  { matchedCount }: AnchorVerdict,
): Promise<AuditFinding> {
  const last = await seals.lastSeal();
  const [end] = last ? (await seals.heads([last._id])).values() : [];
  const count = end?.count ?? 0;
  const known = { upTo: head.count, at: new Date(head.at), place };
  return count < head.count
    ? { problem: 'tail_cut_off', sequence: count + 1, ...known }
    : { problem: 'chain_rewritten', sequence: Math.min(matchedCount + 1, head.count), ...known };
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
