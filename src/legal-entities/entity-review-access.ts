// What the pages of the review of an organisation share.
import type { Visitor } from '../account/account-access.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { entityPaths } from './entity-paths.ts';
import type { EntityReview } from './entity-review.ts';
import {
  personReading,
  personSending,
  registering,
  showUnfinished,
} from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from './legal-entities-access.ts';

export interface EntityReviewDependencies extends LegalEntitiesPageDependencies {
  review: EntityReview;
}

/** Papers of organisations are for who may register one. */
export function reviewing(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  does: 'reads' | 'sends',
): Promise<Visitor | undefined> {
  return registering(deps, ctx, does === 'reads' ? personReading : personSending);
}

/** Another's is gone like one that was never there, or is approved: then the list has it. */
export async function ownApplication(
  deps: EntityReviewDependencies,
  ctx: HttpContext,
  of: { person: Visitor; application: string; whenGone: 'list' | 'over' },
): Promise<EntityApplication | undefined> {
  const { person: visitor, whenGone } = of;
  const { applications } = deps.legalEntities;
  const application = await applications.find(of.application, visitor.account.id);
  if (application) return application;
  if (whenGone === 'list') redirect(ctx, entityPaths.list);
  else await showUnfinished(deps, ctx, { visitor, reason: 'over' });
  return undefined;
}
