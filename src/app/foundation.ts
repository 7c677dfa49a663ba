// What every part stands on: the database, the keyring, the audit log, and what the environment
// brings (clock, chance, logger).
import { hostname } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { AuditStore } from '../audit/audit-store.ts';
import { allMigrations } from '../migrations.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { cookieNames } from '../platform/http/headers.ts';
import { openKeyring } from '../platform/keyring-store.ts';
import type { Logger } from '../platform/logger.ts';
import { LiveProcesses } from '../platform/live-processes-store.ts';
import { requireMigrations } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

export interface AppEnvironment {
  clock: Clock;
  random: Random;
  logger: Logger;
}

const { version: release } = packageJson;

export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** @throws AppError `migrations_pending`, `database_unavailable`, `configuration_invalid`. */
export async function openFoundation(
  { database: { uri }, ...config }: Config,
  environment: AppEnvironment,
) {
  const database = await connectDatabase({ uri });
  await requireMigrations(database, allMigrations);
  const keyring = await openKeyring(database, config.masterKey, environment.clock.now());
  const { issuer, isSecure } = config;
  const self = { id: environment.random.id(), host: hostname(), pid: process.pid, release };
  const processes = new LiveProcesses({ ...environment, database, self });
  await processes.enter();
  const base = { ...environment, database, keyring, processes, issuer, isSecure };
  return { ...base, audit: new AuditStore(base), cookies: cookieNames({ isSecure }) };
}
