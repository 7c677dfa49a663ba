// How sessions and grants end, made of stores only: for commands, and for what ends them in the transaction
// of another change. The notices of what ends here are delivered by the processes that run.
import type { AuditLog } from '../audit/audit-log.ts';
import { openProtocolStores } from '../oidc/protocol-stores.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { createLogger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { LogoutOutboxStore } from '../sessions/logout-outbox-store.ts';
import { SessionEnding } from '../sessions/session-ending.ts';
import { SessionStore } from '../sessions/session-store.ts';

export interface EndingStores {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
}

export function openSessionEnding(stores: EndingStores) {
  const outbox = new LogoutOutboxStore(stores);
  // Neither comes up here.
  const onRefreshReused = () => Promise.resolve();
  const onDeviceApproved = () => Promise.resolve(() => undefined);
  const { revocation } = openProtocolStores({ ...stores, onRefreshReused, onDeviceApproved });
  const ending = new SessionEnding({
    ...stores,
    logger: createLogger({ level: 'silent', service: 'hutong' }),
    sessions: new SessionStore(stores),
    grants: revocation,
    outbox: { enqueue: (...args) => outbox.enqueue(...args), wake: () => undefined },
  });
  return { revocation, ending };
}
