// Runs what a database still lacks, in order, one process at a time: the lease is renewed while a
// migration works. A release and its predecessor run side by side: what predecessors need is taken
// away by a migration that says so, and only when none of them lives.
import { setInterval, clearInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from './errors.ts';
import { isDuplicateKey } from './mongo.ts';
import type { Database, Db } from './mongo.ts';
import { compareReleases } from './release.ts';

interface ExpandMigration {
  /** Sorts: `0001-what-it-does`. Never renamed once released. */
  id: string;
  kind?: 'expand';
  /** Idempotent: it may be cut off at any point and run again. */
  up(db: Db): Promise<void>;
}

interface ContractMigration extends Omit<ExpandMigration, 'kind'> {
  kind: 'contract';
  /** The first release that runs without what this takes away. */
  oldestRelease: string;
}

export type Migration = ExpandMigration | ContractMigration;

interface MigrationDocument {
  _id: string;
  /** Absent while a contract is only announced. */
  appliedAt?: Date;
  /** Of a contract: releases before it must not start on this database any more. */
  oldestRelease?: string;
}

interface Lease {
  _id: 'lease';
  holder: string;
  until: Date;
}

export interface MigrationPlan {
  applied: readonly string[];
  expand: readonly string[];
  /** With the releases that live and are too old for it. */
  contract: readonly { id: string; oldestRelease: string; blockedBy: readonly string[] }[];
}

/** The releases of all live processes, as the database knows them. */
export type LiveReleases = () => Promise<readonly string[]>;

/** Holds a document while a backup is being restored: nothing may serve on half a city. */
export const RESTORE_MARK = 'restoreInProgress';

const LEASE_MS = 60_000;
const UNTIL = { $add: ['$$NOW', LEASE_MS] };
const RENEW_MS = 15_000;
const POLL_MS = 100;

/** Ids that the database lacks, of either kind. */
export async function pendingMigrations(
  database: Database,
  migrations: readonly Migration[],
): Promise<string[]> {
  const filter = { appliedAt: { $exists: true } };
  const done = new Set((await records(database).find(filter).toArray()).map(({ _id }) => _id));
  return migrations.map(({ id }) => id).filter((id) => !done.has(id));
}

/**
 * Without its unique indexes the database would accept what must not be; after a contract a release
 * before it would read what is no longer there. A process says that it lives before it asks here:
 * so either it sees an announced contract, or whoever announced it sees the process.
 * @throws AppError `configuration_invalid` with what is wrong.
 */
export async function requireMigrations(
  database: Database,
  own: { migrations: readonly Migration[]; release: string },
): Promise<void> {
  await requireWhole(database);
  const contracts = await records(database)
    .find({ oldestRelease: { $exists: true } })
    .toArray();
  const later = contracts.find(
    ({ oldestRelease = '' }) => compareReleases(own.release, oldestRelease) < 0,
  );
  if (later) {
    throw invalid(
      `this is release ${own.release}, and the database needs ${later.oldestRelease} or later (${later._id})`,
    );
  }
  const pending = await pendingMigrations(database, own.migrations.filter(isExpand));
  if (pending.length === 0) return;
  throw invalid(`the database lacks migrations (hutong migrate): ${pending.join(', ')}`);
}

async function requireWhole(database: Database): Promise<void> {
  if ((await database.collection(RESTORE_MARK).findOne({})) === null) return;
  throw invalid('a restore of this database did not finish; run it again (hutong restore)');
}

/** What `migrate` would do now. */
export async function planMigrations(
  database: Database,
  migrations: readonly Migration[],
  liveReleases: LiveReleases,
): Promise<MigrationPlan> {
  const pending = new Set(await pendingMigrations(database, migrations));
  const ordered = inOrder(migrations);
  const missing = ordered.filter(({ id }) => pending.has(id));
  const live = await liveReleases();
  return {
    applied: ordered.filter(({ id }) => !pending.has(id)).map(({ id }) => id),
    expand: missing.filter(isExpand).map(({ id }) => id),
    contract: missing.filter(isContract).map(({ id, oldestRelease }) => ({
      id,
      oldestRelease,
      blockedBy: olderThan(oldestRelease, live),
    })),
  };
}

/** Applies the missing migrations that only add, and returns their ids. */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  holder: string,
): Promise<string[]> {
  const liveReleases = () => Promise.resolve([]);
  return migrateAll(database, migrations.filter(isExpand), { holder, liveReleases });
}

/**
 * Contracts too, but only those that no live process is too old for: the others wait for the next
 * run. Returns the ids of what was applied.
 */
export async function migrateAll(
  database: Database,
  migrations: readonly Migration[],
  { holder, liveReleases }: { holder: string; liveReleases: LiveReleases },
): Promise<string[]> {
  await requireWhole(database);
  const wanted = inOrder(migrations);
  if ((await pendingMigrations(database, wanted)).length === 0) return [];
  await takeLease(database, holder);
  const renewal = setInterval(() => void renewLease(database, holder), RENEW_MS);
  try {
    const pending = new Set(await pendingMigrations(database, wanted));
    const applied: string[] = [];
    for (const migration of wanted.filter(({ id }) => pending.has(id))) {
      if (isContract(migration) && !(await announce(database, migration, liveReleases))) continue;
      await migration.up(database.db);
      await noteApplied(database, migration.id);
      applied.push(migration.id);
    }
    return applied;
  } finally {
    clearInterval(renewal);
    await leases(database).deleteOne({ _id: 'lease', holder });
  }
}

/** False, and taken back, when a process lives that is too old for it. */
async function announce(
  database: Database,
  { id, oldestRelease }: ContractMigration,
  liveReleases: LiveReleases,
): Promise<boolean> {
  await records(database).updateOne({ _id: id }, { $set: { oldestRelease } }, { upsert: true });
  const live = await liveReleases();
  if (olderThan(oldestRelease, live).length === 0) return true;
  await records(database).deleteOne({ _id: id, appliedAt: { $exists: false } });
  return false;
}

async function noteApplied(database: Database, id: string): Promise<void> {
  const appliedAt = new Date();
  await records(database).updateOne({ _id: id }, { $set: { appliedAt } }, { upsert: true });
}

function inOrder(migrations: readonly Migration[]): Migration[] {
  const ordered = [...migrations].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (new Set(ordered.map(({ id }) => id)).size === ordered.length) return ordered;
  throw invalid('duplicate migration id');
}

function isContract(migration: Migration): migration is ContractMigration {
  return migration.kind === 'contract';
}

function isExpand(migration: Migration): migration is ExpandMigration {
  return !isContract(migration);
}

function olderThan(oldestRelease: string, live: readonly string[]): string[] {
  return [...new Set(live)].filter((release) => compareReleases(release, oldestRelease) < 0);
}

function invalid(problem: string): AppError {
  return new AppError('configuration_invalid', { details: { problem } });
}

/** By the clock of the database: two machines need not agree on the time. */
async function takeLease(database: Database, holder: string): Promise<void> {
  const isFree = { $lt: [{ $ifNull: ['$until', new Date(0)] }, '$$NOW'] };
  const mine = { holder: { $literal: holder }, until: UNTIL };
  const take = {
    $set: {
      holder: { $cond: [isFree, mine.holder, '$holder'] },
      until: { $cond: [isFree, mine.until, '$until'] },
    },
  };
  for (;;) {
    try {
      const options = { upsert: true, returnDocument: 'after' } as const;
      const lease = await leases(database).findOneAndUpdate({ _id: 'lease' }, [take], options);
      if (lease?.holder === holder) return;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    await delay(POLL_MS);
  }
}

/** A missed renewal is no harm before the next; migrations bear being run twice at once. */
async function renewLease(database: Database, holder: string): Promise<void> {
  await leases(database)
    .updateOne({ _id: 'lease', holder }, [{ $set: { until: UNTIL } }])
    .catch(() => undefined);
}

function records(database: Database) {
  return database.collection<MigrationDocument>('migrations');
}

function leases(database: Database) {
  return database.collection<Lease>('migrationLease');
}
