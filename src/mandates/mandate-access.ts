// What the pages of mandates share: power is given, taken and changed only by who was verified in
// person and has signed in with two factors minutes ago.
import { confirmOn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import { freshOrSignIn, isFresh } from '../account/fresh-sign-in.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { entityPaths } from '../legal-entities/entity-paths.ts';
import {
  isStrongEnough,
  personReading,
  personSending,
} from '../legal-entities/legal-entities-access.ts';
import type { LegalEntitiesPageDependencies } from '../legal-entities/legal-entities-access.ts';

/**
 * Undefined when the person has been led to what is missing, and comes back to `page`, where a form
 * that was sent too late has to be filled in again.
 */
export async function powerfulVisitor(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { does, page }: { does: 'reads' | 'sends'; page: string },
): Promise<Visitor | undefined> {
  const visitor = await (does === 'reads' ? personReading : personSending)(deps, ctx);
  if (!visitor) return undefined;
  if (!(await isStrongEnough(deps, ctx, { visitor, returnTo: page }))) return undefined;
  if (does === 'reads') {
    return (await freshOrSignIn(deps.visitors, ctx, { visitor, returnTo: page }))
      ? visitor
      : undefined;
  }
  if (isFresh(deps.visitors, visitor)) return visitor;
  redirect(ctx, page);
  return undefined;
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
