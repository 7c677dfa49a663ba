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
import { demoAccounts, demoRoles } from './demo-accounts.ts';
import type { DemoAccount, DemoRole } from './demo-accounts.ts';
import type { ClientRegistration } from './demo-clients.ts';
import { peersOfCity, platformEnvironment } from './platforms/platform-parts.ts';
import { recognitionRecords } from './platforms/recognition-parts.ts';
import type { PeerInput, PeerOfficers, Platform } from './platforms/platforms.ts';
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
  /** Peers of a file, led to active by the officers in it. */
  readonly leadPeers: SeedDependencies['runCommand'];
  /** Platforms of mutual recognition of a file, admitted at the hub by the officers in it. */
  readonly admitPlatforms: SeedDependencies['runCommand'];
  /** The key holder: `[file of platforms, file for its public keys]`. */
  readonly prepareKeyHolder: SeedDependencies['runCommand'];
};

/** What stands in the database of a platform before it starts. */
export type NodeSeed = {
  readonly key: 'city' | Platform['key'];
  readonly environment: (databaseUri: string) => NodeJS.ProcessEnv;
  readonly clients: readonly ClientRegistration[];
  readonly accounts: readonly DemoAccount[];
  readonly hasStaff: boolean;
  readonly roles: readonly DemoRole[];
  readonly peers: readonly PeerInput[];
  readonly officers?: PeerOfficers | undefined;
  /** Whom it admits to mutual recognition, as the hub. */
  readonly recognition?: readonly object[];
};

export function citySeed(plan: CityPlan): NodeSeed {
  return {
    key: 'city',
    environment: (databaseUri) => cityEnvironment(plan, databaseUri),
    clients: Object.values(plan.clients),
    accounts: demoAccounts,
    hasStaff: true,
    roles: demoRoles,
    peers: peersOfCity(plan),
    officers: { system: 'xuxitong', security: 'lvanquan' },
  };
}

export function platformSeed(plan: CityPlan, platform: Platform): NodeSeed {
  const environment = (databaseUri: string) => platformEnvironment(plan, platform, databaseUri);
  const isHub = platform.key === 'province';
  const recognition = isHub ? { recognition: recognitionRecords(plan) } : {};
  return { ...platform, environment, hasStaff: false, ...recognition };
}

/** Idempotent; imports nothing when this very seed is in the city's own database already. */
export async function seedNode(
  deps: SeedDependencies,
  node: NodeSeed,
  { databaseUri, signal }: { databaseUri: string; signal: AbortSignal },
): Promise<SeedResult> {
  const { plan, migrate } = deps;
  const { folder, mongodbUri } = plan.settings;
  try {
    await migrate(databaseUri);
  } catch (error) {
    return { ok: false, step: 'migrate', output: String(error) };
  }
  const files = await writeSeedFiles(plan, node);
  // Inside the database's folder: whoever removes the database removes the mark with it.
  const mark = join(folder.databaseFolder, node.key === 'city' ? 'seeded' : `seeded-${node.key}`);
  const isOwnDatabase = mongodbUri === undefined;
  if (isOwnDatabase && (await readFile(mark, 'utf8').catch(() => '')) === files.digest) {
    return { ok: true };
  }
  const seeded = await carryOut(deps, node, { files, databaseUri, signal });
  if (seeded.ok && isOwnDatabase) await writeWhole(mark, files.digest);
  return seeded;
}

type SeedFiles = Awaited<ReturnType<typeof writeSeedFiles>>;

async function carryOut(
  { plan, runCommand, leadPeers, admitPlatforms }: SeedDependencies,
  { environment, hasStaff, roles, peers, recognition }: NodeSeed,
  { files, databaseUri, signal }: { files: SeedFiles; databaseUri: string; signal: AbortSignal },
): Promise<SeedResult> {
  const settings = environment(databaseUri);
  const run = (given: SeedStep, command = runCommand) => {
    signal.throwIfAborted();
    return runStep(command, given, settings);
  };
  const staff = ['directory', 'import', files.staff, '--departments', files.departments];
  for (const step of [
    ['clients', 'import', files.clients],
    ['accounts', 'import', files.accounts],
    ...(hasStaff ? [staff] : []),
  ]) {
    const ran = await run({ step });
    if (ran.code !== 0) return { ok: false, step: step.join(' '), output: ran.output };
  }
  const appointed = await appointOfficers({ ...plan, roles }, (given) => run(given));
  if (!appointed.ok) return appointed;
  for (const [file, command, isThere] of [
    [files.peers, leadPeers, peers.length > 0],
    [files.recognition, admitPlatforms, recognition !== undefined],
  ] as const) {
    const led = isThere ? await run({ step: [file] }, command) : undefined;
    if (led && led.code !== 0) return { ok: false, step: file, output: led.output };
  }
  return { ok: true };
}

async function writeSeedFiles(plan: CityPlan, node: NodeSeed) {
  const file = (name: string) =>
    join(plan.settings.folder.seedFolder, node.key === 'city' ? name : `${node.key}-${name}`);
  const files = {
    clients: file('clients.json'),
    accounts: file('accounts.json'),
    staff: file('staff.csv'),
    departments: file('departments.csv'),
    peers: file('peers.json'),
    recognition: file('recognition.json'),
  };
  const clients = JSON.stringify(node.clients, null, 2);
  const accounts = JSON.stringify(describeAccounts(plan, node.accounts), null, 2);
  const { staff, departments } = node.hasStaff ? describeStaff() : { staff: '', departments: '' };
  const { officers } = node;
  const peers = JSON.stringify({ officers, peers: node.peers }, null, 2);
  const recognition = JSON.stringify({ officers, platforms: node.recognition ?? [] }, null, 2);
  const contents = { clients, accounts, staff, departments, peers, recognition };
  const digest = createHash('sha256');
  for (const [name, content] of Object.entries(contents)) {
    await writeWhole(files[name as keyof typeof contents], content);
    digest.update(content);
  }
  return { ...files, digest: digest.digest('hex') };
}

/** In the column names of `accounts import`. */
function describeAccounts({ secrets }: CityPlan, accounts: readonly DemoAccount[]): object[] {
  return accounts.map((account) => ({
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
export async function runStep(
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
