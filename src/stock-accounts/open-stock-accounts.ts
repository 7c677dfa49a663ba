// Puts the parts of this domain together: imported accounts and the work on their passwords.
import type { AuditLog } from '../audit/audit-log.ts';
import type { PasswordHasher } from '../credentials/password-hash.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import { ForeignHasher } from './foreign-hasher.ts';
import { migrationPaths } from './migration-pages.ts';
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
  { stockSources: sources, limits }: Pick<Config, 'stockSources' | 'limits'>,
) {
  const stock = new StockAccountStore(deps);
  const { hasher } = deps.credentials;
  const foreignHasher = new ForeignHasher(limits.hashing);
  const work = oldPasswordWork({ ...deps, stock, sources, hasher });
  return {
    stock,
    sources,
    /** Undefined where no old system is configured. */
    migratePath: sources.length > 0 ? migrationPaths.start : undefined,
    foreignHasher,
    work: {
      start: () => work.start(),
      async stop() {
        await work.stop();
        await foreignHasher.stop();
      },
    },
  };
}

export type OldAccounts = ReturnType<typeof openStockAccounts>;
