// What a command of the operator is given: the terminal, and, when it works on the database, its
// stores. Each command says by `withStores` that it needs them.
import { openAudit } from '../audit/open-audit.ts';
import { allMigrations } from '../migrations.ts';
import { systemClock } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import type { Config } from '../platform/config.ts';
import { openKeyring } from '../platform/keyring-store.ts';
import { createLogger } from '../platform/logger.ts';
import { migrate } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import { systemRandom } from '../platform/random.ts';
import type { Terminal } from '../platform/terminal.ts';
import { LogoutOutboxStore } from '../sessions/logout-outbox-store.ts';

export interface CommandHost {
  terminal: Terminal;
  /** The environment, completed with what a demonstration city of this folder uses. */
  settings: () => Promise<Readonly<Record<string, string | undefined>>>;
}

/** Exit codes: 0 done, 1 something was refused or broke, 2 not understood. */
export type Command = (args: readonly string[], host: CommandHost) => Promise<number>;

export type Stores = Awaited<ReturnType<typeof openStores>>;

export interface Invocation extends Stores {
  config: Config;
  terminal: Terminal;
}

/** A command on the database: opened and migrated before, closed after. */
export function withStores(
  run: (args: readonly string[], invocation: Invocation) => Promise<number>,
): Command {
  return async (args, { terminal, settings }) => {
    const config = loadConfig(await settings());
    const database = await connectDatabase({ uri: config.database.uri });
    try {
      await migrate(database, allMigrations, systemRandom.id());
      const stores = await openStores(config, database);
      try {
        return await run(args, { ...stores, config, terminal });
      } finally {
        if (stores.audit.hasRecorded) await stores.auditTrail.stop();
      }
    } finally {
      await database.close();
    }
  };
}

async function openStores(config: Config, database: Database) {
  const keyring = await openKeyring(database, config.masterKey, systemClock.now());
  const base = { database, keyring, clock: systemClock, random: systemRandom };
  const logger = createLogger({ level: 'silent', service: 'hutong-cli' });
  const auditTrail = openAudit({ ...base, logger }, config.audit);
  const { audit } = auditTrail;
  return { ...base, audit, auditTrail, outbox: new LogoutOutboxStore(base) };
}
