// What every part stands on: the database, the keyring, the audit log, and what the environment
// brings (clock, chance, logger).
import { hostname } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { openAudit } from '../audit/open-audit.ts';
import { allMigrations } from '../migrations.ts';
import type { Clock } from '../platform/clock.ts';
import { ClockWatch } from '../platform/clock-watch.ts';
import { masterKeysOf } from '../platform/config.ts';
import type { Config } from '../platform/config.ts';
import { cookieNames } from '../platform/http/headers.ts';
import { openLiveKeyring } from '../platform/keyring-watcher.ts';
import type { Logger } from '../platform/logger.ts';
import { LiveProcesses } from '../platform/live-processes-store.ts';
import { PrometheusMetrics } from '../platform/prometheus.ts';
import { requireMigrations } from '../platform/migrations.ts';
import type { Migration } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { recognitionMarker } from './recognition-marker.ts';

export interface AppEnvironment {
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Made here when absent. */
  metrics?: PrometheusMetrics;
  /** What another release knows of the database: tests run it beside this one. */
  release?: string;
  migrations?: readonly Migration[];
}

/** Longer than it takes to notice that a server stands still, shorter than a request may last. */
const COMMAND_TIMEOUT_MS = 8000;

export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** @throws AppError `database_unavailable`, `configuration_invalid` (also for missing migrations). */
export async function openFoundation(
  { database: { uri }, ...config }: Config,
  environment: AppEnvironment,
) {
  const { clock, random, logger } = environment;
  const { release = packageJson.version, migrations = allMigrations } = environment;
  const { metrics = new PrometheusMetrics({ logger }) } = environment;
  const database = await connectDatabase({
    uri,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    onCommand: (...command) => metrics.databaseCommand(...command),
  });
  const { issuer, isSecure, cookiePrefix, appearance } = config;
  const self = { id: random.id(), host: hostname(), pid: process.pid, release };
  const processes = new LiveProcesses({ logger, database, self });
  try {
    // In this order: requireMigrations says why.
    await processes.enter();
    const clockWatch = new ClockWatch({ database, logger });
    await clockWatch.enter();
    const requireOwnRelease = () => requireMigrations(database, { migrations, release });
    await requireOwnRelease();
    const masterKeys = masterKeysOf(config);
    const now = clock.now();
    const live = await openLiveKeyring({ database, masterKeys, processes, logger, now });
    const tools = { clock: clockWatch.guard(clock), clockWatch, random, logger, metrics };
    const named = { issuer, isSecure, appearance, cookiePrefix };
    const base = { ...tools, ...live, database, processes, requireOwnRelease, ...named };
    const auditTrail = openAudit(base, config.audit);
    const { audit } = auditTrail;
    const background = [processes, clockWatch, live.keyringWatcher, auditTrail];
    const onAccountTouched = recognitionMarker(base, config);
    const own = { audit, auditTrail, onAccountTouched };
    return { ...base, ...own, background, cookies: cookieNames(named) };
  } catch (error) {
    await processes.stop();
    await database.close();
    throw error;
  }
}
