// Every place where a domain keeps sealed values: what a rotation of the encryption key seals anew.
// test/security/data-key-rotation.test.ts looks for places that are missing here.
import { sealedAccountSessions } from '../account/account-session-store.ts';
import { sealedInAccounts } from '../accounts/account-document.ts';
import { sealedClientSecrets } from '../clients/client-store.ts';
import { sealedPasskeys } from '../credentials/passkey-store.ts';
import { sealedPasswords } from '../credentials/password-store.ts';
import { sealedTotpSecrets } from '../credentials/totp-store.ts';
import { sealedStaff } from '../directory/staff-document.ts';
import { sealedChallenges } from '../entity-proofs/challenge-store.ts';
import { sealedLicenceRequests } from '../entity-proofs/licence-request-store.ts';
import { sealedBankTransfers } from '../entity-proofs/transfer-store.ts';
import { sealedEntitySignIns } from '../entity-sign-in/entity-sign-in-store.ts';
import { sealedEvidenceFiles } from '../evidence-files/evidence-file-store.ts';
import { sealedArrivals } from '../federation/arrival-store.ts';
import { sealedIdentityCopies } from '../federation/identity-copy-store.ts';
import { sealedLinks } from '../federation/link-store.ts';
import { sealedUpstreamSignIns } from '../federation/upstream-sign-in-store.ts';
import { sealedChildApplications } from '../guardianship/child-application-store.ts';
import { sealedWards } from '../guardianship/ward-store.ts';
import { sealedSigningKeys } from '../keys/signing-key-document-store.ts';
import { sealedEntityApplications } from '../legal-entities/entity-application-store.ts';
import { sealedEntityRecords } from '../legal-entities/entity-record-document.ts';
import { ACCOUNT_EVENT_OUTBOX } from '../account-events/account-event-outbox-store.ts';
import { MANDATE_EVENT_OUTBOX } from '../mandate-events/mandate-event-outbox-store.ts';
import { sealedImportRows } from '../mandate-import/mandate-import-store.ts';
import { sealedInvitations } from '../mandates/invitation-store.ts';
import { sealedHandlerRequests } from '../mandates/requests/handler-request-store.ts';
import { MESSAGE_OUTBOX } from '../notification/message-store.ts';
import { sealedHubState } from '../mutual-recognition/hub/hub-state-store.ts';
import { sealedRecognitionKeys } from '../mutual-recognition/key-holder/recognition-key-store.ts';
import { sealedArtefacts } from '../oidc/storage/artefact-store.ts';
import { sealedGrants } from '../oidc/storage/grant-document.ts';
import { sealedParkedRequests } from '../oidc/storage/parked-request-store.ts';
import { sealedInOutbox } from '../platform/outbox-document.ts';
import { sealedPeerSecrets } from '../peers/peer-store.ts';
import type { SealedPlace } from '../platform/sealed-place.ts';
import { sealedPendingRecoveries } from '../recovery/pending-recovery-store.ts';
import { sealedRecoveries } from '../recovery/recovery-store.ts';
import { sealedClosedAccounts } from '../privacy/closed-account-store.ts';
import { sealedSignUps } from '../registration/sign-up-store.ts';
import { sealedReviewCases } from '../review/review-case-document.ts';
import { LOGOUT_OUTBOX } from '../sessions/logout-outbox-store.ts';
import { sealedInSessions } from '../sessions/session-codec.ts';
import { sealedStockAccounts } from '../stock-accounts/stock-account-store.ts';
import { sealedStockMigrations } from '../stock-accounts/stock-migration-store.ts';
import { sealedEvidence } from '../verification/evidence-store.ts';
import { sealedFaceRequests, sealedNetworkRequests } from '../verification/face-request-store.ts';
import { sealedReviewDrafts } from '../verification/review-draft-store.ts';

export const sealedPlaces: readonly SealedPlace[] = [
  ...sealedSigningKeys,
  sealedClientSecrets,
  sealedPeerSecrets,
  sealedInAccounts,
  sealedPasskeys,
  sealedPasswords,
  sealedTotpSecrets,
  sealedInSessions,
  sealedAccountSessions,
  sealedGrants,
  sealedArtefacts,
  sealedParkedRequests,
  sealedEvidence,
  sealedEvidenceFiles,
  sealedFaceRequests,
  sealedNetworkRequests,
  sealedReviewDrafts,
  sealedReviewCases,
  sealedPendingRecoveries,
  sealedRecoveries,
  sealedClosedAccounts,
  sealedSignUps,
  sealedStockAccounts,
  sealedStockMigrations,
  sealedEntityApplications,
  sealedEntityRecords,
  sealedChallenges,
  sealedLicenceRequests,
  sealedBankTransfers,
  sealedEntitySignIns,
  sealedArrivals,
  sealedLinks,
  sealedUpstreamSignIns,
  sealedIdentityCopies,
  sealedInvitations,
  sealedImportRows,
  sealedHandlerRequests,
  sealedStaff,
  sealedWards,
  sealedChildApplications,
  sealedHubState,
  sealedRecognitionKeys,
  sealedInOutbox(MESSAGE_OUTBOX),
  sealedInOutbox(LOGOUT_OUTBOX),
  sealedInOutbox(MANDATE_EVENT_OUTBOX),
  sealedInOutbox(ACCOUNT_EVENT_OUTBOX),
];
