// What stands upon accounts in other domains and falls with them, in the transaction of the change.
import { AccountStore } from '../accounts/account-store.ts';
import type { OnStandingLost } from '../accounts/account-writer-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { InvitationStore } from '../legal-entities/invitation-store.ts';
import { mandateLapse } from '../legal-entities/lapse-mandates.ts';
import type { LapseMandatesDependencies } from '../legal-entities/lapse-mandates.ts';
import { MandateStore } from '../legal-entities/mandate-store.ts';
import { AccountNotices } from '../notification/account-notices.ts';
import { MessageStore } from '../notification/message-store.ts';
import { SecurityNotices } from '../notification/security-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { localesFolder } from '../platform/http/http-app.ts';
import { loadWords } from '../platform/http/locale.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

interface StandingStores {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
}

/** `told` is asked for only when it is needed: it is made of the accounts that this is given to. */
export function standingUpon(
  stores: StandingStores,
  told: () => Pick<LapseMandatesDependencies, 'accounts' | 'notices'>,
): OnStandingLost {
  const mandates = new MandateStore(stores);
  const invitations = new InvitationStore(stores);
  const { audit } = stores;
  return mandateLapse(() => ({ mandates, invitations, audit, ...told() }));
}

/** For commands: the notices wait for the processes that run. */
export function commandAccounts(stores: StandingStores): {
  accounts: AccountStore;
  onStandingLost: OnStandingLost;
} {
  const onStandingLost = standingUpon(stores, () => ({ accounts, notices }));
  const accounts = new AccountStore({ ...stores, onStandingLost });
  const own = new AccountNotices({
    ...stores,
    accounts,
    messages: new MessageStore(stores),
    wake: () => undefined,
    notMeLink: () => Promise.reject(new Error('no notice of these has one')),
  });
  const words = loadWords(localesFolder);
  const notices = new SecurityNotices({ notices: own, words, clock: stores.clock });
  return { accounts, onStandingLost };
}
