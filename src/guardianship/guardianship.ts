// What the use cases and pages of guardianship work with.
import type { AccountStore } from '../accounts/account-store.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { AgreementName } from '../agreements/agreement-book.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { GuardianNotices } from '../notification/guardian-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { SourceConfig } from '../platform/verification-config.ts';
import type { EvidenceStore } from '../verification/evidence-store.ts';
import type { VerificationProvider } from '../verification/provider.ts';
import type { TriesDependencies } from '../verification/verification-tries.ts';
import type { ChildApplicationStore } from './child-application-store.ts';
import type { ChildReview } from './child-review.ts';
import type { HouseholdRegister } from './household-register.ts';
import type { WardStore } from './ward-store.ts';

export const CHILD_AGREEMENT: AgreementName = 'child-information';

export interface Guardianship extends TriesDependencies {
  wards: WardStore;
  applications: ChildApplicationStore;
  accounts: Pick<
    AccountStore,
    'findById' | 'enterIdentity' | 'holdStanding' | 'rest' | 'resume' | 'close' | 'transaction'
  >;
  agreements: Pick<Agreements, 'current' | 'find' | 'acceptWithin'>;
  evidence: EvidenceStore;
  notices: Pick<GuardianNotices, 'guardianshipChanged'>;
  ending: {
    endAllOfAccount(
      accountId: string,
      options: { reason: 'account_unavailable'; actor: string },
    ): Promise<unknown>;
  };
  audit: AuditLog;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Undefined where the register cannot say who a child's guardian is. */
  households:
    | { population: VerificationProvider; config: SourceConfig; household: HouseholdRegister }
    | undefined;
  /** Undefined where staff look at no papers. */
  review: ChildReview | undefined;
}
