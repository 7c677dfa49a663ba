// Everything that other domains keep of an account, removed in one transaction: by the operator's
// `accounts delete`, and when an account that was closed is erased. A new store with personal
// data is added here.
import { AccountViewStore } from '../account-events/account-view-store.ts';
import type { OnAccountChanged } from '../accounts/account-change.ts';
import type { OnStandingLost } from '../accounts/account-writer-store.ts';
import { AgreementStore } from '../agreements/agreement-store.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ConsentStore } from '../consent/consent-store.ts';
import { DeviceStore } from '../credentials/device-store.ts';
import { PasskeyStore } from '../credentials/passkey-store.ts';
import { PasswordStore } from '../credentials/password-store.ts';
import { RecoveryCodeStore } from '../credentials/recovery-code-store.ts';
import { TotpStore } from '../credentials/totp-store.ts';
import { StaffStore } from '../directory/staff-store.ts';
import { eraseChallenges } from '../entity-proofs/challenge-store.ts';
import { eraseLicenceRequests } from '../entity-proofs/licence-request-store.ts';
import { eraseBankTransfers } from '../entity-proofs/transfer-store.ts';
import { EvidenceFileStore } from '../evidence-files/evidence-file-store.ts';
import { LinkStore } from '../federation/link-store.ts';
import { IdentityCopyStore } from '../federation/identity-copy-store.ts';
import { UpstreamSignInStore } from '../federation/upstream-sign-in-store.ts';
import { ChildApplicationStore } from '../guardianship/child-application-store.ts';
import { WardStore } from '../guardianship/ward-store.ts';
import { QualificationStore } from '../intermediaries/qualification-store.ts';
import { EntityApplicationStore } from '../legal-entities/entity-application-store.ts';
import { EntityRecordStore } from '../legal-entities/entity-record-store.ts';
import { MandateImportStore } from '../mandate-import/mandate-import-store.ts';
import { EntitySignInStore } from '../entity-sign-in/entity-sign-in-store.ts';
import { InvitationStore } from '../mandates/invitation-store.ts';
import { MandateStore } from '../mandates/mandate-store.ts';
import { HandlerRequestStore } from '../mandates/requests/handler-request-store.ts';
import { IdentitySuggestionStore } from '../oidc/identity/identity-suggestion-store.ts';
import type { GrantRevocation } from '../oidc/storage/grant-revocation.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { ClientSession, Database } from '../platform/mongo.ts';
import type { Random } from '../platform/random.ts';
import { LinkTokenStore } from '../recovery/link-token-store.ts';
import { AccountMergeStore } from '../merge/account-merge-store.ts';
import { PendingRecoveryStore } from '../recovery/pending-recovery-store.ts';
import { ReviewCaseStore } from '../review/review-case-store.ts';
import { eraseSessions } from '../sessions/session-erasure-store.ts';
import { StockAccountStore } from '../stock-accounts/stock-account-store.ts';
import { EvidenceStore } from '../verification/evidence-store.ts';
import { FaceRequestStore, NetworkRequestStore } from '../verification/face-request-store.ts';
import { IdentityCaseStore } from '../verification/identity-case-store.ts';
import { ReviewDraftStore } from '../verification/review-draft-store.ts';
import { SourceAnswerStore } from '../verification/source-answer-store.ts';

export interface EraseDependencies {
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  audit: AuditLog;
  onStandingLost: OnStandingLost;
  onAccountChanged: OnAccountChanged;
  revocation: Pick<GrantRevocation, 'eraseOfAccount'>;
}

type Erase = (accountId: string, session: ClientSession) => Promise<unknown>;

export function accountEraser(
  deps: EraseDependencies,
): (accountId: string, session: ClientSession) => Promise<void> {
  const devices = new DeviceStore(deps);
  const erasing = [
    new AgreementStore(deps),
    new ConsentStore(deps),
    new AccountViewStore(deps),
    new PasswordStore(deps),
    new TotpStore(deps),
    new PasskeyStore(deps),
    new RecoveryCodeStore(deps),
    new EvidenceStore(deps),
    new EvidenceFileStore(deps),
    new FaceRequestStore(deps),
    new NetworkRequestStore(deps),
    new ReviewDraftStore(deps),
    new SourceAnswerStore(deps),
    new IdentityCaseStore(deps),
    new AccountMergeStore(deps),
    new LinkTokenStore(deps),
    new PendingRecoveryStore(deps),
    new EntityApplicationStore(deps),
    new EntityRecordStore(deps),
    new EntitySignInStore(deps),
    new LinkStore(deps),
    new UpstreamSignInStore(deps),
    new IdentityCopyStore(deps),
    new IdentitySuggestionStore(deps),
    new InvitationStore(deps),
    new MandateImportStore(deps),
    new MandateStore(deps),
    new HandlerRequestStore(deps),
    new QualificationStore(deps),
    new ReviewCaseStore(deps),
    new StockAccountStore(deps),
    new StaffStore(deps),
    new WardStore(deps),
    new ChildApplicationStore(deps),
  ];
  const all: Erase[] = [
    ...erasing.map(
      (store): Erase =>
        (...of) =>
          store.erase(...of),
    ),
    (...of) => devices.forgetAll(...of),
    (...of) => deps.revocation.eraseOfAccount(...of),
    (...of) => eraseChallenges(deps.database, ...of),
    (...of) => eraseLicenceRequests(deps.database, ...of),
    (...of) => eraseBankTransfers(deps.database, ...of),
    (...of) => eraseSessions(deps.database, ...of),
  ];
  return async (accountId, session) => {
    // Before what it held is gone, so that it has its records.
    await deps.onStandingLost({ accountId, cause: 'closed', level: 0 }, session);
    await deps.onAccountChanged([{ accountId, type: 'closed' }], session);
    // One after the other: a transaction takes one command at a time.
    for (const erase of all) await erase(accountId, session);
  };
}
