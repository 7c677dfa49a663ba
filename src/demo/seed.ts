// Prepares the database of the demonstration: indexes first, then clients and accounts from files in
// the data folder, by the same commands that an operator uses.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultLocale, loadWords } from '../platform/http/locale.ts';
import type { Translate } from '../platform/http/locale.ts';
import type { AskingTerminal } from '../platform/terminal.ts';
import { cityEnvironment } from './city-parts.ts';
import type { SeedStep, StepOutcome } from './appoint-officers.ts';
import type { CityPlan } from './city-parts.ts';
import { writeWhole } from './data-folder.ts';
import { appointOfficers } from './appoint-officers.ts';
import { demoAccounts } from './demo-accounts.ts';
import { describeStaff } from './demo-staff.ts';

export type SeedResult = { ok: true } | { ok: false; step: string; output: string };

export type SeedDependencies = {
  readonly plan: CityPlan;
  readonly migrate: (databaseUri: string) => Promise<void>;
  /** `hutong …`, as the composition root has it. */
  readonly runCommand: (
    args: readonly string[],
    host: {
      terminal: AskingTerminal;
      settings: () => Promise<NodeJS.ProcessEnv>;
    },
  ) => Promise<number>;
};

/** Idempotent; imports nothing when this very seed is in the city's own database already. */
export async function seedCity(
  { plan, migrate, runCommand }: SeedDependencies,
  databaseUri: string,
  signal: AbortSignal,
): Promise<SeedResult> {
  const { folder, mongodbUri } = plan.settings;
  try {
    await migrate(databaseUri);
  } catch (error) {
    return { ok: false, step: 'migrate', output: String(error) };
  }
  const files = await writeSeedFiles(plan);
  // Inside the database's folder: whoever removes the database removes the mark with it.
  const mark = join(folder.databaseFolder, 'seeded');
  const isOwnDatabase = mongodbUri === undefined;
  const environment = cityEnvironment(plan, databaseUri);
  if (isOwnDatabase && (await readFile(mark, 'utf8').catch(() => '')) === files.digest) {
    return { ok: true };
  }
  for (const step of [
    ['clients', 'import', files.clients],
    ['accounts', 'import', files.accounts],
    ['directory', 'import', files.staff, '--departments', files.departments],
  ]) {
    signal.throwIfAborted();
    const ran = await runStep(runCommand, { step }, environment);
    if (ran.code !== 0) return { ok: false, step: step.join(' '), output: ran.output };
  }
  const appointed = await appointOfficers(plan, (given) => {
    signal.throwIfAborted();
    return runStep(runCommand, given, environment);
  });
  if (!appointed.ok) return appointed;
  if (isOwnDatabase) await writeWhole(mark, files.digest);
  return { ok: true };
}

async function writeSeedFiles(plan: CityPlan) {
  const { seedFolder } = plan.settings.folder;
  const files = {
    clients: join(seedFolder, 'clients.json'),
    accounts: join(seedFolder, 'accounts.json'),
    staff: join(seedFolder, 'staff.csv'),
    departments: join(seedFolder, 'departments.csv'),
  };
  const clients = JSON.stringify(Object.values(plan.clients), null, 2);
  const accounts = JSON.stringify(describeAccounts(plan), null, 2);
  const { staff, departments } = describeStaff();
  const contents = { clients, accounts, staff, departments };
  const digest = createHash('sha256');
  for (const [name, content] of Object.entries(contents)) {
    await writeWhole(files[name as keyof typeof contents], content);
    digest.update(content);
  }
  return { ...files, digest: digest.digest('hex') };
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

/** In this process: one of its own takes ten times as long as what most of them do. */
async function runStep(
  runCommand: SeedDependencies['runCommand'],
  { step, answers = [] }: SeedStep,
  environment: NodeJS.ProcessEnv,
): Promise<StepOutcome> {
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  const waiting = [...answers];
  const terminal = {
    print: keep,
    complain: keep,
    read: (file: string) => readFile(file, 'utf8'),
    askSecretly: () => Promise.resolve(waiting.shift()),
    t: commandWords(),
  };
  const code = await runCommand(step, { terminal, settings: () => Promise.resolve(environment) });
  return { code, output: lines.join('\n').slice(-8_000) };
}

function commandWords(): Translate {
  const words = loadWords(fileURLToPath(new URL('../../locales', import.meta.url)));
  return (key, values) => words.translate(defaultLocale, key, values);
}
