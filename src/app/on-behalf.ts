// What people do on behalf of others: organisations that they represent, and children in their care;
// and what systems ask about it.
import packageJson from '../../package.json' with { type: 'json' };
import { openDepartmentApi } from '../department-api/open-department-api.ts';
import type { DepartmentApiDependencies } from '../department-api/open-department-api.ts';
import { EntityAccountList } from '../accounts/entity-account-list-store.ts';
import { openEntitySignIn } from '../entity-sign-in/open-entity-sign-in.ts';
import type { OpenEntitySignInDependencies } from '../entity-sign-in/open-entity-sign-in.ts';
import { openGuardianship } from '../guardianship/open-guardianship.ts';
import type { OpenGuardianshipDependencies } from '../guardianship/open-guardianship.ts';
import { deliverMandateEvents } from '../mandate-events/deliver-mandate-events.ts';
import type { DeliverMandateEventsDependencies } from '../mandate-events/deliver-mandate-events.ts';
import { importWork } from '../mandate-import/import-worker.ts';
import { MandateImportStore } from '../mandate-import/mandate-import-store.ts';
import { openLegalEntities } from '../legal-entities/open-legal-entities.ts';
import type { OpenLegalEntitiesDependencies } from '../legal-entities/open-legal-entities.ts';
import { accountPaths } from '../account/account-paths.ts';
import { intermediaryRoutes } from '../intermediaries/intermediaries.routes.ts';
import { mandateRoutes } from '../mandates/mandates.routes.ts';
import { openIntermediaries } from '../intermediaries/open-intermediaries.ts';
import type { Config } from '../platform/config.ts';

export function openOnBehalf(
  deps: Omit<OpenLegalEntitiesDependencies, 'qualificationPath' | 'entities'> &
    OpenGuardianshipDependencies &
    DeliverMandateEventsDependencies &
    Pick<OpenEntitySignInDependencies, 'entitySignIns' | 'ending'> &
    Omit<DepartmentApiDependencies, 'release' | 'imports' | 'wakeImports'>,
  config: Pick<Config, 'outbound' | 'intermediaryKinds'>,
) {
  const { verification, evidenceFiles: files } = deps;
  const reviews = verification.review?.config;
  const hasKinds = reviews !== undefined && config.intermediaryKinds.length > 0;
  const qualificationPath = hasKinds ? accountPaths.qualifications : undefined;
  const entityAccounts = new EntityAccountList(deps);
  const entities = openLegalEntities(
    { ...deps, entities: entityAccounts, qualificationPath },
    config,
  );
  const { legalEntities } = entities;
  const signedIn = openEntitySignIn({ ...deps, ...legalEntities, accounts: deps.accounts });
  const { desk } = deps.review;
  const { mandates, register } = legalEntities;
  const approvals = reviews?.approvals ?? 2;
  const of = { ...verification, ...deps, mandates, register };
  const qualified = openIntermediaries({ ...of, desk, files, approvals }, config.intermediaryKinds);
  const pages = { visitors: deps.visitors, legalEntities, ...qualified };
  const qualificationRoutes = hasKinds ? intermediaryRoutes(pages) : [];
  const guardians = openGuardianship(deps);
  const imports = { ...legalEntities, imports: new MandateImportStore(deps) };
  const importing = importWork({ ...imports, logger: deps.logger });
  const { version: release } = packageJson;
  const wakeImports = () => importing.wake();
  const departments = openDepartmentApi({ ...deps, release, imports, wakeImports });
  return {
    entityPath: entities.entityPath,
    guardianship: guardians.guardianship,
    organisations: signedIn.organisations,
    routes: [
      ...entities.routes,
      ...mandateRoutes(pages),
      ...qualificationRoutes,
      ...guardians.routes,
      ...departments.routes,
    ],
    work: [
      ...entities.work,
      signedIn.work,
      qualified.work,
      ...guardians.work,
      deliverMandateEvents(deps),
      importing,
    ],
  };
}
