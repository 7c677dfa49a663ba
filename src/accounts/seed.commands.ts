// `hutong seed --accounts N --csv FILE [--password TEXT]`: invented accounts for measurements, and
// the file of their logins that a load generator reads.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import { seedAccounts } from './seed-accounts.ts';
import type { SeedDependencies } from './seed-accounts.ts';
import { MAX_SEED_SERIAL } from './seeded-account.ts';
import type { SeededPerson } from './seeded-account.ts';

export interface SeedCommandDependencies extends SeedDependencies {
  hashPassword(password: string): Promise<string>;
  terminal: Terminal;
}

const PREFIX = 'accounts-command';
const PROGRESS_EVERY = 100_000;
const MIN_PASSWORD_LENGTH = 8;

const optionsSchema = z.object({
  accounts: z.coerce.number().int().min(1).max(MAX_SEED_SERIAL),
  csv: z.string().min(1),
  password: z
    .string()
    .min(MIN_PASSWORD_LENGTH)
    .max(128)
    .regex(/^[^\s",]+$/u)
    .optional(),
});

/** @returns the exit code: 0 done, 1 refused, 2 not understood or no such file */
export async function runSeedCommand(
  args: readonly string[],
  deps: SeedCommandDependencies,
): Promise<number> {
  const { print, complain, t } = deps.terminal;
  const options = readOptions(args);
  if (!options) {
    complain(t(`${PREFIX}.seed.usage`));
    return exitCode.usage;
  }
  if (deps.mode === 'production') {
    complain(t(`${PREFIX}.seed.cannot.seed_in_production`));
    return exitCode.refused;
  }
  if (!(await isWritable(options.csv))) {
    complain(t(`${PREFIX}.seed.file`, { file: options.csv }));
    return exitCode.usage;
  }
  const password = options.password ?? deps.random.id();
  const file = createWriteStream(options.csv, { mode: 0o600 });
  file.write('login,password,phone,certificate_number\n');
  let done = 0;
  const outcome = await seedAccounts(deps, {
    accounts: options.accounts,
    passwordHash: await deps.hashPassword(password),
    onBatch: async (people) => {
      if (!file.write(people.map((person) => csvLine(person, password)).join(''))) {
        await once(file, 'drain');
      }
      const before = done;
      done += people.length;
      if (Math.floor(done / PROGRESS_EVERY) > Math.floor(before / PROGRESS_EVERY)) {
        complain(t(`${PREFIX}.seed.progress`, { done, count: options.accounts }));
      }
    },
  });
  file.end();
  await finished(file);
  if (!outcome.ok) {
    complain(t(`${PREFIX}.seed.cannot.${outcome.reason}`));
    return exitCode.refused;
  }
  print(t(`${PREFIX}.seed.done`, { count: done, file: options.csv }));
  return exitCode.done;
}

function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        accounts: { type: 'string' },
        csv: { type: 'string' },
        password: { type: 'string' },
      },
    });
    return optionsSchema.safeParse(values).data;
  } catch {
    return undefined;
  }
}

/** Asked before anything is invented. */
async function isWritable(file: string): Promise<boolean> {
  try {
    await (await open(file, 'a', 0o600)).close();
    return true;
  } catch {
    return false;
  }
}

function csvLine(person: SeededPerson, password: string): string {
  return `${person.login},${password},${person.phone},${person.certificateNumber}\n`;
}
