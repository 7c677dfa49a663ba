// Who is told of changes of accounts, made of stores only: for the processes that run and for commands alike.
import { AccountEventOutbox } from '../account-events/account-event-outbox-store.ts';
import { AccountViewStore } from '../account-events/account-view-store.ts';
import { announceAccountChanges } from '../account-events/announce-account-change.ts';
import type { OnAccountChanged } from '../accounts/account-change.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ClientStore } from '../clients/client-store.ts';
import { ConsentStore } from '../consent/consent-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';

interface AnnouncementStores {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
}

export function accountAnnouncements(stores: AnnouncementStores): OnAccountChanged {
  return announceAccountChanges({
    ...stores,
    clientStore: new ClientStore(stores),
    consents: new ConsentStore(stores),
    views: new AccountViewStore(stores),
    outbox: new AccountEventOutbox(stores),
  });
}
