// What lies in the database for one event, and the MAC that shows whether it lies there as it was
// written. The MAC covers everything but itself and `seal`, which the sealer adds later.
import type { Keyring } from '../platform/crypto.ts';
import type { AuditEvent } from './audit-log.ts';

export interface AuditRecord extends AuditEvent {
  _id: string;
  at: Date;
  /** Browser and system of the actor, e.g. `Chrome · Windows`. */
  terminal?: string | undefined;
  /** The reference number of the request, as in the log and on error pages. */
  requestId?: string | undefined;
  /** HMAC-SHA-256 under the audit key, label `record`, of the canonical JSON of the rest. */
  mac: Buffer;
  /**
   * First number of the seal that holds this record; missing until the sealer has seen it (which a
   * query calls null); 0 when it carries no valid MAC.
   */
  seal?: number | null;
  schemaVersion: 1;
}

export const AUDIT_RECORDS = 'auditRecords';

export function recordMac(keyring: Keyring, content: Omit<AuditRecord, 'mac' | 'seal'>): Buffer {
  return keyring.mac('audit', 'record', canonicalJson(content));
}

/** True when the record is as it was written, the types of its members included. */
export function isAuthentic(keyring: Keyring, record: AuditRecord): boolean {
  const { mac, seal: _seal, ...content } = record;
  if (!Buffer.isBuffer(mac) || !isWellTyped(content)) return false;
  return keyring
    .macs('audit', 'record', canonicalJson(content))
    .some((expected) => expected.equals(mac));
}

/** JSON would write a date and its text alike; a record with the one for the other is altered. */
function isWellTyped({ at, details, ...rest }: Omit<AuditRecord, 'mac' | 'seal'>): boolean {
  const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  return (
    at instanceof Date &&
    Object.values(rest).every(isScalar) &&
    (details === undefined ||
      (typeof details === 'object' && details !== null && Object.values(details).every(isScalar)))
  );
}

/** JSON with sorted keys and without undefined members: one text for one content. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
