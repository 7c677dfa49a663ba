// What a store's test needs beside its database: the real keyring, audit log, clock and chance.
import { createHash } from 'node:crypto';
import { AuditStore } from '../../src/audit/audit-store.ts';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Keyring } from '../../src/platform/crypto.ts';
import { openKeyring } from '../../src/platform/keyring-store.ts';
import { migrate } from '../../src/platform/migrations.ts';
import type { Migration } from '../../src/platform/migrations.ts';
import { connectDatabase } from '../../src/platform/mongo.ts';
import type { Database } from '../../src/platform/mongo.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Random } from '../../src/platform/random.ts';

export interface TestStorage {
  database: Database;
  keyring: Keyring;
  audit: AuditLog;
  clock: Clock;
  random: Random;
}

/** The same in every test, and random enough for production's rules. */
export const MASTER_KEY = createHash('sha256').update('a master key for tests').digest();

/** Each call is like one more process on the same database; the caller closes `database`. */
export async function openTestStorage(
  uri: string,
  migrations: readonly Migration[],
  clock: Clock = systemClock,
): Promise<TestStorage> {
  const database = await connectDatabase({ uri });
  await migrate(database, migrations, systemRandom.id());
  const keyring = await openKeyring(database, MASTER_KEY, clock.now());
  const base = { database, keyring, clock, random: systemRandom };
  return { ...base, audit: new AuditStore(base) };
}
