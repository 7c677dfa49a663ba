// `hutong accounts …`, with all that an account has open or stored in other domains.
import { AgreementStore } from '../agreements/agreement-store.ts';
import { AccountStore } from '../accounts/account-store.ts';
import { runAccountsCommand } from '../accounts/accounts.commands.ts';
import type { AccountHoldings } from '../accounts/operate-account.ts';
import { ConsentStore } from '../consent/consent-store.ts';
import { DeviceStore } from '../credentials/device-store.ts';
import { importedCredentials } from '../credentials/imported-credentials.ts';
import { PasswordHasher } from '../credentials/password-hash.ts';
import { PasskeyStore } from '../credentials/passkey-store.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { RecoveryCodeStore } from '../credentials/recovery-code-store.ts';
import { TotpStore } from '../credentials/totp-store.ts';
import { openProtocolStores } from '../oidc/protocol-stores.ts';
import { createLogger } from '../platform/logger.ts';
import { SessionEnding } from '../sessions/session-ending.ts';
import { eraseSessions } from '../sessions/session-erasure-store.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { FaceRequestStore } from '../verification/face-request-store.ts';
import { IdentityCaseStore } from '../verification/identity-case-store.ts';
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
  const verification = [
    new EvidenceStore(stores),
    new FaceRequestStore(stores),
    new IdentityCaseStore(stores),
  ];
  const agreements = new AgreementStore(stores);
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
    async erase(accountId, session) {
      await passwords.erase(accountId, session);
      await totp.erase(accountId, session);
      await new PasskeyStore(stores).erase(accountId, session);
      await new RecoveryCodeStore(stores).erase(accountId, session);
      await devices.forgetAll(accountId, session);
      await consents.eraseOfAccount(accountId, session);
      for (const store of verification) await store.erase(accountId, session);
      await agreements.eraseOfAccount(accountId, session);
      await revocation.eraseOfAccount(accountId, session);
      await eraseSessions(database, accountId, session);
    },
  };
}
