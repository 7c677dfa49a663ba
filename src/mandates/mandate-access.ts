// What the pages of mandates share: power is given, taken and changed only by who was verified in
// person and has signed in with two factors minutes ago.
import { confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { freshOrSignIn, isFresh } from '../account/fresh-sign-in.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { entityPaths, peopleHref } from '../legal-entities/entity-paths.ts';
import { strongestMandate } from './power.ts';
import {
  isStrongEnough,
  isVerifiedEnough,
  personReading,
  personSending,
} from '../legal-entities/legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities/legal-entities-access.ts';

/** The page somebody was on; looked up where only the database knows. */
type Whence = string | ((visitor: Visitor) => Promise<string | undefined>);

/** The people of an organisation, for who acts for it; undefined for anybody else. */
export async function peopleFor(
  { legalEntities }: LegalEntitiesPageDependencies,
  { account }: Visitor,
  entityId: string | undefined,
): Promise<string | undefined> {
  if (entityId === undefined) return undefined;
  const own = await strongestMandate(legalEntities, entityId, account.id);
  return own && peopleHref(entityId);
}

/**
 * Undefined when the person has been led to what is missing, and comes back to `page`, where a form
 * that was sent too late has to be filled in again. Who declines goes back to where he was, `from`.
 */
export async function powerfulVisitor(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { does, page, from }: { does: 'reads' | 'sends'; page: string; from?: Whence },
): Promise<Visitor | undefined> {
  const visitor = await (does === 'reads' ? personReading : personSending)(deps, ctx);
  if (!visitor) return undefined;
  const cancelTo = typeof from === 'function' ? await from(visitor) : from;
  const places = { returnTo: page, cancelTo };
  if (!(await isStrongEnough(deps, ctx, { visitor, ...places }))) return undefined;
  if (does === 'reads') {
    return (await freshOrSignIn(deps.visitors, ctx, { visitor, ...places })) ? visitor : undefined;
  }
  if (isFresh(deps.visitors, visitor)) return visitor;
  redirect(ctx, page);
  return undefined;
}

/** Who may read what is offered to him: nothing is taken by reading, so one factor is enough. */
export async function offeredVisitor(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  const visitor = await personReading(deps, ctx);
  if (!visitor) return undefined;
  return (await isVerifiedEnough(deps, ctx, visitor)) ? visitor : undefined;
}

/** Also of an organisation that is locked, or none at all: nobody learns which there are. */
export async function mayNotInvite(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, entityId }: { visitor: Visitor; entityId: string },
): Promise<void> {
  const page = (await peopleFor(deps, visitor, entityId)) ?? entityPaths.list;
  const notice = 'account.notice.may_not_invite';
  await confirmOn(deps.visitors, ctx, { visitor, page, notice });
}

/** Of a mandate that has ended, is none, or is none of the person's business: the same for all. */
export async function mandateGone(
  { visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<void> {
  const notice = 'account.notice.mandate_gone';
  await confirmOn(visitors, ctx, { visitor, page: entityPaths.list, notice });
}
