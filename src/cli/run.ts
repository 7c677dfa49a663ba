// Finds the command of an operator, runs it, and puts what went wrong into words. Exit codes: 0 done,
// 1 something was refused or broke, 2 not understood.
import { runAccounts } from './accounts.ts';
import { runAudit } from './audit.ts';
import { runBackup, runRestore } from './backup.ts';
import { runClients } from './clients.ts';
import { runDataKeys } from './data-keys.ts';
import { runDoctor } from './doctor.ts';
import { runIntermediaries } from './intermediaries.ts';
import { withStores } from './invocation.ts';
import type { Command, CommandHost } from './invocation.ts';
import { runKeys } from './keys.ts';
import { runMigrate } from './migrate.ts';
import { runRetention } from './retention.ts';
import { runRoles } from './roles.ts';
import { runSeed } from './seed.ts';
import { runStockAccounts } from './stock-accounts.ts';
import { ConfigError } from '../platform/config.ts';
import { AppError } from '../platform/errors.ts';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { runDeliveriesCommand } from '../sessions/deliveries.commands.ts';

const commands = new Map<string, Command>([
  ['accounts', withStores(runAccounts)],
  ['audit', withStores(runAudit)],
  ['backup', withStores(runBackup)],
  ['clients', withStores(runClients)],
  ['data-keys', withStores(runDataKeys)],
  ['deliveries', withStores(runDeliveriesCommand)],
  ['doctor', runDoctor],
  ['intermediaries', withStores(runIntermediaries)],
  ['keys', withStores(runKeys)],
  ['migrate', runMigrate],
  ['restore', runRestore],
  ['retention', withStores(runRetention)],
  ['roles', withStores(runRoles)],
  ['seed', withStores(runSeed)],
  ['stock-accounts', withStores(runStockAccounts)],
]);

/** `args` as typed after `hutong`; nothing is thrown. */
export async function runCommand(args: readonly string[], host: CommandHost): Promise<number> {
  const { terminal } = host;
  const [name, ...rest] = args;
  const command = commands.get(name ?? '');
  if (!command) {
    terminal.complain(terminal.t('cli.usage'));
    return exitCode.usage;
  }
  try {
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
