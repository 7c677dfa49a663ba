// The request that a page is about: nobody else's.
import { confirmOn } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import type { LegalEntitiesPageDependencies } from '../../legal-entities/legal-entities-access.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { mandatePaths } from '../mandate-paths.ts';
import type { HandlerRequest } from './handler-request.ts';

/** Another's is gone like one that was never there. */
export async function ownRequest(
  { legalEntities, visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, requestId }: { visitor: Visitor; requestId: string },
): Promise<HandlerRequest | undefined> {
  const request = await legalEntities.requests.find(requestId);
  if (request?.personId === visitor.account.id) return request;
  const notice = 'account.notice.request_gone';
  await confirmOn(visitors, ctx, { visitor, page: mandatePaths.own, notice });
  return undefined;
}
