// `hutong backup …` and `hutong restore …`. A restore opens the database before there is anything
// in it, so it does not go the way of the other commands.
import packageJson from '../../package.json' with { type: 'json' };
import { AuditStore } from '../audit/audit-store.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { allMigrations } from '../migrations.ts';
import { BackupStore } from '../operations/backup-store.ts';
import { runBackupCommand, runRestoreCommand } from '../operations/backup.commands.ts';
import type { RestoreCommandDependencies } from '../operations/backup.commands.ts';
import { momentaryCollections } from '../operations/momentary-collections.ts';
import { systemClock } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import type { Config } from '../platform/config.ts';
import { openKeyring } from '../platform/keyring-store.ts';
import { migrate } from '../platform/migrations.ts';
import { connectDatabase } from '../platform/mongo.ts';
import type { Database } from '../platform/mongo.ts';
import { systemRandom } from '../platform/random.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { CommandHost, Invocation } from './invocation.ts';

export function runBackup(args: readonly string[], invocation: Invocation): Promise<number> {
  const { database, config } = invocation;
  const store = new BackupStore(database);
  return runBackupCommand(args, {
    ...invocation,
    store,
    masterKey: config.masterKey,
    release: packageJson.version,
  });
}

export async function runRestore(
  args: readonly string[],
  { terminal, settings }: CommandHost,
): Promise<number> {
  const config = loadConfig(await settings());
  const database = await connectDatabase({ uri: config.database.uri });
  const store = new BackupStore(database);
  try {
    return await runRestoreCommand(args, {
      store,
      terminal,
      masterKeys: [config.masterKey],
      momentary: momentaryCollections,
      conclude: (restored) => conclude({ config, database, terminal }, restored),
    });
  } finally {
    await database.close();
  }
}

/** Brings the database to this release, and shows that its keys open and its records are whole. */
async function conclude(
  deps: { config: Config; database: Database; terminal: Terminal },
  { header, documents }: Parameters<RestoreCommandDependencies['conclude']>[0],
): Promise<number> {
  const { config, database, terminal } = deps;
  await migrate(database, allMigrations, systemRandom.id());
  const keyring = await openKeyring(database, config.masterKey, systemClock.now());
  const base = { database, keyring, clock: systemClock, random: systemRandom };
  const signing = (await new SigningKeyStore(base).read()).keys.length;
  const data = await database.collection('dataKeys').countDocuments();
  terminal.print(terminal.t('operations.restore.keys_open', { signing, data }));
  await new AuditStore(base).record({
    type: 'operations.restored',
    actor: 'operator',
    result: 'done',
    details: { takenAt: new Date(header.takenAt).toISOString(), documents },
  });
  return exitCode.done;
}
