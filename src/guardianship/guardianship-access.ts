// What all pages of guardians share: who is there and how strongly, whose child it is, and where the
// pages are.
import {
  accountFrame,
  sendToSignIn,
  visitorOrExplanation,
  visitorOrSignIn,
} from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths } from '../account/account-paths.ts';
import { freshOrSignIn, isFresh } from '../account/fresh-sign-in.ts';
import type { Account } from '../accounts/account.ts';
import { acrOf, levelOfAcr } from '../oidc/claims/assurance.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { comeOfAge } from './come-of-age.ts';
import { childPaths } from './guardianship-paths.ts';
import type { Guardianship } from './guardianship.ts';
import type { ChildUnfinishedLocals, ChildUnfinishedReason } from './guardianship.views.ts';
import { GUARDIAN_LEVEL, guardianIn, isOfAge, suffices } from './ward.ts';
import type { Guardian, Ward } from './ward.ts';

export interface GuardianshipPageDependencies {
  visitors: AccountDependencies;
  guardianship: Guardianship;
}

export type Who = typeof guardianReading;

/** People of age; organisations, staff and children have no children in their care. */
export async function guardianReading(
  { visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  return onlyPerson(ctx, await visitorOrSignIn(visitors, ctx));
}

/** The same for what a form sends. */
export async function guardianSending(
  { visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  return onlyPerson(ctx, await visitorOrExplanation(visitors, ctx));
}

function onlyPerson(ctx: HttpContext, visitor: Visitor | undefined): Visitor | undefined {
  const { kind, isWard } = visitor?.account ?? {};
  if (!visitor || (kind === 'naturalPerson' && !isWard)) return visitor;
  redirect(ctx, accountPaths.overview);
  return undefined;
}

type ReturnPath = 'list' | 'add' | 'join';

/**
 * Who was verified in person, signed in with two factors, and lately. Undefined when the person has
 * been led to what is missing, and comes back to `returnTo`.
 */
export async function strongGuardian(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  { who, returnTo }: { who: Who; returnTo: (typeof childPaths)[ReturnPath] },
): Promise<Visitor | undefined> {
  const visitor = await who(deps, ctx);
  if (!visitor) return undefined;
  if (!suffices(visitor.account)) {
    const onwardHref = accountPaths.verification;
    await showUnfinished(deps, ctx, { visitor, reason: 'level_needed', onwardHref });
    return undefined;
  }
  if ((levelOfAcr(visitor.session.acr) ?? 0) < GUARDIAN_LEVEL) {
    const acr = acrOf(GUARDIAN_LEVEL);
    await sendToSignIn(deps.visitors, ctx, { returnTo, ...(acr ? { acrValues: acr } : {}) });
    return undefined;
  }
  const isSending = who === guardianSending;
  if (isSending && isFresh(deps.visitors, visitor)) return visitor;
  return (await freshOrSignIn(deps.visitors, ctx, { visitor, returnTo })) ? visitor : undefined;
}

export interface InCare {
  visitor: Visitor;
  ward: Ward;
  guardian: Guardian;
  child: Account;
}

/**
 * A child in this person's care. Somebody else's, one that was never there and one that has come of age
 * meanwhile lead to the list alike.
 */
export async function childInCare(
  deps: GuardianshipPageDependencies,
  ctx: HttpContext,
  { who, childId }: { who: Who; childId: string },
): Promise<InCare | undefined> {
  const visitor = await strongGuardian(deps, ctx, { who, returnTo: childPaths.list });
  if (!visitor) return undefined;
  const found = await wardOf(deps.guardianship, visitor.account.id, childId);
  if (!found) {
    redirect(ctx, childPaths.list);
    return undefined;
  }
  return { visitor, ...found };
}

/** Of a guardian at this very moment: a birthday ends it before any page does. */
export async function wardOf(
  guardianship: Guardianship,
  guardianId: string,
  childId: string,
): Promise<Omit<InCare, 'visitor'> | undefined> {
  const [ward, child] = await Promise.all([
    guardianship.wards.find(childId),
    guardianship.accounts.findById(childId),
  ]);
  const guardian = ward && guardianIn(ward, guardianId);
  if (!ward || !guardian || !child || child.state === 'closed') return undefined;
  if (!isOfAge(ward, guardianship.clock.now())) return { ward, guardian, child };
  await comeOfAge(guardianship, ward);
  return undefined;
}

const STATUS: Readonly<Record<ChildUnfinishedReason, number>> = {
  level_needed: 403,
  unavailable: 503,
  tries_used_up: 429,
  not_confirmed: 422,
  over: 410,
};

export async function showUnfinished(
  { visitors }: GuardianshipPageDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor } & Pick<
    ChildUnfinishedLocals,
    'reason' | 'onwardHref' | 'againForm' | 'againHref' | 'reviewHref'
  >,
): Promise<void> {
  const { visitor, ...locals } = of;
  ctx.render(
    'guardianship/unfinished',
    { ...(await accountFrame(visitors, visitor)), ...locals },
    { status: STATUS[of.reason] },
  );
}
