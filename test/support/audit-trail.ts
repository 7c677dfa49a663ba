// A database with an audit log and as many sealers as a test wants, each like one more process.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import type { AuditEvent } from '../../src/audit/audit-log.ts';
import type { AuditRecord } from '../../src/audit/audit-record.ts';
import { auditMigrations } from '../../src/audit/audit.migrations.ts';
import { openAudit } from '../../src/audit/open-audit.ts';
import type { Seal } from '../../src/audit/seal.ts';
import { SealStore } from '../../src/audit/seal-store.ts';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { Collection } from '../../src/platform/mongo.ts';
import { testDatabase } from './database.ts';
import { openTestStorage } from './storage.ts';
import type { TestStorage } from './storage.ts';

export const AUDIT_EVENT: AuditEvent = {
  type: 'accounts.locked',
  actor: 'operator',
  result: 'done',
};

export interface AuditTrail extends TestStorage {
  records: Collection<AuditRecord>;
  seals: Collection<Seal>;
  /** Any member may be damaged. */
  state: Collection<{ _id: string }>;
  /** In a folder of this file; new for every test. */
  anchorFile: string;
}

/** Call it at the top of a test file. Empty for every test. */
export function auditTrail(): AuditTrail {
  const { uri } = testDatabase();
  const trail = {} as AuditTrail;
  let folder = '';
  let count = 0;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hutong-audit-'));
    const storage = await openTestStorage(uri, auditMigrations);
    Object.assign(trail, storage, {
      records: storage.database.collection('auditRecords'),
      seals: storage.database.collection('auditSeals'),
      state: storage.database.collection('auditSealer'),
    });
  });
  beforeEach(async () => {
    count += 1;
    trail.anchorFile = path.join(folder, `anchor-${count}.jsonl`);
    await Promise.all([trail.records, trail.seals, trail.state].map((all) => all.deleteMany({})));
  });
  afterAll(async () => {
    await trail.database.close();
    await rm(folder, { recursive: true, force: true });
  });
  return trail;
}

/** Like the audit log of one more process. */
export function openTestAudit(trail: AuditTrail, anchorFiles: readonly string[] = []) {
  const logger = createLogger({ level: 'silent', service: 'test' });
  return openAudit({ ...trail, logger }, { anchorFiles });
}

export async function recordMany(trail: AuditTrail, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await trail.audit.record({ ...AUDIT_EVENT, subject: `account-${index}` });
  }
}

/** Records and seals `count` events, in as many seals as given. */
export async function sealMany(trail: AuditTrail, count: number, seals = 1): Promise<void> {
  for (let index = 0; index < seals; index += 1) {
    await recordMany(trail, count / seals);
    await openTestAudit(trail, [trail.anchorFile]).stop();
  }
}

export async function allSealed(trail: AuditTrail): Promise<void> {
  const isSealed = async () => (await trail.records.countDocuments({ seal: null })) === 0;
  await vi.waitUntil(isSealed, { timeout: 10_000, interval: 50 });
}

export function verify(trail: AuditTrail, anchorFiles: readonly string[] = []) {
  const seals = new SealStore(trail.database);
  return verifyAudit({ ...trail, seals }, { anchorFiles, onProgress: () => undefined });
}

/** Twelve records in four seals of three. */
export const sealTwelve = (trail: AuditTrail) => sealMany(trail, 12, 4);

export async function sealedRecord(trail: AuditTrail, sequence: number): Promise<AuditRecord> {
  const seal = await trail.seals.findOne({ _id: { $lte: sequence } }, { sort: { _id: -1 } });
  const id = seal?.entries[sequence - seal._id]?.id ?? '';
  const record = await trail.records.findOne({ _id: id });
  if (!record) throw new Error(`no record ${sequence}`);
  return record;
}
