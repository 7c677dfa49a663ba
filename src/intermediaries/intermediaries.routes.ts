// All pages of qualifications.
import type { Route } from '../platform/http/route.ts';
import { applyRoutes } from './apply.routes.ts';
import type { IntermediaryPageDependencies } from './intermediaries-access.ts';
import { qualificationPaperRoutes } from './papers.routes.ts';
import { qualificationsRoutes } from './qualifications.routes.ts';

export function intermediaryRoutes(deps: IntermediaryPageDependencies): Route[] {
  return [...qualificationsRoutes(deps), ...applyRoutes(deps), ...qualificationPaperRoutes(deps)];
}
