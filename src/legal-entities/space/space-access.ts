// Who is in the space of an organisation, and how much of it is his: who acts for it as a whole and the
// organisation itself see everything, a handler sees what concerns him.
import { z } from 'zod';
import { accountFrame, confirmOn, visitorOrSignIn } from '../../account/account-access.ts';
import type { Visitor } from '../../account/account-access.ts';
import type { AccountFrame } from '../../account/account.views.ts';
import type { Account } from '../../accounts/account.ts';
import { accountPaths } from '../../account/account-paths.ts';
import { actedFor } from '../../mandates/acting.ts';
import { mayAppoint } from '../../mandates/mandate.ts';
import type { Mandate } from '../../mandates/mandate.ts';
import { strongestMandate } from '../../mandates/power.ts';
import type { HttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import {
  entityHref,
  entityPaths,
  entityServicesHref,
  historyHref,
  peopleHref,
  subAccountsHref,
} from '../entity-paths.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities-access.ts';
import type { EntitySpace, SpacePlace } from './space.views.ts';

export const entityQuery = z.object({ entity: z.string().max(100).default('') });

export interface SpaceVisit {
  visitor: Visitor;
  entity: Account;
  /** The strongest of what the visitor may do for it; absent: the organisation itself is signed in. */
  own: Mandate | undefined;
  /** All of it is his to see. */
  isWhole: boolean;
}

/** Undefined when it has been answered what is due. */
export async function spaceVisit(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  entityId: string,
): Promise<SpaceVisit | undefined> {
  const visitor = await visitorOrSignIn(deps.visitors, ctx);
  if (!visitor) return undefined;
  const { account } = visitor;
  const isItself = account.kind === 'legalEntity' && entityId === account.id;
  const own = isItself
    ? undefined
    : await strongestMandate(deps.legalEntities, entityId, account.id);
  const entity = isItself || own ? await actedFor(deps.legalEntities, entityId) : undefined;
  if (entity && entity.state !== 'closed') {
    return { visitor, entity, own, isWhole: isItself || (own !== undefined && mayAppoint(own)) };
  }
  // Somebody else's page, and one that was never there, look alike.
  if (account.kind !== 'naturalPerson') {
    redirect(ctx, account.kind === 'civilServant' ? accountPaths.overview : entityPaths.list);
    return undefined;
  }
  const notice = 'account.notice.no_space';
  await confirmOn(deps.visitors, ctx, { visitor, page: entityPaths.list, notice });
  return undefined;
}

const HREFS: Readonly<Record<SpacePlace, (entityId: string) => string>> = {
  profile: entityHref,
  people: peopleHref,
  services: entityServicesHref,
  'sub-accounts': subAccountsHref,
  history: (entityId) => historyHref(entityId),
};

/** What every page of a space shows around its content. */
export async function spaceFrame(
  deps: LegalEntitiesPageDependencies,
  { visitor, entity, own, isWhole }: SpaceVisit,
  here: SpacePlace,
): Promise<AccountFrame & { space: EntitySpace }> {
  const { id, name = '', uscc = '', parent } = entity;
  const hasBelow = isWhole && parent === undefined;
  const isThere = (place: SpacePlace) => hasBelow || place !== 'sub-accounts';
  const places = (Object.keys(HREFS) as SpacePlace[]).filter(isThere).map((place) => ({
    name: place,
    href: HREFS[place](id),
    isCurrent: place === here,
  }));
  return {
    ...(await accountFrame(deps.visitors, visitor)),
    space: {
      name,
      uscc,
      places,
      ...(own ? { role: own.role } : {}),
      ...(parent ? { parent: aboveOf(parent, own) } : {}),
      ...(own?.inheritedFrom === undefined ? {} : { isFromAbove: true }),
    },
  };
}

function aboveOf(
  { id, name = '', uscc = '' }: Account,
  own: Mandate | undefined,
): NonNullable<EntitySpace['parent']> {
  return { name, uscc, ...(own?.inheritedFrom === id ? { href: subAccountsHref(id) } : {}) };
}
