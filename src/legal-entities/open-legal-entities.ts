// Puts the parts of this domain together: the register, registrations, mandates, background work.
import type { AccountDependencies } from '../account/account-deps.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Agreements } from '../agreements/agreements.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { SecurityNotices } from '../notification/security-notices.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../platform/mongo.ts';
import type { Outbound } from '../platform/outbound.ts';
import type { Random } from '../platform/random.ts';
import type { EntityRegisterConfig } from '../platform/verification-config.ts';
import type { ConnectorRunner } from '../verification/connector-runner.ts';
import type { Verification } from '../verification/open-verification.ts';
import { EntityApplicationStore } from './entity-application-store.ts';
import { EntityRecordStore } from './entity-record-store.ts';
import { EntityRegister } from './entity-register.ts';
import { entityPaths } from './entity-paths.ts';
import { legalEntityRoutes } from './legal-entities.routes.ts';
import { InvitationStore } from './invitation-store.ts';
import { MandateStore } from './mandate-store.ts';
import { recheckWork } from './recheck-entities.ts';
import { registeredLevel } from './register-entity.ts';
import type { LegalEntities } from './legal-entities.ts';

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
  agreements: Agreements;
  notices: SecurityNotices;
  verification: Verification;
  entitySource: { runner: ConnectorRunner; config: EntityRegisterConfig } | undefined;
}

/** An organisation with less has no identity of its own. */
const LEAST_LEVEL = 2;

export function openLegalEntities(deps: OpenLegalEntitiesDependencies) {
  const { verification, entitySource, outbound } = deps;
  const own: Omit<LegalEntities, 'register'> = {
    ...verification,
    ...deps,
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
  const legalEntities: LegalEntities = { ...own, register };
  return {
    legalEntities,
    routes: legalEntityRoutes({ visitors: deps.visitors, legalEntities }),
    /** Where an organisation is registered online, where it is. */
    entityPath: register && entityPaths.register,
    work: work ? [work] : [],
  };
}
