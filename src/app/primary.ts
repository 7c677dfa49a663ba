// The process that holds the workers: no requests of its own, only the operator's listener.
import cluster from 'node:cluster';
import type { Config } from '../platform/config.ts';
import { leanEnvironment, leanFlags } from '../platform/lean-process.ts';
import type { Logger } from '../platform/logger.ts';
import { startOperationsServer } from '../platform/operations-server.ts';
import { joinSnapshots, PrometheusMetrics } from '../platform/prometheus.ts';
import type { MetricsSnapshot } from '../platform/prometheus.ts';
import type { ReadinessReport } from '../platform/readiness.ts';
import { WorkerPool } from '../platform/worker-pool.ts';
import { endOnSignals, Ending } from './ending.ts';

/** Beyond the time to drain: for requests in flight, the work beside them, the database. */
const END_MS = 25_000;

/** Resolves when all workers serve. Ends the process when they cannot be kept alive. */
export async function holdWorkers(config: Config, logger: Logger): Promise<void> {
  const { workers, drainSeconds, operations } = config.processes;
  cluster.setupPrimary({ execArgv: [...leanFlags, ...process.execArgv] });
  const pool = new WorkerPool({
    size: workers,
    fork: (place) => cluster.fork({ ...leanEnvironment, HUTONG_WORKER: String(place) }),
    logger,
    patienceMs: drainSeconds * 1000 + END_MS,
  });
  const ending = new Ending(
    { drain: () => undefined, insist: () => pool.insist(), stop: () => pool.stop() },
    // The workers drain by themselves, all at once.
    { drainSeconds: 0, logger, exit: (code) => process.exit(code) },
  );
  endOnSignals(ending, process);
  process.on('SIGHUP', () => void pool.replaceAll());
  void pool.broken.then((reason) => giveUp(logger, reason));
  const source = { readiness: () => readinessOf(pool), metrics: metricsOf(pool, logger) };
  if (operations) await startOperationsServer(operations, { source, logger });
  const reason = await pool.start();
  if (pool.isStopping) return;
  if (reason === undefined) {
    logger.info({ workers }, 'workers ready');
    return;
  }
  await pool.stop();
  giveUp(logger, reason);
}

function giveUp(logger: Logger, reason: string): void {
  logger.error({ reason }, 'workers cannot be kept alive');
  process.exit(1);
}

/** Ready while one worker is: the others' share goes to it. */
async function readinessOf(
  pool: WorkerPool,
): Promise<ReadinessReport & { workers: readonly object[] }> {
  const answers = await pool.ask<ReadinessReport>('readiness');
  const workers = answers.map(({ worker, value }) => ({
    worker,
    ...(value ?? { isReady: false, reasons: ['not_answering'] }),
  }));
  if (pool.isStopping) return { isReady: false, reasons: ['draining'], workers };
  const isReady = workers.some((each) => each.isReady);
  const reasons = isReady ? [] : [...new Set(workers.flatMap((each) => each.reasons))];
  return { isReady, reasons, workers };
}

function metricsOf(pool: WorkerPool, logger: Logger): () => Promise<string> {
  const own = new PrometheusMetrics({ logger, worker: 'primary' });
  own.watchProcess();
  own.observe({
    name: 'hutong_worker_starts_total',
    help: 'Worker processes started since the primary began.',
    kind: 'counter',
    scope: 'process',
    read: () => [[[], pool.starts]],
  });
  return async () => {
    const answers = await pool.ask<MetricsSnapshot>('metrics');
    const snapshots = answers.flatMap(({ value }) => (value === undefined ? [] : [value]));
    return joinSnapshots([...snapshots, await own.snapshot()]);
  };
}
