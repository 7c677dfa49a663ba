// Append-only records, each with a keyed MAC, inserted in the transaction of the change they tell
// of. Numbering and chaining is the sealer's work; a record needs no predecessor.
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { insertGrouped } from '../platform/grouped-writes-store.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { currentRequestScope } from '../platform/request-scope.ts';
import { deviceName } from '../platform/http/device-name.ts';
import type { AuditEvent, AuditLog } from './audit-log.ts';
import { AUDIT_RECORDS, isAuthentic, recordMac } from './audit-record.ts';
import type { AuditRecord } from './audit-record.ts';
import { auditEvents } from './events.ts';
import type { AuditEventType } from './events.ts';

interface AuditDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
}

export interface AuditSearch {
  /** As actor or as subject. */
  accountId?: string | undefined;
  types?: readonly AuditEventType[] | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  limit: number;
}

export interface AuditPage {
  limit: number;
  before?: Date | undefined;
  exceptClient?: string | undefined;
  /** Only what this account did to the subject, or what was done to it there. */
  involving?: string | undefined;
  /** Not what the account did to others. */
  isSubjectOnly?: boolean | undefined;
  /** Also what happened to somebody in the capacity of this organisation. */
  ofEntity?: boolean | undefined;
}

function concerning(accountId: string, { involving, isSubjectOnly, ofEntity }: AuditPage) {
  if (isSubjectOnly === true) return { subject: accountId };
  const also = ofEntity === true ? [{ 'details.entity': accountId }] : [];
  if (involving === undefined) {
    return { $or: [{ actor: accountId }, { subject: accountId }, ...also] };
  }
  const theirs = [
    { subject: accountId, actor: involving },
    { subject: accountId, 'details.person': involving },
  ];
  return { $or: [...theirs, ...also.map((each) => ({ ...each, subject: involving }))] };
}

export class AuditStore implements AuditLog {
  readonly #deps: AuditDependencies;
  #hasRecorded = false;

  constructor(deps: AuditDependencies) {
    this.#deps = deps;
  }

  /** True when this process has tried to write records. */
  get hasRecorded(): boolean {
    return this.#hasRecorded;
  }

  async record(event: AuditEvent, session?: ClientSession): Promise<void> {
    const record = this.#recordOf(event);
    if (session) await this.#records.insertOne(record, { session });
    else await insertGrouped(this.#deps.database, AUDIT_RECORDS, record);
  }

  async recordAll(events: readonly AuditEvent[], session: ClientSession): Promise<void> {
    if (events.length === 0) return;
    const records = events.map((event) => this.#recordOf(event));
    await this.#records.insertMany(records, { session });
  }

  /** True when the record is as it was written. */
  async isIntact(id: string): Promise<boolean> {
    const record = await this.#records.findOne({ _id: id });
    return record !== null && isAuthentic(this.#deps.keyring, record);
  }

  /** Newest first; only what is older than `before`, when given. */
  async listBySubject(
    accountId: string,
    types: readonly AuditEventType[],
    page: number | AuditPage,
  ): Promise<(AuditEvent & { at: Date })[]> {
    const only: AuditPage = typeof page === 'number' ? { limit: page } : page;
    const { limit, before, exceptClient } = only;
    return this.#records
      .find({
        ...concerning(accountId, only),
        type: { $in: [...types] },
        ...(before === undefined ? {} : { at: { $lt: before } }),
        ...(exceptClient === undefined ? {} : { clientId: { $ne: exceptClient } }),
      })
      .sort({ at: -1 })
      .limit(limit)
      .toArray();
  }

  /** Newest first. `since` is included, `until` is not. */
  search({ accountId, types, since, until, limit }: AuditSearch): AsyncIterable<AuditRecord> {
    const range = { ...(since && { $gte: since }), ...(until && { $lt: until }) };
    return this.#records
      .find({
        // All types by name: the index on type and time then gives them in order of time.
        type: { $in: [...(types ?? auditEvents)] },
        ...(accountId === undefined ? {} : { $or: [{ actor: accountId }, { subject: accountId }] }),
        ...(since || until ? { at: range } : {}),
      })
      .sort({ at: -1 })
      .limit(limit);
  }

  /** All that speaks of an account, newest first. */
  ofAccount(accountId: string): AsyncIterable<AuditRecord> {
    return this.#records
      .find({ $or: [{ actor: accountId }, { subject: accountId }] })
      .sort({ at: -1 });
  }

  /** True when some record speaks of this account; it may be gone by now. */
  async knowsAccount(accountId: string): Promise<boolean> {
    const record = await this.#records.findOne({
      $or: [{ actor: accountId }, { subject: accountId }],
    });
    return record !== null;
  }

  #recordOf(event: AuditEvent): AuditRecord {
    const { keyring, clock, random } = this.#deps;
    this.#hasRecorded = true;
    const request = currentRequestScope();
    const content = {
      ...event,
      _id: random.id(),
      at: clock.now(),
      terminal: event.address && request ? deviceName(request.userAgent) : undefined,
      requestId: request?.requestId,
      schemaVersion: 1 as const,
    };
    return { ...content, mac: recordMac(keyring, content) };
  }

  get #records() {
    return this.#deps.database.collection<AuditRecord>(AUDIT_RECORDS);
  }
}
