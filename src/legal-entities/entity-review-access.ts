// What the pages of the review of an organisation share.
import type { Visitor } from '../account/account-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { EntityApplication } from './entity-application-store.ts';
import type { EntityReview } from './entity-review.ts';
import { showUnfinished } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';

export interface EntityReviewDependencies extends LegalEntitiesPageDependencies {
  review: EntityReview;
}

/** Another's is over like one that was never there. */
export async function ownApplication(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  { visitor, id }: { visitor: Visitor; id: string },
): Promise<EntityApplication | undefined> {
  const application = await deps.legalEntities.applications.find(id, visitor.account.id);
  if (!application) await showUnfinished(deps, ctx, { visitor, reason: 'over' });
  return application;
}
