// Changes of the second factor need a password that was given minutes ago. Who was not asked for it
// lately is sent to the provider, which asks for as much as the session has proven before.
import { confirmedContacts } from '../credentials/contact-code.ts';
import { hasSecondFactor } from '../credentials/second-factor.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { sendToSignIn } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';

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

/** A first authenticator needs more than the password: a code to a contact, minutes ago. */
export function isContactProven(
  deps: Pick<AccountDependencies, 'clock'>,
  { session }: Visitor,
): boolean {
  const at = session.contactProvenAt?.getTime();
  return at !== undefined && deps.clock.now().getTime() - at <= FRESH_SECONDS * 1000;
}

/** One authenticator per account: setting up needs none and a contact, removing needs one. */
export async function isMeaningful(
  deps: Pick<AccountDependencies, 'credentials'>,
  path: string,
  { account }: Visitor,
): Promise<boolean> {
  const has = await hasSecondFactor(deps.credentials, account.id);
  if (path === accountPaths.removeTotp) return has;
  return !has && confirmedContacts(account).length > 0;
}
