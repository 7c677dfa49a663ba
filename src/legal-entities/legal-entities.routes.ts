// All pages of organisations.
import type { Route } from '../platform/http/route.ts';
import { appointRoutes } from './appoint.routes.ts';
import { certificateRoutes } from './certificate.routes.ts';
import { confirmEntityRoutes } from './confirm-entity.routes.ts';
import { entitiesRoutes } from './entities.routes.ts';
import { entityReviewRoutes } from './entity-review.routes.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import { spaceRoutes } from './space/space.routes.ts';
import { licenceRoutes } from './licence.routes.ts';
import { transferRoutes } from './transfer.routes.ts';
import { registerEntityRoutes } from './register-entity.routes.ts';

export function legalEntityRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    ...entitiesRoutes(deps),
    ...spaceRoutes(deps),
    ...registerEntityRoutes(deps),
    ...proofRoutes(deps),
    ...confirmEntityRoutes(deps),
    ...entityReviewRoutes(deps),
    ...appointRoutes(deps),
  ];
}

/** None where the city offers none. */
function proofRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  const { certificates, licences, transfers, ...own } = deps.legalEntities;
  return [
    ...(certificates ? certificateRoutes({ ...deps, presenting: { ...own, certificates } }) : []),
    ...(licences ? licenceRoutes({ ...deps, presenting: { ...own, licences } }) : []),
    ...(transfers ? transferRoutes({ ...deps, proving: { ...own, transfers } }) : []),
  ];
}
