// `hutong accounts …`, with all that an account has open or stored in other domains.
import { runAccountsCommand } from '../accounts/accounts.commands.ts';
import { commandHoldings } from '../app/command-holdings.ts';
import { commandAccounts } from '../app/standing.ts';
import { importedCredentials } from '../credentials/imported-credentials.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { TotpStore } from '../credentials/totp-store.ts';
import type { Invocation } from './invocation.ts';

export async function runAccounts(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const passwords = new PasswordStore(invocation);
  const totp = new TotpStore(invocation);
  const hasher = await PasswordHasher.open(invocation.config.limits.hashing);
  return runAccountsCommand(args, {
    ...invocation,
    accounts: commandAccounts(invocation).accounts,
    credentials: importedCredentials({ ...invocation, passwords, totp, hasher }),
    holdings: commandHoldings(invocation, 'operator'),
  });
}
