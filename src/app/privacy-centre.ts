// The privacy centre with what it needs of every other domain.
import type { AccountCentre } from '../account/account-centre.ts';
import { AccountClosings } from '../accounts/account-closing-store.ts';
import type { AccountHoldings } from '../accounts/operate-account.ts';
import { AgreementStore } from '../agreements/agreement-store.ts';
import { WardStore } from '../guardianship/ward-store.ts';
import { QualificationStore } from '../intermediaries/qualification-store.ts';
import type { Config } from '../platform/config.ts';
import { dataRequestDecisions } from '../privacy/data-request.ts';
import { openPrivacy } from '../privacy/open-privacy.ts';
import type { Verification } from '../verification/open-verification.ts';
import { closingGuards } from './closing-guards.ts';
import type { Domains } from './domains.ts';
import { accountEraser } from './erase-account.ts';
import { retentionDays, retentionTable } from './retention-table.ts';

export function openPrivacyCentre(
  domains: Domains,
  { centre, verification }: { centre: AccountCentre; verification: Verification },
  config: Config,
) {
  const { ending, revocation } = domains;
  const holdings: Pick<AccountHoldings, 'end' | 'erase'> = {
    async end(accountId, reason) {
      await ending.endAllOfAccount(accountId, { reason, actor: 'system' });
      await revocation.revokeOfAccount(accountId, reason);
    },
    erase: accountEraser(domains),
  };
  const { evidence } = verification;
  const closings = new AccountClosings(domains);
  const acceptances = new AgreementStore(domains);
  const { desk } = domains.review;
  desk.handle('data_request', dataRequestDecisions);
  const guards = closingGuards({ ...domains, desk });
  const wards = new WardStore(domains);
  const qualifications = new QualificationStore(domains);
  const { stock } = domains.oldAccounts;
  const { budgets } = domains.credentials;
  const own = {
    guards,
    closings,
    acceptances,
    evidence,
    wards,
    holdings,
    desk,
    budgets,
    qualifications,
    stock,
  };
  const retention = { rules: retentionTable, days: retentionDays(config) };
  return openPrivacy({ ...domains, ...centre, ...own }, { ...config, retention });
}
