// What people do on behalf of others: organisations that they represent, and children in their care.
import { openGuardianship } from '../guardianship/open-guardianship.ts';
import type { OpenGuardianshipDependencies } from '../guardianship/open-guardianship.ts';
import { openLegalEntities } from '../legal-entities/open-legal-entities.ts';
import type { OpenLegalEntitiesDependencies } from '../legal-entities/open-legal-entities.ts';
import { accountPaths } from '../account/account-paths.ts';
import { intermediaryRoutes } from '../intermediaries/intermediaries.routes.ts';
import { openIntermediaries } from '../intermediaries/open-intermediaries.ts';
import type { Words } from '../platform/http/locale.ts';
import type { Config } from '../platform/config.ts';

export function openOnBehalf(
  deps: Omit<OpenLegalEntitiesDependencies, 'qualificationPath'> &
    OpenGuardianshipDependencies & { words: Words },
  config: Pick<Config, 'outbound' | 'intermediaryKinds'>,
) {
  const { verification, evidenceFiles: files } = deps;
  const reviews = verification.review?.config;
  const hasKinds = reviews !== undefined && config.intermediaryKinds.length > 0;
  const qualificationPath = hasKinds ? accountPaths.qualifications : undefined;
  const entities = openLegalEntities({ ...deps, qualificationPath }, config);
  const { legalEntities } = entities;
  const { desk } = deps.review;
  const { mandates, register } = legalEntities;
  const approvals = reviews?.approvals ?? 2;
  const of = { ...verification, ...deps, mandates, register };
  const qualified = openIntermediaries({ ...of, desk, files, approvals }, config.intermediaryKinds);
  const pages = { visitors: deps.visitors, legalEntities, ...qualified };
  const qualificationRoutes = hasKinds ? intermediaryRoutes(pages) : [];
  const guardians = openGuardianship(deps);
  return {
    entityPath: entities.entityPath,
    guardianship: guardians.guardianship,
    routes: [...entities.routes, ...qualificationRoutes, ...guardians.routes],
    work: [...entities.work, qualified.work, ...guardians.work],
  };
}
