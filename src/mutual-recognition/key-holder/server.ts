// The key holder as an HTTP service: what stands around every request, and the few addresses behind it.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Config } from '../../platform/config.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { createHttpApp } from '../../platform/http/http-app.ts';
import type { HttpAppOptions } from '../../platform/http/http-app.ts';
import { createRouteLimiters } from '../../platform/http/limits.ts';
import { closeServer, serverTimes } from '../../platform/http/server.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Database } from '../../platform/mongo.ts';
import type { Readiness, ReadinessChecks } from '../../platform/readiness.ts';
import { openOprf } from '../oprf.ts';
import { RecognitionPlatforms, RecognitionPlatformStore } from '../recognition-platform-store.ts';
import { observeUsage } from '../observe-usage.ts';
import { RecognitionUsage } from '../usage-store.ts';
import { EvaluationThreads } from './evaluation-threads.ts';
import { keyHolderMount } from './key-holder-service.ts';
import { observeKeyHolder } from './observe-key-holder.ts';
import { RecognitionKeyKeeper } from './recognition-key-keeper.ts';
import { RecognitionKeyStore } from './recognition-key-store.ts';

interface KeyHolderBase extends Omit<
  HttpAppOptions,
  'keys' | 'trustedProxies' | 'suspicionHeader' | 'readiness'
> {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  audit: AuditLog;
  metrics: Metrics;
  openReadiness: (own: ReadinessChecks) => Readiness;
}

export interface KeyHolder {
  /** Not listening yet. */
  server: Server;
  readiness: Readiness;
  stop(): Promise<void>;
}

export async function openKeyHolder(
  base: KeyHolderBase,
  { http, limits }: Pick<Config, 'http' | 'limits'>,
): Promise<KeyHolder> {
  const oprf = await openOprf();
  const store = new RecognitionKeyStore(base);
  await store.ensureFirst(oprf.newKey());
  const keys = new RecognitionKeyKeeper({ keys: store, logger: base.logger });
  const records = new RecognitionPlatformStore(base);
  const platforms = new RecognitionPlatforms({ platforms: records, logger: base.logger });
  await Promise.all([keys.refresh(), platforms.refresh()]);
  const threads = new EvaluationThreads();
  const readiness = base.openReadiness({
    recognition_key_missing: () => keys.hasActive(),
    recognition_platforms_outdated: () => platforms.isCurrent(),
  });
  const { app } = createHttpApp({ ...base, ...http, keys: base.keyring, readiness });
  const limiters = createRouteLimiters({ ...base, ...limits });
  const usage = new RecognitionUsage(base);
  const audience = base.issuer;
  observeKeyHolder({ ...base, keys: store, threads });
  observeUsage({ ...base, platforms, usage });
  app.use(keyHolderMount({ ...base, oprf, keys, platforms, threads, limiters, usage, audience }));
  const works = [keys, platforms];
  for (const work of works) work.start();
  const server = createServer(serverTimes, app.callback());
  return {
    server,
    readiness,
    async stop() {
      await closeServer(server);
      for (const work of works) await work.stop();
      await threads.stop();
    },
  };
}
