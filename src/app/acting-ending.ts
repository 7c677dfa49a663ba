// What ends the authorizations that stand on mandates, made of stores only: for the processes that run
// and for commands alike.
import type { AuditLog } from '../audit/audit-log.ts';
import { ActingEnding } from '../oidc/identity/end-acting.ts';
import { ActingGrantStore } from '../oidc/storage/acting-grant-store.ts';
import { ArtefactStore } from '../oidc/storage/artefact-store.ts';
import { GrantStore } from '../oidc/storage/grant-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { LogoutOutboxStore } from '../sessions/logout-outbox-store.ts';
import { SessionStore } from '../sessions/session-store.ts';

interface ActingStores {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
}

export function openActingEnding(stores: ActingStores): ActingEnding {
  return new ActingEnding({
    ...stores,
    acting: new ActingGrantStore(stores),
    artefacts: new ArtefactStore(stores),
    grants: new GrantStore(stores),
    sessions: new SessionStore(stores),
    outbox: new LogoutOutboxStore(stores),
  });
}
