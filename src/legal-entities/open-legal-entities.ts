// Puts the parts of this domain together: the register, registrations, mandates, background work.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { OnStandingLost } from '../accounts/account-writer-store.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import { openEntityProofs } from '../entity-proofs/open-entity-proofs.ts';
import type { OpenEntityProofsDependencies } from '../entity-proofs/open-entity-proofs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { Random } from '../platform/random.ts';
import type { EntityRegisterConfig } from '../platform/verification-config.ts';
import type { ConnectorRunner } from '../verification/connector-runner.ts';
import { keepingFiles } from '../evidence-files/keeping-files.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import type { ReviewDesk } from '../review/review-desk.ts';
import type { Verification } from '../verification/open-verification.ts';
import { EntityApplicationStore } from './entity-application-store.ts';
import { EntityRecordStore } from './entity-record-store.ts';
import { EntityRegister } from './entity-register.ts';
import { entityPaths } from './entity-paths.ts';
import { legalEntityRoutes } from './legal-entities.routes.ts';
import { settleMandatesWork } from './lapse-mandates.ts';
import { InvitationStore } from './invitation-store.ts';
import { MandateStore } from './mandate-store.ts';
import { proofExpiryWork } from './proof-expiry.ts';
import { recheckWork } from './recheck-entities.ts';
import { registeredLevel } from './register-entity.ts';
import type { RegisterEntityDependencies } from './register-entity.ts';
import type { LegalEntities } from './legal-entities.ts';
import { entityDecisions } from './decide-entity.ts';
import { EntityReview } from './entity-review.ts';

export interface OpenLegalEntitiesDependencies {
  /** Of the account centre. */
  visitors: AccountDependencies;
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  audit: AuditLog;
  outbound: Pick<Outbound, 'fetch'>;
  accounts: AccountStore;
  onStandingLost: OnStandingLost;
  agreements: Agreements;
  notices: SecurityNotices;
  verification: Verification;
  review: { desk: ReviewDesk };
  evidenceFiles: EvidenceFiles;
  issuer: string;
  entitySource: { runner: ConnectorRunner; config: EntityRegisterConfig } | undefined;
  certificateSource: OpenEntityProofsDependencies['certificateSource'];
  licenceSource: OpenEntityProofsDependencies['licenceSource'];
  transferSource: OpenEntityProofsDependencies['transferSource'];
  qualificationPath: string | undefined;
}

/** An organisation with less has no identity of its own. */
const LEAST_LEVEL = 2;

export function openLegalEntities(
  deps: OpenLegalEntitiesDependencies,
  config: Pick<Config, 'outbound'>,
) {
  const { verification, entitySource, outbound } = deps;
  const shown = openEntityProofs(deps, config.outbound);
  const own: Omit<LegalEntities, 'register' | 'entityReview'> = {
    ...verification,
    ...deps,
    ...shown.proofs,
    applications: new EntityApplicationStore(deps),
    mandates: new MandateStore(deps),
    invitations: new InvitationStore(deps),
    records: new EntityRecordStore(deps),
  };
  const isOffered = entitySource && registeredLevel(own, entitySource.config.cap) >= LEAST_LEVEL;
  const register = isOffered
    ? new EntityRegister({ outbound, runner: entitySource.runner }, entitySource.config)
    : undefined;
  const work =
    register && entitySource
      ? recheckWork({
          ...own,
          ...deps,
          register,
          budgetLeft: entitySource.runner.figures().budgetLeft,
        })
      : undefined;
  const entityReview = register && openEntityReview(deps, { ...own, register });
  const legalEntities: LegalEntities = { ...own, register, entityReview };
  return {
    legalEntities,
    routes: legalEntityRoutes({ visitors: deps.visitors, legalEntities }),
    /** Where an organisation is registered online, where it is. */
    entityPath: register && entityPaths.register,
    work: [
      shown.work,
      settleMandatesWork({ ...own, ...deps }),
      proofExpiryWork({ ...own, ...deps }),
      ...(work ? [work] : []),
    ],
  };
}

/** Where staff review people, and their word is worth enough by the policy. */
function openEntityReview(
  { verification, review: { desk }, evidenceFiles: files, ...deps }: OpenLegalEntitiesDependencies,
  own: Omit<LegalEntities, 'entityReview'> & RegisterEntityDependencies,
): EntityReview | undefined {
  const config = verification.review?.config;
  if (!config || registeredLevel(own, config.entityCap, 'review') < LEAST_LEVEL) return undefined;
  desk.handle('legal_entity', keepingFiles(files, entityDecisions({ ...deps, ...own }, config)));
  const { accounts } = deps;
  return new EntityReview({ ...own, ...deps, accounts, desk, files, approvals: config.approvals });
}
