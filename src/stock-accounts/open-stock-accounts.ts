// Puts the parts of this domain together: imported accounts and the work on their passwords.
import type { AuditLog } from '../audit/audit-log.ts';
import type { PasswordHasher } from '../credentials/password-hash.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { StockSource } from '../platform/stock-sources-config.ts';
import { oldPasswordWork } from './old-password-work.ts';
import { StockAccountStore } from './stock-account-store.ts';

export interface OpenStockAccountsDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  audit: AuditLog;
  logger: Logger;
  credentials: { hasher: PasswordHasher };
}

/** `work` runs also where no source is configured any more: what was imported is still wrapped. */
export function openStockAccounts(
  deps: OpenStockAccountsDependencies,
  sources: readonly StockSource[],
) {
  const stock = new StockAccountStore(deps);
  const { hasher } = deps.credentials;
  return { stock, work: oldPasswordWork({ ...deps, stock, sources, hasher }) };
}
