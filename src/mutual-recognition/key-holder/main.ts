// The key holder 密钥持有方 as a process: the same foundation as a city node (database, keyring, audit), a
// database and a master key of its own, and nothing of accounts or of the index.
import { once } from 'node:events';
import { endOnSignals, Ending, reasonOf } from '../../app/ending.ts';
import { openFoundation } from '../../app/foundation.ts';
import { observeFoundation } from '../../app/observations.ts';
import { foundationReadiness } from '../../app/readiness-checks.ts';
import { stopInOrder } from '../../app/background.ts';
import { systemClock } from '../../platform/clock.ts';
import { ConfigError, loadConfig } from '../../platform/config.ts';
import type { Config } from '../../platform/config.ts';
import { createLogger } from '../../platform/logger.ts';
import type { Logger } from '../../platform/logger.ts';
import { startOperationsServer } from '../../platform/operations-server.ts';
import { PrometheusMetrics } from '../../platform/prometheus.ts';
import type { ReadinessChecks } from '../../platform/readiness.ts';
import { systemRandom } from '../../platform/random.ts';
import { openKeyHolder } from './server.ts';

function configure(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}

async function serve(config: Config, logger: Logger): Promise<void> {
  const metrics = new PrometheusMetrics({ logger });
  metrics.watchProcess();
  const environment = { clock: systemClock, random: systemRandom, logger, metrics };
  const base = await openFoundation(config, environment);
  const openReadiness = (own: ReadinessChecks) => foundationReadiness(base, own);
  const isClockRight = () => base.clockWatch.isRight();
  const holder = await openKeyHolder({ ...base, openReadiness, isClockRight }, config);
  const { readiness } = holder;
  for (const work of base.background) work.start();
  const { port, host } = config.http;
  holder.server.listen({ port, host });
  await once(holder.server, 'listening');
  observeFoundation(base);
  const { operations } = config.processes;
  const source = { readiness: () => readiness.report(), metrics: () => metrics.text() };
  const listener = operations && (await startOperationsServer(operations, { source, logger }));
  const ending = new Ending(
    {
      drain: () => readiness.drain(),
      insist: () => holder.server.closeAllConnections(),
      async stop() {
        await holder.stop();
        listener?.close();
        await stopInOrder(base.background.toReversed(), logger);
        await base.database.close();
      },
    },
    { drainSeconds: config.processes.drainSeconds, logger, exit: (code) => process.exit(code) },
  );
  endOnSignals(ending, process);
  logger.info({ port, issuer: config.issuer }, 'listening');
}

const config = configure();
const logger = createLogger({ level: config.logLevel, service: 'hutong-recognition-key' });
try {
  await serve(config, logger);
} catch (error) {
  logger.error({ err: error, reason: reasonOf(error) }, 'not started');
  process.exit(1);
}
