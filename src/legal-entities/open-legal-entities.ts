// Puts the parts of this domain together: the register, registrations, mandates, background work.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { OnStandingLost } from '../accounts/account-writer-store.ts';
import type { EntityAccountList } from '../accounts/entity-account-list-store.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { EntitySignInStore } from '../entity-sign-in/entity-sign-in-store.ts';
import { openEntityProofs } from '../entity-proofs/open-entity-proofs.ts';
import type { OpenEntityProofsDependencies } from '../entity-proofs/open-entity-proofs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Words } from '../platform/http/locale.ts';
import type { Logger } from '../platform/logger.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Database } from '../platform/mongo.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { Random } from '../platform/random.ts';
import type { MandateLimits } from '../platform/mandates-config.ts';
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
import { mandateExpiryWork } from '../mandates/expire-mandates.ts';
import { settleMandatesWork } from '../mandates/lapse-mandates.ts';
import type { ChoiceDependencies } from '../mandates/mandate-choices.ts';
import type { Mandates } from '../mandates/open-mandates.ts';
import { openLetterReview } from '../mandates/requests/open-letter-review.ts';
import { openStopLinks } from '../mandates/requests/stop-request.ts';
import { proofExpiryWork } from './proof-expiry.ts';
import { adoptWork } from './adopt-entities.ts';
import { BrakeStore } from './changes/brake-store.ts';
import { ChangeFeedStore } from './changes/change-feed-store.ts';
import { observeChanges } from './changes/observe-changes.ts';
import { followChangesWork } from './changes/follow-changes.ts';
import { recheckWork } from './recheck-entities.ts';
import { registeredLevel } from './register-entity.ts';
import type { RegisterEntityDependencies } from './register-entity.ts';
import type { LegalEntities } from './legal-entities.ts';
import { entityDecisions } from './decide-entity.ts';
import { EntityReview } from './entity-review.ts';

export interface OpenLegalEntitiesDependencies extends Mandates {
  mandateLimits: MandateLimits;
  clients: ChoiceDependencies['clients'];
  services: ChoiceDependencies['services'];
  /** Of the account centre. */
  visitors: AccountDependencies;
  database: Database;
  keyring: Keyring;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
  audit: AuditLog;
  outbound: Pick<Outbound, 'fetch'>;
  accounts: AccountStore;
  entities: EntityAccountList;
  entitySignIns: EntitySignInStore;
  onStandingLost: OnStandingLost;
  agreements: Agreements;
  notices: SecurityNotices;
  verification: Verification;
  review: { desk: ReviewDesk };
  evidenceFiles: EvidenceFiles;
  issuer: string;
  words: Words;
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
    choices: deps,
    ...openStopLinks(deps),
    codes: { ...deps.visitors.credentials, sendCode: deps.visitors.sendCode },
    requestWays: ['administrator', 'representative'],
    letterReview: undefined,
    applications: new EntityApplicationStore(deps),
    records: new EntityRecordStore(deps),
  };
  const isOffered = entitySource && registeredLevel(own, entitySource.config.cap) >= LEAST_LEVEL;
  const register = isOffered
    ? new EntityRegister({ outbound, runner: entitySource.runner }, entitySource.config)
    : undefined;
  const entityReview = register && openEntityReview(deps, { ...own, register });
  const letters = openLetters(deps, { ...own, register });
  const legalEntities: LegalEntities = { ...own, ...letters, register, entityReview };
  return {
    legalEntities,
    routes: legalEntityRoutes({ visitors: deps.visitors, legalEntities }),
    /** Where an organisation is registered online, where it is. */
    entityPath: register && entityPaths.register,
    work: [
      shown.work,
      settleMandatesWork({ ...own, ...deps }),
      mandateExpiryWork({ ...own, ...deps }),
      proofExpiryWork({ ...own, ...deps }),
      ...(register && entitySource
        ? registerWork({ ...own, ...deps }, register, entitySource)
        : []),
    ],
  };
}

/** What asks the register by itself: daily, after its notices, and about those that came by import. */
function registerWork(
  deps: OpenLegalEntitiesDependencies & Omit<LegalEntities, 'register' | 'entityReview'>,
  register: EntityRegister,
  { runner, config }: NonNullable<OpenLegalEntitiesDependencies['entitySource']>,
) {
  const { budgetLeft } = runner.figures();
  const brake = new BrakeStore(deps);
  const feed = new ChangeFeedStore(deps);
  const own = { ...deps, register, brake, budgetLeft, feed };
  const { changes } = config;
  observeChanges({ ...deps, brake, feed });
  return [
    adoptWork(own),
    recheckWork(own),
    ...(changes ? [followChangesWork(own, changes.everySeconds)] : []),
  ];
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

/** Where staff review papers at all. */
function openLetters(
  { verification, review: { desk }, evidenceFiles: files, ...deps }: OpenLegalEntitiesDependencies,
  own: Omit<LegalEntities, 'entityReview'>,
) {
  return verification.review ? openLetterReview({ ...own, ...deps, desk, files }) : {};
}
