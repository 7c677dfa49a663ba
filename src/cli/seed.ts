// `hutong seed …` on the stores of this database.
import { SeedStore } from '../accounts/seed-store.ts';
import { runSeedCommand } from '../accounts/seed.commands.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import type { Invocation } from './invocation.ts';

export async function runSeed(args: readonly string[], invocation: Invocation): Promise<number> {
  const { config } = invocation;
  const hasher = await PasswordHasher.open(config.limits.hashing);
  return runSeedCommand(args, {
    ...invocation,
    mode: config.mode,
    seeds: new SeedStore(invocation),
    passwords: new PasswordStore(invocation),
    hashPassword: (password) => hasher.hashUnqueued(password),
  });
}
