// One app process: opens the application, listens, and ends in order. Alone, or as a worker of a
// pool, which then holds the port and speaks to the operator.
import { once } from 'node:events';
import { createApp } from '../app.ts';
import type { App } from '../app.ts';
import { systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { stopListening } from '../platform/http/server.ts';
import type { Logger } from '../platform/logger.ts';
import { startOperationsServer } from '../platform/operations-server.ts';
import { PrometheusMetrics } from '../platform/prometheus.ts';
import { systemRandom } from '../platform/random.ts';
import type { WorkerLink } from '../platform/worker-link.ts';
import { endOnSignals, Ending, reasonOf } from './ending.ts';

/** An old worker's connections are given so long to be used once more and moved. */
const RETIRE_SECONDS = 10;

interface ServeOptions {
  logger: Logger;
  /** Of a worker. */
  link: WorkerLink | undefined;
}

/** Resolves when requests are served. Ends the process when that is not possible. */
export async function serve(config: Config, { logger, link }: ServeOptions): Promise<void> {
  const metrics = new PrometheusMetrics({ logger, worker: link?.number.toString() });
  metrics.watchProcess();
  const environment = { clock: systemClock, random: systemRandom, logger, metrics };
  let app: App | undefined;
  try {
    app = await createApp(config, environment);
    const { port, host } = config.http;
    app.server.listen({ port, host });
    await once(app.server, 'listening');
    await attend(app, config, { logger, link });
    logger.info({ port, issuer: config.issuer }, 'listening');
    link?.ready();
  } catch (error) {
    logger.error({ err: error, reason: reasonOf(error) }, 'not started');
    await link?.failed(reasonOf(error));
    await app?.stop();
    process.exit(1);
  }
}

/** The operator's listener, signals and orders. */
async function attend(app: App, config: Config, { logger, link }: ServeOptions): Promise<void> {
  const { readiness, metrics, server } = app;
  const { operations, drainSeconds } = config.processes;
  const source = { readiness: () => readiness.report(), metrics: () => metrics.text() };
  const listener =
    link || !operations ? undefined : await startOperationsServer(operations, { source, logger });
  const ending = new Ending(
    {
      drain: () => readiness.drain(),
      insist: () => server.closeAllConnections(),
      async stop() {
        await app.stop();
        listener?.close();
      },
    },
    { drainSeconds, logger, exit: (code) => process.exit(code) },
  );
  endOnSignals(ending, process);
  process.on('SIGHUP', () => {
    // The primary's affair; alone there is nobody who could take over.
    if (!link) logger.warn('a restart without a pause needs workers (HUTONG_WORKERS)');
  });
  if (!link) return;
  link.listen({
    answer: (question) => (question === 'metrics' ? metrics.snapshot() : readiness.report()),
    onOrder(order) {
      if (order === 'insist') ending.insist();
      else if (order === 'stop') ending.begin({ order });
      else void retire(app, config).then(() => ending.begin({ order }, { drainSeconds: 0 }));
    },
  });
}

/** Its successor takes what is new; what is connected here is answered, and asked to move. */
async function retire({ readiness, server }: App, config: Config): Promise<void> {
  readiness.leave();
  const lastMoment = AbortSignal.timeout(
    Math.max(RETIRE_SECONDS, config.processes.drainSeconds) * 1000,
  );
  await Promise.race([stopListening(server), once(lastMoment, 'abort')]);
}
