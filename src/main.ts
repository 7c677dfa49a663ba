// Configuration → one app process, or a primary that holds several on the same port.
import cluster from 'node:cluster';
import { ConfigError, loadConfig } from './platform/config.ts';
import { keepBuffersSmall } from './platform/lean-process.ts';
import { createLogger } from './platform/logger.ts';
import { threadPoolSize } from './platform/process-config.ts';
import { openWorkerLink } from './platform/worker-link.ts';

function configure() {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}

keepBuffersSmall();
const config = configure();
// Read when the first task goes to the pool, which is later than this; workers inherit it.
process.env['UV_THREADPOOL_SIZE'] ??= String(threadPoolSize(config.limits));

const isPrimary = cluster.isPrimary && config.processes.workers > 1;
const place = cluster.isWorker ? Number(process.env['HUTONG_WORKER']) : undefined;
const logger = createLogger({ level: config.logLevel, service: 'hutong', worker: place });

// Loaded only where it is needed: a primary without the application is small.
if (isPrimary) {
  const { holdWorkers } = await import('./app/primary.ts');
  await holdWorkers(config, logger);
} else {
  const { serve } = await import('./app/serve.ts');
  const link = place === undefined ? undefined : openWorkerLink(place, process);
  await serve(config, { logger, link });
}
