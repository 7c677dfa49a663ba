// Append-only records, each with a keyed MAC, inserted in the transaction of the change they tell
// of. Numbering and chaining is the sealer's work (next release); a record needs no predecessor.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import type { AuditEvent, AuditLog } from './audit-log.ts';
import type { AuditEventType } from './events.ts';

interface AuditRecord extends AuditEvent {
  _id: string;
  at: Date;
  mac: Buffer;
  schemaVersion: 1;
}

interface AuditDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export class AuditStore implements AuditLog {
  readonly #deps: AuditDependencies;

  constructor(deps: AuditDependencies) {
    this.#deps = deps;
  }

  async record(event: AuditEvent, session?: ClientSession): Promise<void> {
    const { keyring, clock, random } = this.#deps;
    const content = { ...event, _id: random.id(), at: clock.now(), schemaVersion: 1 as const };
    const mac = keyring.mac('audit', 'record', canonicalJson(content));
    await this.#records.insertOne({ ...content, mac }, session ? { session } : {});
  }

  /** True when the record is as it was written. */
  async isIntact(id: string): Promise<boolean> {
    const record = await this.#records.findOne({ _id: id });
    if (!record) return false;
    const { mac, ...content } = record;
    return this.#deps.keyring
      .macs('audit', 'record', canonicalJson(content))
      .some((expected) => expected.equals(mac));
  }

  /** Newest first; only what is older than `before`, when given. */
  async listBySubject(
    accountId: string,
    types: readonly AuditEventType[],
    page: number | { limit: number; before?: Date | undefined },
  ): Promise<(AuditEvent & { at: Date })[]> {
    const { limit, before } = typeof page === 'number' ? { limit: page, before: undefined } : page;
    return this.#records
      .find({
        $or: [{ actor: accountId }, { subject: accountId }],
        type: { $in: [...types] },
        ...(before === undefined ? {} : { at: { $lt: before } }),
      })
      .sort({ at: -1 })
      .limit(limit)
      .toArray();
  }

  get #records() {
    return this.#deps.database.collection<AuditRecord>('auditRecords');
  }
}

/** JSON with sorted keys and without undefined members: one text for one content. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
