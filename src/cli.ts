// `npm run hutong -- …`: the operator's commands. Finds the command, runs it, and puts what went
// wrong into words. Exit codes: 0 done, 1 something was refused or broke, 2 not understood.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runAccounts } from './cli/accounts.ts';
import { runAudit } from './cli/audit.ts';
import { runBackup, runRestore } from './cli/backup.ts';
import { runClients } from './cli/clients.ts';
import { runDataKeys } from './cli/data-keys.ts';
import { runDoctor } from './cli/doctor.ts';
import { withStores } from './cli/invocation.ts';
import type { Command } from './cli/invocation.ts';
import { runKeys } from './cli/keys.ts';
import { runMigrate } from './cli/migrate.ts';
import { runRetention } from './cli/retention.ts';
import { runRoles } from './cli/roles.ts';
import { runSeed } from './cli/seed.ts';
import { runStockAccounts } from './cli/stock-accounts.ts';
import { runningCityEnvironment } from './demo/running-city.ts';
import { ConfigError } from './platform/config.ts';
import { AppError } from './platform/errors.ts';
import { defaultLocale, loadWords, matchLocale } from './platform/http/locale.ts';
import { exitCode } from './platform/terminal.ts';
import type { Terminal } from './platform/terminal.ts';
import { runDeliveriesCommand } from './sessions/deliveries.commands.ts';

const workTree = fileURLToPath(new URL('../', import.meta.url));

const commands = new Map<string, Command>([
  ['accounts', withStores(runAccounts)],
  ['audit', withStores(runAudit)],
  ['backup', withStores(runBackup)],
  ['clients', withStores(runClients)],
  ['data-keys', withStores(runDataKeys)],
  ['deliveries', withStores(runDeliveriesCommand)],
  ['doctor', runDoctor],
  ['keys', withStores(runKeys)],
  ['migrate', runMigrate],
  ['restore', runRestore],
  ['retention', withStores(runRetention)],
  ['roles', withStores(runRoles)],
  ['seed', withStores(runSeed)],
  ['stock-accounts', withStores(runStockAccounts)],
]);

async function run(args: readonly string[]): Promise<number> {
  const terminal = openTerminal(process.env);
  const [name, ...rest] = args;
  const command = commands.get(name ?? '');
  if (!command) {
    terminal.complain(terminal.t('cli.usage'));
    return exitCode.usage;
  }
  try {
    return await command(rest, { terminal, settings: () => settings(process.env) });
  } catch (error) {
    return explain(terminal, error);
  }
}

/** The environment; when it names no database, that of the demonstration city of this folder. */
async function settings(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const own = ['MONGODB_URI', 'HUTONG_MASTER_KEY'].flatMap((name) => [name, `${name}_FILE`]);
  if (own.some((name) => env[name])) return env;
  return (await runningCityEnvironment(env, workTree)) ?? env;
}

function openTerminal(env: NodeJS.ProcessEnv): Terminal {
  const words = loadWords(fileURLToPath(new URL('../locales', import.meta.url)));
  const language = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  const locale = matchLocale([language]) ?? defaultLocale;
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    read: (file) => (file === '-' ? text(process.stdin) : readFile(file, 'utf8')),
    t: (key, values) => words.translate(locale, key, values),
  };
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

process.exitCode = await run(process.argv.slice(2));
