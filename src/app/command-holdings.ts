// What an account has open or stored in other domains, for commands: the notices of what ends here are
// delivered by the processes that run.
import type { AccountHoldings } from '../accounts/operate-account.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { openSessionEnding } from './session-ending.ts';
import { accountEraser } from './erase-account.ts';
import type { EraseDependencies } from './erase-account.ts';
import { commandAccounts } from './standing.ts';

export function commandHoldings(
  stores: Omit<EraseDependencies, 'revocation' | 'onStandingLost' | 'onAccountChanged'>,
  actor: 'operator' | 'system',
): AccountHoldings {
  const { revocation, ending } = openSessionEnding(stores);
  return {
    async end(accountId, reason) {
      await ending.endAllOfAccount(accountId, { reason, actor });
      await revocation.revokeOfAccount(accountId, reason);
    },
    limitEvidence: (...of) => new EvidenceStore(stores).revokeAbove(...of),
    erase: accountEraser({ ...stores, ...commandAccounts(stores), revocation }),
  };
}
