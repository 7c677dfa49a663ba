// Every address of the reviewers' console.
import type { Route } from '../platform/http/route.ts';
import { caseRoutes } from './case.routes.ts';
import { caseStepRoutes } from './case-steps.routes.ts';
import type { ConsoleDependencies } from './console-access.ts';
import { queueRoutes } from './queue.routes.ts';

export function consoleRoutes(deps: ConsoleDependencies): Route[] {
  return [...queueRoutes(deps), ...caseRoutes(deps), ...caseStepRoutes(deps)];
}
