// `hutong audit …` on the stores of this database.
import { AccountStore } from '../accounts/account-store.ts';
import { findOperated } from '../accounts/operate-account.ts';
import { runAuditCommand } from '../audit/audit.commands.ts';
import { SealStore } from '../audit/seal-store.ts';
import type { Invocation } from './invocation.ts';

export async function runAudit(args: readonly string[], invocation: Invocation): Promise<number> {
  const accounts = new AccountStore(invocation);
  return runAuditCommand(args, {
    ...invocation,
    seals: new SealStore(invocation.database),
    ...invocation.config.audit,
    async findAccountId(typed) {
      const found = await findOperated(accounts, typed);
      if (found.ok) return found.account.id;
      // Records outlive their account.
      return (await invocation.audit.knowsAccount(typed)) ? typed : undefined;
    },
  });
}
