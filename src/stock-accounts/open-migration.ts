// Puts the pages of taking over an old account together.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Config } from '../platform/config.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { Route } from '../platform/http/route.ts';
import type { Verification } from '../verification/open-verification.ts';
import { verificationPaths } from '../verification/verification-access.ts';
import type { BindStockAccountDependencies } from './bind-stock-account.ts';
import { confirmRoutes } from './confirm.routes.ts';
import type { MigrationPagesDependencies } from './migration-pages.ts';
import { OldCosts } from './old-costs.ts';
import { oldPasswordRoutes } from './old-password.routes.ts';
import type { OldAccounts } from './open-stock-accounts.ts';
import { StockMigrationStore } from './stock-migration-store.ts';

export interface OpenMigrationDependencies {
  oldAccounts: OldAccounts;
  credentials: Credentials;
  cookies: CookieNames;
  isSecure: boolean;
  visitors: AccountDependencies;
  verification: Verification;
  notices: BindStockAccountDependencies['notices'];
  config: Pick<Config, 'verification'>;
}

export function openMigration(deps: OpenMigrationDependencies): { routes: Route[] } {
  const { oldAccounts, credentials, verification } = deps;
  const { stock, sources, foreignHasher } = oldAccounts;
  const { proofs } = credentials;
  const migrations = new StockMigrationStore(credentials);
  const costs = new OldCosts({ ...credentials, stock });
  const pages: MigrationPagesDependencies = {
    ...deps,
    verificationPath: deps.config.verification && verificationPaths.overview,
    sources,
    stock,
    migrations,
    proofs,
    proving: { ...credentials, stock, costs, foreignHasher },
    binding: { ...credentials, ...verification, notices: deps.notices, stock, migrations },
  };
  return { routes: [...oldPasswordRoutes(pages), ...confirmRoutes(pages)] };
}
