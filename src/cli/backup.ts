// `hutong backup …` and `hutong restore …`. A restore opens the database before there is anything
// in it, so it does not go the way of the other commands.
import packageJson from '../../package.json' with { type: 'json' };
import { SealStore } from '../audit/seal-store.ts';
import { verifyAudit } from '../audit/verify-audit.ts';
import { SigningKeyStore } from '../keys/signing-key-store.ts';
import { BackupStore } from '../operations/backup-store.ts';
import {
  runBackupCommand,
  runRestoreCommand,
  tellRestoredAudit,
} from '../operations/backup.commands.ts';
import type { RestoreCommandDependencies } from '../operations/backup.commands.ts';
import { momentaryCollections } from '../operations/momentary-collections.ts';
import { loadConfig, masterKeysOf } from '../platform/config.ts';
import { connectDatabase } from '../platform/mongo.ts';
import { withStores } from './invocation.ts';
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

export async function runRestore(args: readonly string[], host: CommandHost): Promise<number> {
  const config = loadConfig(await host.settings());
  const database = await connectDatabase({ uri: config.database.uri });
  try {
    return await runRestoreCommand(args, {
      store: new BackupStore(database),
      terminal: host.terminal,
      masterKeys: masterKeysOf(config),
      momentary: momentaryCollections,
      conclude: (restored, anchors) => conclude(host, restored, anchors),
    });
  } finally {
    await database.close();
  }
}

/** Brings the database to this release, and shows that its keys open and its records are whole. */
function conclude(
  host: CommandHost,
  { header, documents }: Parameters<RestoreCommandDependencies['conclude']>[0],
  anchors: readonly string[],
): Promise<number> {
  return withStores(async (_args, invocation) => {
    const { database, audit, terminal } = invocation;
    const signing = (await new SigningKeyStore(invocation).read()).keys.length;
    const data = await database.collection('dataKeys').countDocuments();
    terminal.print(terminal.t('operations.restore.keys_open', { signing, data }));
    const verdict = await verifyAudit(
      { ...invocation, seals: new SealStore(database) },
      { anchorFiles: anchors, onProgress: () => undefined },
    );
    const takenAt = new Date(header.takenAt).toISOString();
    await audit.record({
      type: 'operations.restored',
      actor: 'operator',
      result: 'done',
      details: { takenAt, documents },
    });
    return tellRestoredAudit(terminal, verdict);
  })([], host);
}
