// Who is at the console: a civil servant with the role, signed in by our own provider with two factors,
// idle for a quarter of an hour at most. Whoever else comes is refused, and that is recorded.
import { displayName, findVisitor, sendToSignIn } from '../account/account-access.ts';
import type { Visitor } from '../account/account-access.ts';
import type { AccountDependencies } from '../account/account-deps.ts';
import { accountPaths } from '../account/account-paths.ts';
import type { EvidenceFiles } from '../evidence-files/evidence-files.ts';
import { acrOf, loginStrength } from '../oidc/claims/assurance.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import type { Reviewer } from './case-work.ts';
import type { DeskRefusal } from './desk-refusal.ts';
import type { Review } from './open-review.ts';
import { reviewPaths } from './review-paths.ts';
import type { ConsoleFrame } from './review.views.ts';

export interface ConsoleDependencies {
  visitors: AccountDependencies;
  review: Review;
  evidenceFiles: Pick<EvidenceFiles, 'ofCase' | 'view'>;
}

export interface ConsoleVisitor {
  visitor: Visitor;
  reviewer: Reviewer;
}

const LEAST_STRENGTH = 2;
/** Needs two factors, like the console. */
const CONSOLE_LEVEL = 3;
/** A sign-in is asked for anew while what it is for still has this much time. */
const FRESH_AGAIN_SECONDS = 300;
/** Long enough to choose a reason. */
const FRESH_SECONDS = 900;

/** For a page; undefined when the answer is given: the sign-in, or that this is not for everybody. */
export async function reviewerOrSignIn(
  deps: ConsoleDependencies,
  ctx: HttpContext,
): Promise<ConsoleVisitor | undefined> {
  const visitor = await findVisitor(deps.visitors, ctx);
  if (visitor && isStrong(visitor)) return onlyReviewer(deps, ctx, visitor);
  const returnTo = ctx.querystring === '' ? ctx.path : `${ctx.path}?${ctx.querystring}`;
  await signInAgain(deps, ctx, { returnTo });
  return undefined;
}

/** For a form: what was typed is not swallowed by a sign-in that ended meanwhile. */
export async function reviewerOrExplanation(
  deps: ConsoleDependencies,
  ctx: HttpContext,
  page: string,
): Promise<ConsoleVisitor | undefined> {
  ctx.state.pageAddress = page;
  const visitor = await findVisitor(deps.visitors, ctx);
  if (visitor && isStrong(visitor)) return onlyReviewer(deps, ctx, visitor);
  ctx.render('account/sign-in-again', { signInHref: page }, { status: 401 });
  return undefined;
}

/** True when both factors were given minutes ago; else the person is on the way to give them. */
export async function freshOrOnTheWay(
  deps: ConsoleDependencies,
  ctx: HttpContext,
  { visitor, returnTo }: { visitor: Visitor; returnTo: string },
): Promise<boolean> {
  const isPage = ctx.method === 'GET';
  const age = epochSeconds(deps.visitors.clock) - visitor.session.authTime;
  if (age <= (isPage ? FRESH_AGAIN_SECONDS : FRESH_SECONDS)) return true;
  await signInAgain(deps, ctx, { returnTo, maxAge: FRESH_AGAIN_SECONDS });
  return false;
}

async function signInAgain(
  deps: ConsoleDependencies,
  ctx: HttpContext,
  request: { returnTo: string; maxAge?: number },
): Promise<void> {
  const acrValues = acrOf(CONSOLE_LEVEL);
  await sendToSignIn(deps.visitors, ctx, {
    ...request,
    ...(acrValues === undefined ? {} : { acrValues }),
  });
}

function isStrong({ session }: Visitor): boolean {
  return loginStrength(session.amr) >= LEAST_STRENGTH;
}

async function onlyReviewer(
  { review }: ConsoleDependencies,
  ctx: HttpContext,
  visitor: Visitor,
): Promise<ConsoleVisitor | undefined> {
  const { account } = visitor;
  const reviewer = { id: account.id, address: ctx.ip };
  if (account.kind === 'civilServant' && account.roles.includes('reviewer')) {
    return { visitor, reviewer };
  }
  await review.caseWork.refuse('not_reviewer', { id: '', by: reviewer, action: 'console' });
  ctx.render('review/not-reviewer', { homeHref: accountPaths.overview }, { status: 403 });
  return undefined;
}

export function consoleFrame(
  { visitor }: ConsoleVisitor,
  done?: ConsoleFrame['done'],
): ConsoleFrame {
  return {
    maskedName: displayName(visitor.account),
    signOutForm: { action: accountPaths.signOut },
    ...(done === undefined ? {} : { done }),
  };
}

const STATUS: Readonly<Record<DeskRefusal, number>> = {
  case_unknown: 404,
  not_reviewer: 403,
  own_case: 403,
  not_claimed: 403,
  claim_expired: 409,
  claimed_by_other: 409,
  voted_already: 403,
  not_read: 409,
  files_unseen: 409,
  read_too_much: 429,
  not_open: 409,
  too_late: 409,
  not_decided_by_you: 403,
  no_second_look: 409,
  no_source: 409,
  changed_meanwhile: 409,
};

export function statusOfRefusal(reason: DeskRefusal): number {
  return STATUS[reason];
}

/** Says what was refused and how to go on. */
export function showRefusal(
  ctx: HttpContext,
  at: ConsoleVisitor,
  { reason, onwardHref = reviewPaths.queue }: { reason: DeskRefusal; onwardHref?: string },
): void {
  ctx.render(
    'review/refused',
    { ...consoleFrame(at), reason, onwardHref },
    { status: STATUS[reason], isError: true },
  );
}
