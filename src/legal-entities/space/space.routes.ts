// All pages of the space 法人空间 that each organisation has to itself.
import type { Route } from '../../platform/http/route.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import { historyRoutes } from './history.routes.ts';
import { peopleRoutes } from './people.routes.ts';
import { subAccountRoutes } from '../sub-accounts/sub-accounts.routes.ts';
import { entityPasswordRoutes } from '../password/password.routes.ts';
import { entityServiceRoutes } from './services.routes.ts';
import { profileRoutes } from './profile.routes.ts';

export function spaceRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    ...profileRoutes(deps),
    ...entityPasswordRoutes(deps),
    ...peopleRoutes(deps),
    ...entityServiceRoutes(deps),
    ...subAccountRoutes(deps),
    ...historyRoutes(deps),
  ];
}
