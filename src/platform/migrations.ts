// Runs what a database still lacks, in order, one process at a time: the lease is renewed while a
// migration works. Migrations only expand; a release and its predecessor run side by side.
import { setInterval, clearInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from './errors.ts';
import { isDuplicateKey } from './mongo.ts';
import type { Database, Db } from './mongo.ts';

export interface Migration {
  /** Sorts: `0001-what-it-does`. Never renamed once released. */
  id: string;
  /** Idempotent: it may be cut off at any point and run again. */
  up(db: Db): Promise<void>;
}

interface AppliedMigration {
  _id: string;
  appliedAt: Date;
}

interface Lease {
  _id: 'lease';
  holder: string;
  until: Date;
}

const LEASE_MS = 60_000;
const RENEW_MS = 15_000;
const POLL_MS = 100;

/** Ids that the database lacks. A process must not serve on such a database. */
export async function pendingMigrations(
  database: Database,
  migrations: readonly Migration[],
): Promise<string[]> {
  const applied = database.collection<AppliedMigration>('migrations');
  const done = new Set((await applied.find().toArray()).map(({ _id }) => _id));
  return migrations.map(({ id }) => id).filter((id) => !done.has(id));
}

/**
 * Without its unique indexes the database would accept what must not be.
 * @throws AppError `configuration_invalid` with what is missing; the database is closed.
 */
export async function requireMigrations(
  database: Database,
  migrations: readonly Migration[],
): Promise<void> {
  const pending = await pendingMigrations(database, migrations);
  if (pending.length === 0) return;
  await database.close();
  const problem = `the database lacks migrations (hutong migrate): ${pending.join(', ')}`;
  throw new AppError('configuration_invalid', { details: { problem } });
}

/** Applies the missing migrations and returns their ids. */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  holder: string,
): Promise<string[]> {
  const applied = database.collection<AppliedMigration>('migrations');
  const ordered = [...migrations].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (new Set(ordered.map(({ id }) => id)).size !== ordered.length) {
    throw new AppError('configuration_invalid', { details: { problem: 'duplicate migration id' } });
  }
  if ((await pendingMigrations(database, ordered)).length === 0) return [];
  await takeLease(database, holder);
  const renewal = setInterval(() => void renewLease(database, holder), RENEW_MS);
  try {
    const pending = new Set(await pendingMigrations(database, ordered));
    const missing = ordered.filter(({ id }) => pending.has(id));
    for (const migration of missing) {
      await migration.up(database.db);
      await applied.insertOne({ _id: migration.id, appliedAt: new Date() });
    }
    return missing.map(({ id }) => id);
  } finally {
    clearInterval(renewal);
    await leases(database).deleteOne({ _id: 'lease', holder });
  }
}

async function takeLease(database: Database, holder: string): Promise<void> {
  for (;;) {
    const now = Date.now();
    try {
      await leases(database).updateOne(
        { _id: 'lease', until: { $lt: new Date(now) } },
        { $set: { holder, until: new Date(now + LEASE_MS) } },
        { upsert: true },
      );
      return;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      await delay(POLL_MS);
    }
  }
}

/** A missed renewal is no harm before the next; migrations bear being run twice at once. */
async function renewLease(database: Database, holder: string): Promise<void> {
  const until = new Date(Date.now() + LEASE_MS);
  await leases(database)
    .updateOne({ _id: 'lease', holder }, { $set: { until } })
    .catch(() => undefined);
}

function leases(database: Database) {
  return database.collection<Lease>('migrationLease');
}
