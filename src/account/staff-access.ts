// Who is at a page of staff: signed in by our own provider with two factors, minutes ago for what changes
// something. What they may do there, each console decides.
import { acrOf, loginStrength } from '../oidc/claims/assurance.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { findVisitor, sendToSignIn } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';

const LEAST_STRENGTH = 2;
/** Needs two factors. */
const PAGES_LEVEL = 3;
/** A sign-in is asked for anew while the form still has this much time. */
const FRESH_AGAIN_SECONDS = 300;
/** Long enough to fill in the form. */
const FRESH_SECONDS = 900;

/** For a page; undefined when the person is on the way to sign in. */
export async function strongVisitor(
  visitors: AccountDependencies,
  ctx: HttpContext,
  { isFresh = false } = {},
): Promise<Visitor | undefined> {
  const visitor = await findVisitor(visitors, ctx);
  const isStrong = visitor !== undefined && hasTwoFactors(visitor);
  if (isStrong && (!isFresh || ageOf(visitors, visitor) <= FRESH_AGAIN_SECONDS)) return visitor;
  const returnTo = ctx.querystring === '' ? ctx.path : `${ctx.path}?${ctx.querystring}`;
  const acrValues = acrOf(PAGES_LEVEL);
  await sendToSignIn(visitors, ctx, {
    returnTo,
    ...(isStrong ? { maxAge: FRESH_AGAIN_SECONDS } : {}),
    ...(acrValues === undefined ? {} : { acrValues }),
  });
  return undefined;
}

/** For a form: what was typed is not swallowed by a sign-in that ended meanwhile. */
export async function strongSender(
  visitors: AccountDependencies,
  ctx: HttpContext,
): Promise<Visitor | undefined> {
  ctx.state.pageAddress = ctx.path;
  const visitor = await findVisitor(visitors, ctx);
  if (visitor && hasTwoFactors(visitor)) return visitor;
  ctx.render('account/sign-in-again', { signInHref: ctx.path }, { status: 401 });
  return undefined;
}

/** Both factors were given minutes ago. */
export function isFreshSignIn(visitors: AccountDependencies, visitor: Visitor): boolean {
  return ageOf(visitors, visitor) <= FRESH_SECONDS;
}

function ageOf(visitors: AccountDependencies, { session }: Visitor): number {
  return epochSeconds(visitors.clock) - session.authTime;
}

function hasTwoFactors({ session }: Visitor): boolean {
  return loginStrength(session.amr) >= LEAST_STRENGTH;
}
