// A seal numbers some records and ties them to all that came before. Its hash is keyed, so nobody
// who can write to the database but lacks the master key can make one. A head, signed likewise, says
// how far the chain went at a moment; the same line lies outside the database as anchor.
//
// Canonical form of a seal (label `seal`):
//   ["hutong-seal-1", first number, previous hash, sealed at, [[id, type, at, MAC], …]]
// and of a head (label `head`; `pruned` of one up to which records were removed after their time):
//   ["hutong-head-1", last number, first number of the last seal, its hash, at]
// as JSON without spaces; hashes and MACs in base64url, times in ISO 8601 with milliseconds. Both
// are HMAC-SHA-256 under the audit key.
import type { Keyring } from '../platform/crypto.ts';
import type { AuditRecord } from './audit-record.ts';

export interface SealEntry {
  id: string;
  type: string;
  at: Date;
  mac: Buffer;
}

export interface Seal {
  /** Number of the first record in it; the others follow without a gap. Numbers begin with 1. */
  _id: number;
  /** Hash of the seal before; zeros before the first. */
  previous: Buffer;
  entries: SealEntry[];
  sealedAt: Date;
  hash: Buffer;
  schemaVersion: 1;
}

/** Where the chain ends. */
export interface Head {
  /** Number of the last record: as many have been sealed. */
  count: number;
  /** Number of the first record of the last seal. */
  from: number;
  hash: Buffer;
}

/** As it stands in an anchor, one line of JSON. */
export interface SignedHead {
  count: number;
  from: number;
  /** Base64url. */
  hash: string;
  /** ISO 8601. */
  at: string;
  /** Base64url. */
  mac: string;
}

export const EMPTY_CHAIN: Head = { count: 0, from: 0, hash: Buffer.alloc(32) };

/** The next seal on top of `head`; in the order of `records`. */
export function makeSeal(
  keyring: Keyring,
  { head, records, now }: { head: Head; records: readonly AuditRecord[]; now: Date },
): Seal {
  const content = {
    _id: head.count + 1,
    previous: head.hash,
    entries: records.map(({ _id, type, at, mac }) => ({ id: _id, type, at, mac })),
    sealedAt: now,
    schemaVersion: 1 as const,
  };
  return { ...content, hash: keyring.mac('audit', 'seal', sealText(content)) };
}

export function isSealAuthentic(keyring: Keyring, seal: Seal): boolean {
  if (!hasShape(seal)) return false;
  return keyring.macs('audit', 'seal', sealText(seal)).some((mac) => mac.equals(seal.hash));
}

export function headOf(seal: Seal): Head {
  return { count: seal._id + seal.entries.length - 1, from: seal._id, hash: seal.hash };
}

/** A head that was reached is no permission to remove what led there: they have other labels. */
type HeadLabel = 'head' | 'pruned';

export function signHead(
  keyring: Keyring,
  head: Head,
  { now, label = 'head' }: { now: Date; label?: HeadLabel },
): SignedHead {
  const { count, from } = head;
  const content = { count, from, hash: head.hash.toString('base64url'), at: now.toISOString() };
  const mac = keyring.mac('audit', label, headText(content)).toString('base64url');
  return { ...content, mac };
}

export function isHeadAuthentic(
  keyring: Keyring,
  head: SignedHead,
  label: HeadLabel = 'head',
): boolean {
  return keyring
    .macs('audit', label, headText(head))
    .some((mac) => mac.toString('base64url') === head.mac);
}

/** Of a signed head, once it is known to be authentic. */
export function unsignedHead({ count, from, hash }: SignedHead): Head {
  return { count, from, hash: Buffer.from(hash, 'base64url') };
}

function sealText({ _id, previous, entries, sealedAt }: Omit<Seal, 'hash'>): string {
  const rows = entries.map(({ id, type, at, mac }) => [
    id,
    type,
    at.toISOString(),
    mac.toString('base64url'),
  ]);
  const parts = [_id, previous.toString('base64url'), sealedAt.toISOString(), rows];
  return JSON.stringify(['hutong-seal-1', ...parts]);
}

function headText({ count, from, hash, at }: Omit<SignedHead, 'mac'>): string {
  return JSON.stringify(['hutong-head-1', count, from, hash, at]);
}

/** What was put into the database by another hand may have any shape. */
function hasShape({ _id, previous, entries, sealedAt, hash }: Seal): boolean {
  return (
    Number.isSafeInteger(_id) &&
    Buffer.isBuffer(previous) &&
    Buffer.isBuffer(hash) &&
    isDate(sealedAt) &&
    Array.isArray(entries) &&
    entries.length > 0 &&
    entries.every(isEntry)
  );
}

function isEntry(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { id, type, at, mac } = entry as Record<string, unknown>;
  return typeof id === 'string' && typeof type === 'string' && isDate(at) && Buffer.isBuffer(mac);
}

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
