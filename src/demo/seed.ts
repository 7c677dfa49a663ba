// Fills the database of the demonstration through the same command line that an operator uses:
// indexes first, then the clients and the accounts from files in the data folder.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cityEnvironment } from './city-parts.ts';
import type { CityPlan } from './city-parts.ts';
import { writeWhole } from './data-folder.ts';
import { demoAccounts } from './demo-accounts.ts';

const commandLine = fileURLToPath(new URL('../cli.ts', import.meta.url));

const endWithParent = new URL('./end-with-parent.ts', import.meta.url).href;

export type SeedResult = { ok: true } | { ok: false; step: string; output: string };

/** Idempotent; does nothing when this very seed is in the city's own database already. */
export async function seedCity(
  plan: CityPlan,
  databaseUri: string,
  signal: AbortSignal,
): Promise<SeedResult> {
  const { folder, mongodbUri } = plan.settings;
  const files = {
    clients: join(folder.seedFolder, 'clients.json'),
    accounts: join(folder.seedFolder, 'accounts.json'),
  };
  const clients = JSON.stringify(Object.values(plan.clients), null, 2);
  const accounts = JSON.stringify(describeAccounts(plan), null, 2);
  const digest = createHash('sha256').update(clients).update(accounts).digest('hex');
  // Inside the database's folder: whoever removes the database removes the mark with it.
  const mark = join(folder.databaseFolder, 'seeded');
  const isOwnDatabase = mongodbUri === undefined;
  const isSeeded = isOwnDatabase && (await readFile(mark, 'utf8').catch(() => '')) === digest;
  await Promise.all([writeWhole(files.clients, clients), writeWhole(files.accounts, accounts)]);
  const steps = isSeeded
    ? [['migrate']]
    : [['migrate'], ['clients', 'import', files.clients], ['accounts', 'import', files.accounts]];
  const environment = cityEnvironment(plan, databaseUri);
  for (const step of steps) {
    const ran = await runCommand(step, environment, signal);
    if (ran.code !== 0) return { ok: false, step: step.join(' '), output: ran.output };
  }
  if (isOwnDatabase) await writeWhole(mark, digest);
  return { ok: true };
}

/** In the column names of `accounts import`. */
function describeAccounts({ secrets }: CityPlan): object[] {
  return demoAccounts.map((account) => ({
    kind: account.kind,
    login: account.login,
    password: secrets.accounts[account.login]?.password,
    name: account.name,
    phone: account.phone,
    email: account.email,
    certificate_type: account.certificateType,
    certificate_number: account.certificateNumber,
    uscc: account.uscc,
    real_name_level: account.realNameLevel,
    totp_secret: secrets.accounts[account.login]?.totpSecret,
    // Staff who are imported must choose a password of their own first; here tools sign in as them.
    must_change_password: false,
  }));
}

async function runCommand(
  step: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', endWithParent, commandLine, ...step], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    signal,
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-8_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(null));
  });
  return { code, output };
}
