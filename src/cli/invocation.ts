// What a command of the operator is given: the terminal, and, when it works on the database, its
// stores. Each command says by `withStores` that it needs them.
import { hostname } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { openAudit } from '../audit/open-audit.ts';
import { recognitionMarker } from '../app/recognition-marker.ts';
import { allMigrations } from '../migrations.ts';
import { systemClock } from '../platform/clock.ts';
import { loadConfig, masterKeysOf } from '../platform/config.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import { openLiveKeyring } from '../platform/keyring-watcher.ts';
import { LiveProcesses } from '../platform/live-processes-store.ts';
import { createLogger } from '../platform/logger.ts';
import type { Logger } from '../platform/logger.ts';
import { migrate } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import { systemRandom } from '../platform/random.ts';
import type { AskingTerminal } from '../platform/terminal.ts';
import { AccountEventOutbox } from '../account-events/account-event-outbox-store.ts';
import { MandateEventOutbox } from '../mandate-events/mandate-event-outbox-store.ts';
import { LogoutOutboxStore } from '../sessions/logout-outbox-store.ts';

const { version: release } = packageJson;

export interface CommandHost {
  terminal: AskingTerminal;
  /** The environment, completed with what a demonstration city of this folder uses. */
  settings: () => Promise<Readonly<Record<string, string | undefined>>>;
}

/** Exit codes: 0 done, 1 something was refused or broke, 2 not understood. */
export type Command = (args: readonly string[], host: CommandHost) => Promise<number>;

export type Stores = ReturnType<typeof openStores>;

export interface Invocation extends Stores {
  config: Config;
  terminal: AskingTerminal;
}

/**
 * A command on the database: opened and migrated before, closed after. It counts as one of the
 * living processes meanwhile, so that keys do not rotate behind its back.
 */
export function withStores(
  run: (args: readonly string[], invocation: Invocation) => Promise<number>,
): Command {
  return async (args, { terminal, settings }) => {
    const config = loadConfig(await settings());
    const database = await connectDatabase({ uri: config.database.uri });
    try {
      await migrate(database, allMigrations, systemRandom.id());
      const logger = createLogger({ level: 'silent', service: 'hutong-cli' });
      const processes = new LiveProcesses({ database, logger, self: self() });
      await processes.enter();
      processes.start();
      try {
        const opened = { config, database, logger, processes };
        return await withLiveKeys(opened, (stores) => run(args, { ...stores, config, terminal }));
      } finally {
        await processes.stop();
      }
    } finally {
      await database.close();
    }
  };
}

function self() {
  return { id: systemRandom.id(), host: hostname(), pid: process.pid, release, isCommand: true };
}

interface Opened {
  config: Config;
  database: Database;
  logger: Logger;
  processes: LiveProcesses;
}

async function withLiveKeys(
  opened: Opened,
  run: (stores: ReturnType<typeof openStores>) => Promise<number>,
): Promise<number> {
  const masterKeys = masterKeysOf(opened.config);
  const now = systemClock.now();
  const { keyring, keyringWatcher } = await openLiveKeyring({ ...opened, masterKeys, now });
  keyringWatcher.start();
  const stores = openStores(opened, keyring);
  try {
    return await run(stores);
  } finally {
    if (stores.audit.hasRecorded) await stores.auditTrail.stop();
    await keyringWatcher.stop();
  }
}

function openStores({ config, database, logger }: Opened, keyring: Keyring) {
  const base = { database, keyring, clock: systemClock, random: systemRandom };
  const auditTrail = openAudit({ ...base, logger }, config.audit);
  const { audit } = auditTrail;
  const outboxes = {
    logout: new LogoutOutboxStore(base),
    mandates: new MandateEventOutbox(base),
    accounts: new AccountEventOutbox(base),
  };
  const onAccountTouched = recognitionMarker(base, config);
  return { ...base, audit, auditTrail, outboxes, onAccountTouched };
}
