// What the pages of a recovery need from the domains.
import type { Account, AccountKind, Attributes } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ContactCodeDependencies } from '../credentials/contact-code.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { ArtefactStore } from '../oidc/storage/artefact-store.ts';
import type { Clock } from '../platform/clock.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { Database } from '../platform/mongo.ts';
import type { ProvinceResidents } from '../registration-mode/province-residents.ts';
import type { SessionEnding } from '../sessions/session-ending.ts';
import type { Verification } from '../verification/open-verification.ts';
import type { LinkTokenStore } from './link-token-store.ts';
import type { PendingRecoveryStore } from './pending-recovery-store.ts';
import type { RecoveryReview } from './recovery-review.ts';
import type { RecoveryStore } from './recovery-store.ts';

export interface RecoveryDependencies {
  recoveries: RecoveryStore;
  pending: PendingRecoveryStore;
  linkTokens: LinkTokenStore;
  codes: ContactCodeDependencies;
  credentials: Credentials;
  accounts: Pick<AccountStore, 'recover' | 'freeze'> & {
    findById(id: string): Promise<Account | undefined>;
    findByLogin(
      text: string,
      options: { kind?: AccountKind | undefined },
    ): Promise<Account | undefined>;
    findByIdentity(kind: AccountKind, attributes: Attributes): Promise<Account | undefined>;
  };
  /** For the comparison of faces; `face` is undefined where the city does not offer it. */
  verification: Pick<
    Verification,
    'face' | 'faceRequests' | 'budgets' | 'limits' | 'tries' | 'random'
  >;
  /** Undefined where staff look at nothing that is sent online. */
  review: RecoveryReview | undefined;
  ending: Pick<SessionEnding, 'endAllOfAccount'>;
  residents: Pick<ProvinceResidents, 'keptOf'>;
  notices: SecurityNotices;
  database: Pick<Database, 'transaction'>;
  audit: AuditLog;
  clock: Clock;
  /** The sign-ins that recoveries begin from. */
  artefacts: Pick<ArtefactStore, 'find'>;
  cookies: CookieNames;
  isSecure: boolean;
  issuer: string;
}
