// All pages of organisations.
import type { Route } from '../platform/http/route.ts';
import { appointRoutes } from './appoint.routes.ts';
import { confirmEntityRoutes } from './confirm-entity.routes.ts';
import { entitiesRoutes } from './entities.routes.ts';
import { entityReviewRoutes } from './entity-review.routes.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';
import { registerEntityRoutes } from './register-entity.routes.ts';

export function legalEntityRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    ...entitiesRoutes(deps),
    ...registerEntityRoutes(deps),
    ...confirmEntityRoutes(deps),
    ...entityReviewRoutes(deps),
    ...appointRoutes(deps),
  ];
}
