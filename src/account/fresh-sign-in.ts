// Changes of the second factor need a password that was given minutes ago. Who was not asked for it
// lately is sent to the provider, which asks for as much as the session has proven before.
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { sendToSignIn } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';

/** Long enough to install an authenticator and to type the first code. */
export const FRESH_SECONDS = 900;
/** A sign-in is asked for anew while the form still has this much time. */
const MAX_AGE_SECONDS = 300;

/** For a form: it was shown after a fresh sign-in and is sent before that is over. */
export function isFresh(deps: Pick<AccountDependencies, 'clock'>, { session }: Visitor): boolean {
  return epochSeconds(deps.clock) - session.authTime <= FRESH_SECONDS;
}

/** For a page: true, or the person is on the way to the provider and comes back to `returnTo`. */
export async function freshOrSignIn(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, returnTo }: { visitor: Visitor; returnTo: string },
): Promise<boolean> {
  const { authTime, acr } = visitor.session;
  if (epochSeconds(deps.clock) - authTime <= MAX_AGE_SECONDS) return true;
  await sendToSignIn(deps, ctx, {
    returnTo,
    maxAge: MAX_AGE_SECONDS,
    ...(acr === undefined ? {} : { acrValues: acr }),
  });
  return false;
}
