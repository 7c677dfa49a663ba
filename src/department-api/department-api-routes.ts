// All routes of the interface for departments. What they are made of is used only by their handlers:
// the OpenAPI document is made of the same table without it.
import type { ApiRoute } from './api-route.ts';
import { listEntities } from './entities.api.ts';
import type { EntitiesDependencies } from './entities.api.ts';
import { mandateImportRoutes } from './mandate-imports.api.ts';
import type { MandateImportsDependencies } from './mandate-imports.api.ts';
import { mandateCheckRoutes } from './mandate-checks.api.ts';
import type { MandateChecksDependencies } from './mandate-checks.api.ts';

export type ApiUseCases = EntitiesDependencies &
  MandateChecksDependencies &
  MandateImportsDependencies;

export function departmentApiRoutes(deps: ApiUseCases): ApiRoute[] {
  return [listEntities(deps), ...mandateCheckRoutes(deps), ...mandateImportRoutes(deps)];
}
