// Every address of the pages for administrators of departments.
import { SparingLog } from '../../audit/sparing-log.ts';
import type { Route } from '../../platform/http/route.ts';
import { changePersonRoutes } from './change-person.routes.ts';
import type { DepartmentsDependencies } from './departments-access.ts';
import { peopleRoutes } from './people.routes.ts';
import { personRoutes } from './person.routes.ts';
import { personStepRoutes } from './person-step.routes.ts';

export function departmentRoutes(of: Omit<DepartmentsDependencies, 'sparing'>): Route[] {
  const deps = { ...of, sparing: new SparingLog(of.visitors.audit) };
  return [
    ...peopleRoutes(deps),
    ...changePersonRoutes(deps),
    ...personRoutes(deps),
    ...personStepRoutes(deps),
  ];
}
