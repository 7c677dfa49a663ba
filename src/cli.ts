// `npm run hutong -- …`: the operator's commands. Reads the settings, opens the database, runs one
// command. Exit codes: 0 done, 1 something was refused or broke, 2 not understood.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { AccountStore } from './accounts/account-store.ts';
import { runAccountsCommand } from './accounts/accounts.commands.ts';
import type { AccountHoldings } from './accounts/operate-account.ts';
import { AuditStore } from './audit/audit-store.ts';
import { ClientStore } from './clients/client-store.ts';
import { runClientsCommand } from './clients/clients.commands.ts';
import { ConsentStore } from './consent/consent-store.ts';
import { DeviceStore } from './credentials/device-store.ts';
import { importedCredentials } from './credentials/imported-credentials.ts';
import { PasswordHasher } from './credentials/password-hash.ts';
import { PasswordStore } from './credentials/password-store.ts';
import { TotpStore } from './credentials/totp-store.ts';
import { runningCityEnvironment } from './demo/running-city.ts';
import { allMigrations } from './migrations.ts';
import { scopeNames } from './oidc/claims/claims.ts';
import { openProtocolStores } from './oidc/protocol-stores.ts';
import { systemClock } from './platform/clock.ts';
import { ConfigError, loadConfig } from './platform/config.ts';
import type { Config } from './platform/config.ts';
import { AppError } from './platform/errors.ts';
import { defaultLocale, loadWords, matchLocale } from './platform/http/locale.ts';
import { openKeyring } from './platform/keyring-store.ts';
import { createLogger } from './platform/logger.ts';
import { migrate } from './platform/migrations.ts';
import { connectDatabase } from './platform/mongo.ts';
import { createOutbound } from './platform/outbound.ts';
import { systemRandom } from './platform/random.ts';
import { exitCode } from './platform/terminal.ts';
import type { Terminal } from './platform/terminal.ts';
import { runDeliveriesCommand } from './sessions/deliveries.commands.ts';
import { LogoutOutboxStore } from './sessions/logout-outbox-store.ts';
import { SessionEnding } from './sessions/session-ending.ts';
import { eraseSessions } from './sessions/session-erasure-store.ts';
import { SessionStore } from './sessions/session-store.ts';

const workTree = fileURLToPath(new URL('../', import.meta.url));

type Stores = Awaited<ReturnType<typeof openStores>>;
interface Invocation extends Stores {
  config: Config;
  terminal: Terminal;
  /** Made by the migration step that precedes every command. */
  migrated: readonly string[];
}
type Command = (args: readonly string[], invocation: Invocation) => Promise<number>;

const commands = new Map<string, Command>([
  ['migrate', reportMigrations],
  ['clients', runClients],
  ['accounts', runAccounts],
  ['deliveries', (args, { outbox, terminal }) => runDeliveriesCommand(args, { outbox, terminal })],
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
    const config = loadConfig(await settings(process.env));
    const database = await connectDatabase({ uri: config.database.uri });
    try {
      const migrated = await migrate(database, allMigrations, systemRandom.id());
      const stores = await openStores(config, database);
      return await command(rest, { ...stores, config, terminal, migrated });
    } finally {
      await database.close();
    }
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

async function openStores(config: Config, database: Awaited<ReturnType<typeof connectDatabase>>) {
  const keyring = await openKeyring(database, config.masterKey, systemClock.now());
  const base = { database, keyring, clock: systemClock, random: systemRandom };
  const audit = new AuditStore(base);
  return { ...base, audit, outbox: new LogoutOutboxStore(base) };
}

async function reportMigrations(args: readonly string[], invocation: Invocation): Promise<number> {
  const { terminal, migrated } = invocation;
  if (args.length > 0) {
    terminal.complain(terminal.t('cli.usage'));
    return exitCode.usage;
  }
  const values = { count: migrated.length, ids: migrated.join(', ') };
  terminal.print(terminal.t(`cli.migrate.${migrated.length > 0 ? 'done' : 'nothing'}`, values));
  return exitCode.done;
}

async function runClients(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config } = invocation;
  const outbound = createOutbound(config.outbound);
  try {
    return await runClientsCommand(args, {
      ...invocation,
      clients: new ClientStore(invocation),
      outbound,
      mode: config.mode,
      knownScopes: scopeNames,
    });
  } finally {
    await outbound.close();
  }
}

async function runAccounts(args: readonly string[], invocation: Invocation): Promise<number> {
  const passwords = new PasswordStore(invocation);
  const totp = new TotpStore(invocation);
  const hasher = await PasswordHasher.open(invocation.config.limits.hashing);
  return runAccountsCommand(args, {
    ...invocation,
    accounts: new AccountStore(invocation),
    credentials: importedCredentials({ ...invocation, passwords, totp, hasher }),
    holdings: accountHoldings({ ...invocation, passwords, totp }),
  });
}

/** The notices of what ends here are delivered by the processes that run. */
function accountHoldings(
  stores: Stores & { passwords: PasswordStore; totp: TotpStore },
): AccountHoldings {
  const { database, outbox, passwords, totp } = stores;
  const devices = new DeviceStore(stores);
  const consents = new ConsentStore(stores);
  const onRefreshReused = () => Promise.resolve();
  const { revocation } = openProtocolStores({ ...stores, onRefreshReused });
  const ending = new SessionEnding({
    ...stores,
    logger: createLogger({ level: 'silent', service: 'hutong-cli' }),
    sessions: new SessionStore(stores),
    grants: revocation,
    outbox: { enqueue: (...args) => outbox.enqueue(...args), wake: () => undefined },
  });
  return {
    async end(accountId, reason) {
      await ending.endAllOfAccount(accountId, { reason, actor: 'operator' });
      await revocation.revokeOfAccount(accountId, reason);
    },
    async erase(accountId, session) {
      await passwords.erase(accountId, session);
      await totp.erase(accountId, session);
      await devices.forgetAll(accountId, session);
      await consents.eraseOfAccount(accountId, session);
      await revocation.eraseOfAccount(accountId, session);
      await eraseSessions(database, accountId, session);
    },
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
