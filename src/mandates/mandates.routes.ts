// All pages of mandates.
import type { Route } from '../platform/http/route.ts';
import { inviteHandlerRoutes } from './invite-handler.routes.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities/legal-entities-access.ts';
import { ownMandateRoutes } from './own.routes.ts';
import { answerRequestRoutes } from './requests/answer-request.routes.ts';
import { letterRoutes } from './requests/letter.routes.ts';
import { requestRoutes } from './requests/request.routes.ts';
import { requestStatusRoutes } from './requests/request-status.routes.ts';
import { stopRequestRoutes } from './requests/stop-request.routes.ts';
import { termRoutes } from './term.routes.ts';

export function mandateRoutes(deps: LegalEntitiesPageDependencies): Route[] {
  return [
    ...ownMandateRoutes(deps),
    ...inviteHandlerRoutes(deps),
    ...termRoutes(deps),
    ...requestRoutes(deps),
    ...requestStatusRoutes(deps),
    ...letterRoutes(deps),
    ...answerRequestRoutes(deps),
    ...stopRequestRoutes(deps),
  ];
}
