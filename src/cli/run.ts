// Finds the command of an operator, runs it, and puts what went wrong into words. Exit codes: 0 done,
// 1 something was refused or broke, 2 not understood.
import { withStores } from './invocation.ts';
import type { Command, CommandHost } from './invocation.ts';
import { ConfigError } from '../platform/config.ts';
import { AppError } from '../platform/errors.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';

/** Loaded when it is asked for: all of them together are most of the product. */
const commands = new Map<string, () => Promise<Command>>([
  ['accounts', async () => withStores((await import('./accounts.ts')).runAccounts)],
  ['approve', async () => withStores((await import('./roles.ts')).runApprove)],
  ['audit', async () => withStores((await import('./audit.ts')).runAudit)],
  ['backup', async () => withStores((await import('./backup.ts')).runBackup)],
  ['clients', async () => withStores((await import('./clients.ts')).runClients)],
  ['data-keys', async () => withStores((await import('./data-keys.ts')).runDataKeys)],
  [
    'deliveries',
    async () =>
      withStores((await import('../sessions/deliveries.commands.ts')).runDeliveriesCommand),
  ],
  ['directory', async () => withStores((await import('./directory.ts')).runDirectory)],
  ['doctor', async () => (await import('./doctor.ts')).runDoctor],
  ['entities', async () => withStores((await import('./entities.ts')).runEntities)],
  ['federation', async () => withStores((await import('./federation.ts')).runFederation)],
  [
    'intermediaries',
    async () => withStores((await import('./intermediaries.ts')).runIntermediaries),
  ],
  ['keys', async () => withStores((await import('./keys.ts')).runKeys)],
  ['migrate', async () => (await import('./migrate.ts')).runMigrate],
  ['mode', async () => withStores((await import('./mode.ts')).runMode)],
  ['recognition', async () => withStores((await import('./recognition.ts')).runRecognition)],
  ['recognition-key', async () => withStores((await import('./recognition.ts')).runRecognitionKey)],
  ['peers', async () => withStores((await import('./peers.ts')).runPeers)],
  ['restore', async () => (await import('./backup.ts')).runRestore],
  ['retention', async () => withStores((await import('./retention.ts')).runRetention)],
  ['roles', async () => withStores((await import('./roles.ts')).runRoles)],
  ['seed', async () => withStores((await import('./seed.ts')).runSeed)],
  [
    'stock-accounts',
    async () => withStores((await import('./stock-accounts.ts')).runStockAccounts),
  ],
]);

/** `args` as typed after `hutong`; nothing is thrown. */
export async function runCommand(args: readonly string[], host: CommandHost): Promise<number> {
  const { terminal } = host;
  const [name, ...rest] = args;
  const load = commands.get(name ?? '');
  if (!load) {
    terminal.complain(terminal.t('cli.usage'));
    return exitCode.usage;
  }
  try {
    const command = await load();
    return await command(rest, host);
  } catch (error) {
    return explain(terminal, error);
  }
}

function explain({ complain, t }: Terminal, error: unknown): number {
  if (error instanceof ConfigError) {
    complain([t('cli.problem.configuration'), ...error.problems].join('\n  '));
    return exitCode.usage;
  }
  if (error instanceof AppError && error.code === 'database_unavailable') {
    complain(t('cli.problem.database_unavailable'));
  } else if (error instanceof AppError && error.code === 'configuration_invalid') {
    const { problem } = error.details;
    const values = { problem: typeof problem === 'string' ? problem : error.code };
    complain(t('cli.problem.configuration_invalid', values));
  } else {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    complain(t('cli.problem.unexpected', { message }));
  }
  return exitCode.refused;
}
