// What all pages of organisations share: who is there, how strongly, and where things are.
import {
  visitorOrExplanation,
  visitorOrSignIn,
  accountFrame,
  sendToSignIn,
} from '../account/account-access.ts';
import type { SignInPlaces, Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths, ONWARD_TO_ENTITIES } from '../account/account-paths.ts';
import type { AgreementVersion } from '../agreements/agreement-book.ts';
import { acrOf, levelOfAcr } from '../oidc/claims/assurance.ts';
import { verifiedClaim } from '../verification/compare-face.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { EntityApplication } from './entity-application-store.ts';
import { entityHref, entityPaths, reviewHref } from './entity-paths.ts';
import { REPRESENTATIVE_LEVEL } from '../mandates/mandate.ts';
import { ENTITY_AGREEMENT } from './empower-representative.ts';
import type { LegalEntities } from './legal-entities.ts';
import type { EntityUnfinishedReason, EntityUnfinishedLocals } from './legal-entities.views.ts';

export interface LegalEntitiesPageDependencies {
  visitors: AccountDependencies;
  legalEntities: LegalEntities;
}

/** Staff have no organisations; one that is signed in itself has its own space, and only that. */
export async function personReading(
  { visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  return onlyPerson(ctx, await visitorOrSignIn(visitors, ctx));
}

/** The same for what a form sends. */
export async function personSending(
  { visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  return onlyPerson(ctx, await visitorOrExplanation(visitors, ctx));
}

function onlyPerson(ctx: HttpContext, visitor: Visitor | undefined): Visitor | undefined {
  if (!visitor || visitor.account.kind === 'naturalPerson') return visitor;
  const { kind, id } = visitor.account;
  redirect(ctx, kind === 'legalEntity' ? entityHref(id) : accountPaths.overview);
  return undefined;
}

/**
 * Power over an organisation is given and taken only by who was verified in person and signed in with
 * two factors. False when the person has been led to what is missing, and comes back to `returnTo`.
 */
export async function isStrongEnough(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  { visitor, ...places }: { visitor: Visitor } & SignInPlaces,
): Promise<boolean> {
  if (!(await isVerifiedEnough(deps, ctx, visitor))) return false;
  if ((levelOfAcr(visitor.session.acr) ?? 0) >= REPRESENTATIVE_LEVEL) return true;
  const acr = acrOf(REPRESENTATIVE_LEVEL);
  await sendToSignIn(deps.visitors, ctx, { ...places, ...(acr ? { acrValues: acr } : {}) });
  return false;
}

/** Whoever may be offered power, however signed in. False when it has been said what is missing. */
export async function isVerifiedEnough(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<boolean> {
  if (visitor.account.realNameLevel < REPRESENTATIVE_LEVEL) {
    const onwardHref = `${accountPaths.verification}?onward=${ONWARD_TO_ENTITIES}`;
    await showUnfinished(deps, ctx, { visitor, reason: 'level_needed', onwardHref });
    return false;
  }
  // A network identity has no number that a register could compare.
  if (!verifiedClaim(visitor.account)) {
    const onwardHref = `${accountPaths.verification}?onward=${ONWARD_TO_ENTITIES}`;
    await showUnfinished(deps, ctx, { visitor, reason: 'number_needed', onwardHref });
    return false;
  }
  return true;
}

/** The person who may register; undefined when it has been answered what is due. */
export async function registering(
  deps: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  reader: typeof personReading | { who: typeof personReading; returnTo: string },
): Promise<Visitor | undefined> {
  const { who, returnTo } =
    typeof reader === 'function' ? { who: reader, returnTo: entityPaths.register } : reader;
  const visitor = await who(deps, ctx);
  if (!visitor) return undefined;
  if (!deps.legalEntities.register) {
    redirect(ctx, entityPaths.list);
    return undefined;
  }
  const isStrong = await isStrongEnough(deps, ctx, { visitor, returnTo });
  return isStrong ? visitor : undefined;
}

const STATUS: Readonly<Record<EntityUnfinishedReason, number>> = {
  level_needed: 403,
  number_needed: 403,
  unavailable: 503,
  tries_used_up: 429,
  not_representative: 422,
  cancelled: 422,
  revoked: 422,
  not_completed: 409,
  has_others: 409,
  over: 410,
};

export async function showUnfinished(
  { visitors }: LegalEntitiesPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor } & Pick<
    EntityUnfinishedLocals,
    'reason' | 'onwardHref' | 'retryForm' | 'reviewHref'
  >,
): Promise<void> {
  const { visitor, reason, onwardHref, retryForm, reviewHref } = of;
  ctx.render(
    'legal-entities/unfinished',
    {
      ...(await accountFrame(visitors, visitor)),
      reason,
      ...(onwardHref === undefined ? {} : { onwardHref }),
      ...(retryForm === undefined ? {} : { retryForm }),
      ...(reviewHref === undefined ? {} : { reviewHref }),
    },
    { status: STATUS[reason] },
  );
}

export function entityAgreement({
  legalEntities,
}: LegalEntitiesPageDependencies): AgreementVersion {
  return legalEntities.agreements.current(ENTITY_AGREEMENT);
}

/** Where staff may be asked, when they may. */
export function offeredReview(
  { legalEntities: { entityReview } }: LegalEntitiesPageDependencies,
  application: EntityApplication | undefined,
): { reviewHref?: string } {
  const isOffered = application && entityReview?.isOffered(application);
  return isOffered ? { reviewHref: reviewHref(application.id) } : {};
}
