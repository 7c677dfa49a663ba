// What the pages of an organisation's own means share: for which organisation they are, and where a
// proof leads.
import { confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { Account } from '../accounts/account.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { ProofRefusal } from './apply-proof.ts';
import { appointingMandate } from '../mandates/power.ts';
import { confirmHref, entityHref, entityPaths, reviewHref } from './entity-paths.ts';
import { registering } from './legal-entities-access.ts';
import type { LegalEntitiesPageDependencies, personReading } from './legal-entities-access.ts';
import type { ProofOutcome } from './use-proof.ts';

export interface Prover {
  visitor: Visitor;
  /** That is to show more; undefined: one is to be registered. */
  entity: Account | undefined;
}

/**
 * @param of `entity`: the id of the one that is to show more, or empty; `page`: where they come back to
 * @returns undefined when it has been answered what is due
 */
export async function proving(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { who: typeof personReading; entity: string; page: string },
): Promise<Prover | undefined> {
  const { who, entity: entityId, page } = of;
  const visitor = await registering(deps, ctx, { who, returnTo: page });
  if (!visitor) return undefined;
  if (ctx.method !== 'GET') ctx.state.pageAddress = page;
  if (entityId === '') return { visitor, entity: undefined };
  const { legalEntities } = deps;
  const mandate = await appointingMandate(legalEntities, entityId, visitor.account.id);
  const entity = mandate && (await legalEntities.accounts.findById(entityId));
  if (entity?.isActive && entity.uscc !== undefined) return { visitor, entity };
  redirect(ctx, entityPaths.list);
  return undefined;
}

/** Where a proof leads; else why there is none, which the page itself tells. */
export async function leadOn<Refusal extends string>(
  { visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, outcome }: { visitor: Visitor; outcome: ProofOutcome<Refusal> },
): Promise<ProofRefusal | 'over' | 'changed_meanwhile' | Refusal | undefined> {
  if (!outcome.ok && !('application' in outcome)) return outcome.reason;
  if (!outcome.ok) redirect(ctx, reviewHref(outcome.application.id));
  else if (outcome.next === 'confirm') redirect(ctx, confirmHref(outcome.application.id));
  else {
    const { entityId, hasRisen } = outcome;
    const notice = hasRisen ? 'account.notice.entity_raised' : 'account.notice.entity_shown';
    await confirmOn(visitors, ctx, { visitor, page: entityHref(entityId), notice });
  }
  return undefined;
}
