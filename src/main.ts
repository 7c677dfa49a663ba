// Configuration → application → listen → orderly end.
import { createApp } from './app.ts';
import { systemClock } from './platform/clock.ts';
import { ConfigError, loadConfig } from './platform/config.ts';
import { createLogger } from './platform/logger.ts';
import { systemRandom } from './platform/random.ts';

function configure() {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}

const config = configure();
const logger = createLogger({ level: config.logLevel, service: 'hutong' });
const app = await createApp(config, { clock: systemClock, random: systemRandom, logger });

app.server.on('error', (error) => {
  logger.error({ err: error }, 'not listening');
  process.exit(1);
});
app.server.listen({ port: config.http.port, host: config.http.host }, () => {
  logger.info({ port: config.http.port, issuer: config.issuer }, 'listening');
});

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, 'stopping');
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'not stopped in order');
        process.exit(1);
      },
    );
  });
}
