// What an account has open or stored in other domains, for commands: the notices of what ends here are
// delivered by the processes that run.
import type { AccountHoldings } from '../accounts/operate-account.ts';
import { openProtocolStores } from '../oidc/protocol-stores.ts';
import { createLogger } from '../platform/logger.ts';
import { LogoutOutboxStore } from '../sessions/logout-outbox-store.ts';
import { SessionEnding } from '../sessions/session-ending.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { accountEraser } from './erase-account.ts';
import type { EraseDependencies } from './erase-account.ts';
import { commandAccounts } from './standing.ts';

export function commandHoldings(
  stores: Omit<EraseDependencies, 'revocation' | 'onStandingLost'>,
  actor: 'operator' | 'system',
): AccountHoldings {
  const outbox = new LogoutOutboxStore(stores);
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
      await ending.endAllOfAccount(accountId, { reason, actor });
      await revocation.revokeOfAccount(accountId, reason);
    },
    limitEvidence: (...of) => new EvidenceStore(stores).revokeAbove(...of),
    erase: accountEraser({ ...stores, ...commandAccounts(stores), revocation }),
  };
}
