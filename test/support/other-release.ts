// Another release of this product, as far as the database can tell: the same code with a number and
// a list of migrations of its own. `OTHER_RELEASE` is the number; with `OTHER_TASK=migrate` it applies
// what it can and ends, else it serves.
import { once } from 'node:events';
import { createApp } from '../../src/app.ts';
import { allMigrations } from '../../src/migrations.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { listLiveProcesses } from '../../src/platform/live-processes-store.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { migrateAll } from '../../src/platform/migrations.ts';
import type { Migration } from '../../src/platform/migrations.ts';
import { connectDatabase } from '../../src/platform/mongo.ts';
import { systemRandom } from '../../src/platform/random.ts';

/** What the later of the two releases brings. */
const NEXT: readonly Migration[] = [
  {
    id: '9001-accounts-have-a-district',
    up: async (db) => {
      const accounts = db.collection('accounts');
      await accounts.createIndex({ district: 1 }, { name: 'district' });
      await accounts.updateMany({ district: { $exists: false } }, { $set: { district: null } });
      await db.collection('sessions').createIndex({ district: 1 }, { name: 'district' });
    },
  },
  {
    id: '9002-no-district-in-sessions',
    kind: 'contract',
    oldestRelease: '9.0.0',
    up: async (db) => {
      await db
        .collection('sessions')
        .dropIndex('district')
        .catch(() => undefined);
    },
  },
];

const { OTHER_RELEASE: release = '', OTHER_TASK: task } = process.env;
const migrations = release.startsWith('9.') ? [...allMigrations, ...NEXT] : allMigrations;
const config = loadConfig(process.env);
const logger = createLogger({ level: config.logLevel, service: 'hutong' });

async function applyMigrations(): Promise<void> {
  const database = await connectDatabase({ uri: config.database.uri });
  const applied = await migrateAll(database, migrations, {
    holder: release,
    liveReleases: async () => (await listLiveProcesses(database)).map((each) => each.release),
  });
  logger.info({ applied }, 'migrated');
  await database.close();
}

async function serve(): Promise<void> {
  const environment = { clock: systemClock, random: systemRandom, logger, release, migrations };
  const app = await createApp(config, environment);
  app.server.listen({ port: config.http.port, host: '127.0.0.1' });
  await once(app.server, 'listening');
  logger.info('listening');
  await once(process, 'SIGTERM');
  app.readiness.drain();
  // The door looks every 100 ms.
  await new Promise((resolve) => setTimeout(resolve, config.processes.drainSeconds * 1000));
  await app.stop();
  process.exit(0);
}

await (task === 'migrate' ? applyMigrations() : serve());
