// `hutong roles …` on the accounts of this database.
import { AccountRoles } from '../accounts/account-role-store.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { runRolesCommand } from '../accounts/roles.commands.ts';
import type { Invocation } from './invocation.ts';

export function runRoles(args: readonly string[], invocation: Invocation): Promise<number> {
  const accounts = new AccountStore(invocation);
  return runRolesCommand(args, { ...invocation, accounts, roles: new AccountRoles(invocation) });
}
