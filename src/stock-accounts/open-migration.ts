// Puts the pages of taking over an old account together.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { keepingFiles } from '../evidence-files/keeping-files.ts';
import type { Config } from '../platform/config.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { Route } from '../platform/http/route.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { Verification } from '../verification/open-verification.ts';
import { verificationPaths } from '../verification/verification-access.ts';
import type { BindStockAccountDependencies } from './bind-stock-account.ts';
import { confirmRoutes } from './confirm.routes.ts';
import type { MigrationPagesDependencies } from './migration-pages.ts';
import { OldCosts } from './old-costs.ts';
import { oldPasswordRoutes } from './old-password.routes.ts';
import type { OldAccounts } from './open-stock-accounts.ts';
import { StockMigrationStore } from './stock-migration-store.ts';
import { StockReview } from './stock-review.ts';
import type { StockReviewDependencies } from './stock-review.ts';
import { stockReviewRoutes } from './stock-review.routes.ts';

export interface OpenMigrationDependencies {
  oldAccounts: OldAccounts;
  credentials: Credentials;
  cookies: CookieNames;
  isSecure: boolean;
  visitors: AccountDependencies;
  verification: Verification;
  notices: BindStockAccountDependencies['notices'];
  accounts: StockReviewDependencies['accounts'];
  database: StockReviewDependencies['database'];
  review: { desk: ReviewDesk };
  evidenceFiles: EvidenceFiles;
  merging: { reviewed: StockReviewDependencies['reviewedMerges'] };
  config: Pick<Config, 'verification'>;
}

export function openMigration(deps: OpenMigrationDependencies): { routes: Route[] } {
  const { oldAccounts, credentials, verification } = deps;
  const { stock, sources, foreignHasher } = oldAccounts;
  const { proofs } = credentials;
  const migrations = new StockMigrationStore(credentials);
  const costs = new OldCosts({ ...credentials, stock });
  const review = openStockReview(deps);
  const pages: MigrationPagesDependencies = {
    ...deps,
    review,
    verificationPath: deps.config.verification && verificationPaths.overview,
    sources,
    stock,
    migrations,
    proofs,
    proving: { ...credentials, stock, costs, foreignHasher },
    binding: { ...credentials, ...verification, notices: deps.notices, stock, migrations },
  };
  const routes = [
    ...oldPasswordRoutes(pages),
    ...confirmRoutes(pages),
    ...stockReviewRoutes(pages),
  ];
  return { routes };
}

/** Its decisions are carried out wherever the work of reviews runs. */
function openStockReview(deps: OpenMigrationDependencies): StockReview | undefined {
  const { oldAccounts, verification, evidenceFiles: files, merging } = deps;
  const config = deps.config.verification?.sources.review;
  if (!config || oldAccounts.sources.length === 0) return undefined;
  const { desk } = deps.review;
  const { accounts, notices, database } = deps;
  const own = { accounts, notices, database, desk, files, reviewedMerges: merging.reviewed };
  const review = new StockReview({ ...verification, ...oldAccounts, ...own }, config);
  desk.handle('stock_account', keepingFiles(files, review.handler));
  return review;
}
