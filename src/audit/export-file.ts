// The chain as a file that can be verified elsewhere with the same key: each seal, then its records,
// one JSON object a line, and at the end a signed line that says how far it goes.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Keyring } from '../platform/crypto.ts';
import type { AuditFinding } from './audit-finding.ts';
import type { AuditRecord } from './audit-record.ts';
import type { SealedBlock } from './check-seal.ts';
import { EMPTY_CHAIN, headOf, isHeadAuthentic, signHead } from './seal.ts';
import type { Head, Seal, SignedHead } from './seal.ts';
import { walkChain } from './walk-chain.ts';

const bytes = z
  .string()
  .max(100)
  .transform((text) => Buffer.from(text, 'base64url'));
const date = z.iso.datetime().transform((text) => new Date(text));
const entry = z.object({ id: z.string(), type: z.string(), at: date, mac: bytes });
const lineSchema = z.union([
  z.object({
    seal: z.object({
      _id: z.number(),
      previous: bytes,
      entries: z.array(entry),
      sealedAt: date,
      hash: bytes,
      schemaVersion: z.literal(1),
    }),
  }),
  z.object({ record: z.looseObject({ _id: z.string(), at: date, mac: bytes }) }),
  z.object({
    end: z.object({
      count: z.number(),
      from: z.number(),
      hash: z.string(),
      at: z.string(),
      mac: z.string(),
    }),
  }),
]);
type Line = z.infer<typeof lineSchema>;

export interface ExportRange {
  /** Of the sealing; seals are written whole. */
  since?: Date | undefined;
  until?: Date | undefined;
}

/** Writes a new file that only its owner can read; returns the number of records. */
export async function writeExport(
  { keyring, blocks, now }: { keyring: Keyring; blocks: AsyncIterable<SealedBlock>; now: Date },
  file: string,
  { since, until }: ExportRange,
): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  let count = 0;
  let head: Head = EMPTY_CHAIN;
  try {
    for await (const { seal, records } of blocks) {
      if (since && seal.sealedAt < since) continue;
      if (until && seal.sealedAt >= until) break;
      const lines = [{ seal }, ...records.map((record) => ({ record }))];
      await handle.write(lines.map((line) => `${toText(line)}\n`).join(''));
      count += records.length;
      head = headOf(seal);
    }
    await handle.write(`${toText({ end: signHead(keyring, head, { now }) })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return count;
}

/** What is wrong first in such a file. It may begin in the middle of the chain. */
export async function verifyExport(
  keyring: Keyring,
  file: string,
  onProgress: (checked: number) => void,
): Promise<{ finding?: AuditFinding | undefined; checkedCount: number }> {
  const found: { end?: SignedHead; badLine?: number } = {};
  const [first] = await firstOf(readBlocks(file, {}));
  const start = first
    ? { count: first.seal._id - 1, hash: first.seal._id === 1 ? EMPTY_CHAIN.hash : undefined }
    : EMPTY_CHAIN;
  const { count, finding } = await walkChain(
    { keyring, locate: () => Promise.resolve(undefined), newest: undefined, onProgress },
    start,
    readBlocks(file, found),
  );
  if (finding) return { checkedCount: count, finding };
  if (found.badLine !== undefined) {
    const place = `${file}:${found.badLine}`;
    return { checkedCount: count, finding: { problem: 'line_unreadable', place } };
  }
  const isWhole =
    found.end && isHeadAuthentic(keyring, found.end) && (!first || found.end.count === count);
  if (isWhole) return { checkedCount: count };
  return { checkedCount: count, finding: { problem: 'tail_cut_off', sequence: count + 1 } };
}

async function* readBlocks(
  file: string,
  found: { end?: SignedHead; badLine?: number },
): AsyncGenerator<SealedBlock> {
  let block: { seal: Seal; records: AuditRecord[]; stray: undefined } | undefined;
  let number = 0;
  const input = createReadStream(file, 'utf8');
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    const line = parseLine(text);
    if (!line) {
      found.badLine = number;
      break;
    }
    if ('end' in line) {
      found.end = line.end;
    } else if ('seal' in line) {
      if (block) yield block;
      block = { seal: line.seal, records: [], stray: undefined };
    } else {
      block?.records.push(line.record as unknown as AuditRecord);
    }
  }
  if (block) yield block;
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  for await (const item of items) return [item];
  return [];
}

function parseLine(text: string): Line | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function toText(value: object): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, member: unknown) {
    const own = this[key];
    return Buffer.isBuffer(own) ? own.toString('base64url') : member;
  });
}
