// Every migration of every domain, in no particular order: their ids decide.
import { accountMigrations } from './account/account.migrations.ts';
import { accountsMigrations } from './accounts/accounts.migrations.ts';
import { agreementsMigrations } from './agreements/agreements.migrations.ts';
import { auditMigrations } from './audit/audit.migrations.ts';
import { clientsMigrations } from './clients/clients.migrations.ts';
import { consentMigrations } from './consent/consent.migrations.ts';
import { credentialsMigrations } from './credentials/credentials.migrations.ts';
import { federationMigrations } from './federation/federation.migrations.ts';
import { federationTrustMigrations } from './federation-trust/federation-trust.migrations.ts';
import { guardianshipMigrations } from './guardianship/guardianship.migrations.ts';
import { keysMigrations } from './keys/keys.migrations.ts';
import { intermediariesMigrations } from './intermediaries/intermediaries.migrations.ts';
import { entityProofsMigrations } from './entity-proofs/entity-proofs.migrations.ts';
import { entitySignInMigrations } from './entity-sign-in/entity-sign-in.migrations.ts';
import { legalEntitiesMigrations } from './legal-entities/legal-entities.migrations.ts';
import { mandateImportMigrations } from './mandate-import/mandate-import.migrations.ts';
import { accountEventsMigrations } from './account-events/account-events.migrations.ts';
import { mandateEventsMigrations } from './mandate-events/mandate-events.migrations.ts';
import { mandatesMigrations } from './mandates/mandates.migrations.ts';
import { mutualRecognitionMigrations } from './mutual-recognition/mutual-recognition.migrations.ts';
import { notificationMigrations } from './notification/notification.migrations.ts';
import { oidcMigrations } from './oidc/oidc.migrations.ts';
import { directoryMigrations } from './directory/directory.migrations.ts';
import { evidenceFilesMigrations } from './evidence-files/evidence-files.migrations.ts';
import { httpMigrations } from './platform/http/http.migrations.ts';
import { liveProcessesMigrations } from './platform/live-processes-store.ts';
import { mergeMigrations } from './merge/merge.migrations.ts';
import type { Migration } from './platform/migrations.ts';
import { peersMigrations } from './peers/peers.migrations.ts';
import { recoveryMigrations } from './recovery/recovery.migrations.ts';
import { privacyMigrations } from './privacy/privacy.migrations.ts';
import { registrationMigrations } from './registration/registration.migrations.ts';
import { registrationModeMigrations } from './registration-mode/registration-mode.migrations.ts';
import { reviewMigrations } from './review/review.migrations.ts';
import { rolesMigrations } from './roles/roles.migrations.ts';
import { logoutOutboxMigrations } from './sessions/logout-outbox.migrations.ts';
import { sessionsMigrations } from './sessions/sessions.migrations.ts';
import { stockAccountsMigrations } from './stock-accounts/stock-accounts.migrations.ts';
import { verificationMigrations } from './verification/verification.migrations.ts';

export const allMigrations: readonly Migration[] = [
  ...accountMigrations,
  ...accountsMigrations,
  ...agreementsMigrations,
  ...auditMigrations,
  ...clientsMigrations,
  ...consentMigrations,
  ...credentialsMigrations,
  ...directoryMigrations,
  ...entityProofsMigrations,
  ...entitySignInMigrations,
  ...evidenceFilesMigrations,
  ...federationMigrations,
  ...federationTrustMigrations,
  ...guardianshipMigrations,
  ...httpMigrations,
  ...intermediariesMigrations,
  ...keysMigrations,
  ...legalEntitiesMigrations,
  ...mandateEventsMigrations,
  ...accountEventsMigrations,
  ...mandateImportMigrations,
  ...mandatesMigrations,
  ...liveProcessesMigrations,
  ...logoutOutboxMigrations,
  ...mergeMigrations,
  ...mutualRecognitionMigrations,
  ...notificationMigrations,
  ...oidcMigrations,
  ...peersMigrations,
  ...recoveryMigrations,
  ...privacyMigrations,
  ...registrationMigrations,
  ...registrationModeMigrations,
  ...reviewMigrations,
  ...rolesMigrations,
  ...sessionsMigrations,
  ...stockAccountsMigrations,
  ...verificationMigrations,
];
