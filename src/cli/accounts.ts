// `hutong accounts …`, with all that an account has open or stored in other domains.
import { AccountStore } from '../accounts/account-store.ts';
import { runAccountsCommand } from '../accounts/accounts.commands.ts';
import type { AccountHoldings } from '../accounts/operate-account.ts';
import { accountEraser } from '../app/erase-account.ts';
import { importedCredentials } from '../credentials/imported-credentials.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { TotpStore } from '../credentials/totp-store.ts';
import { openProtocolStores } from '../oidc/protocol-stores.ts';
import { createLogger } from '../platform/logger.ts';
import { SessionEnding } from '../sessions/session-ending.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import type { Invocation, Stores } from './invocation.ts';

export async function runAccounts(
  args: readonly string[],
  invocation: Invocation,
): Promise<number> {
  const passwords = new PasswordStore(invocation);
  const totp = new TotpStore(invocation);
  const hasher = await PasswordHasher.open(invocation.config.limits.hashing);
  return runAccountsCommand(args, {
    ...invocation,
    accounts: new AccountStore(invocation),
    credentials: importedCredentials({ ...invocation, passwords, totp, hasher }),
    holdings: accountHoldings(invocation),
  });
}

/** The notices of what ends here are delivered by the processes that run. */
function accountHoldings(stores: Stores): AccountHoldings {
  const { outbox } = stores;
  // Neither comes up here.
  const onRefreshReused = () => Promise.resolve();
  const onDeviceApproved = () => Promise.resolve(() => undefined);
  const { revocation } = openProtocolStores({ ...stores, onRefreshReused, onDeviceApproved });
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
    limitEvidence: (...of) => new EvidenceStore(stores).revokeAbove(...of),
    erase: accountEraser({ ...stores, revocation }),
  };
}
