// Changes of the second factor need a password that was given minutes ago. Who was not asked for it
// lately is sent to the provider, which asks for as much as the session has proven before.
import { confirmedContacts } from '../credentials/contact-code.ts';
import { hasSecondFactor, secondFactorsOf } from '../credentials/second-factor.ts';
import {
  isByMeansAlone,
  ownStrength,
  provesMoreThanContact,
  RECOVERY_CODE_AMR,
} from '../oidc/claims/assurance.ts';
import { FRESH_SIGN_IN_SECONDS } from '../oidc/lifetimes.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { sendToSignIn } from './account-access.ts';
import type { SignInPlaces, Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths, isContactChange, isGuarded } from './account-paths.ts';

/** A sign-in is asked for anew while the form still has this much time. */
const MAX_AGE_SECONDS = 300;

const CRYPTOGRAPHIC: ReadonlySet<string> = new Set(['otp', 'hwk']);

/** For a form: it was shown after a fresh sign-in and is sent before that is over. */
export function isFresh(deps: Pick<AccountDependencies, 'clock'>, { session }: Visitor): boolean {
  const age = epochSeconds(deps.clock) - session.authTime;
  return provesMoreThanContact(session.amr) && age <= FRESH_SIGN_IN_SECONDS;
}

/** For a page: true, or the person is on the way to the provider and comes back to `returnTo`. */
export async function freshOrSignIn(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, ...places }: { visitor: Visitor } & SignInPlaces,
): Promise<boolean> {
  const { authTime, acr, amr } = visitor.session;
  const isRecent = epochSeconds(deps.clock) - authTime <= MAX_AGE_SECONDS;
  if (isRecent && provesMoreThanContact(amr)) return true;
  await sendToSignIn(deps, ctx, {
    ...places,
    maxAge: MAX_AGE_SECONDS,
    ...(acr === undefined ? {} : { acrValues: acr }),
  });
  return false;
}

/** More than the password was proven minutes ago: a code to a contact, or a second factor. */
function isContactProven(deps: Pick<AccountDependencies, 'clock'>, { session }: Visitor): boolean {
  return isRecent(deps, session.contactProvenAt);
}

function isRecent({ clock }: Pick<AccountDependencies, 'clock'>, at: Date | undefined): boolean {
  return at !== undefined && clock.now().getTime() - at.getTime() <= FRESH_SIGN_IN_SECONDS * 1000;
}

/**
 * The same before a cryptographic factor is added (docs/decisions/0015): who has read a list of recovery
 * codes beside the password must not make himself a way in for good. A code to a contact comes on top.
 */
export async function newFactorProofDue(
  deps: Pick<AccountDependencies, 'clock' | 'credentials'>,
  visitor: Visitor,
): ReturnType<typeof proofDue> {
  const due = await proofDue(deps, visitor);
  if (due !== 'none' || isContactProven(deps, visitor)) return due;
  const { amr } = visitor.session;
  const isByCode =
    isRecent(deps, visitor.session.recoveryCodeAt) || amr.includes(RECOVERY_CODE_AMR);
  if (!isByCode || amr.some((method) => CRYPTOGRAPHIC.has(method))) return due;
  return confirmedContacts(visitor.account).length > 0 ? 'contact' : 'impossible';
}

type DueProof = 'none' | 'factor' | 'contact' | 'impossible';

/**
 * What has to be proven before a factor is added or changed. Whoever has stolen the password must not
 * be able to give himself another: an account that has a second factor is asked for that one, any
 * other for a code to a confirmed contact.
 */
export async function proofDue(
  deps: Pick<AccountDependencies, 'clock' | 'credentials'>,
  visitor: Visitor,
): Promise<DueProof> {
  if (isByOwnMeans(visitor)) return 'impossible';
  if (isContactProven(deps, visitor)) return 'none';
  if (isRecent(deps, visitor.session.recoveryCodeAt)) return 'none';
  if (!(await hasAuthenticator(deps, visitor))) {
    return confirmedContacts(visitor.account).length > 0 ? 'contact' : 'impossible';
  }
  return showedOwnFactor(visitor) && isFresh(deps, visitor) ? 'none' : 'factor';
}

/**
 * Before everything is copied, closed or merged: the second factor of an account that has one. An
 * organisation's licence or certificate is none of those: the account's own is asked for beside it.
 */
export async function isFactorDue(
  deps: Pick<AccountDependencies, 'clock' | 'credentials'>,
  visitor: Visitor,
): Promise<boolean> {
  if (!isByOwnMeans(visitor)) return (await proofDue(deps, visitor)) === 'factor';
  const { contactProvenAt, recoveryCodeAt } = visitor.session;
  if ([contactProvenAt, recoveryCodeAt].some((at) => isRecent(deps, at))) return false;
  if (showedOwnFactor(visitor) && isFresh(deps, visitor)) return false;
  return hasAuthenticator(deps, visitor);
}

/** A second factor that belongs to the account was shown at this sign-in, or a passkey. */
export function showedOwnFactor(visitor: Visitor): boolean {
  const { amr } = visitor.session;
  if (isByOwnMeans(visitor)) return amr.some((method) => CRYPTOGRAPHIC.has(method));
  return ownStrength(amr) >= 2 || amr.some((method) => CRYPTOGRAPHIC.has(method));
}

/** For the forms of such pages. */
export async function isGuardProven(
  deps: Pick<AccountDependencies, 'clock' | 'credentials'>,
  visitor: Visitor,
): Promise<boolean> {
  return isFresh(deps, visitor) && !(await isFactorDue(deps, visitor));
}

async function hasAuthenticator(
  deps: Pick<AccountDependencies, 'credentials'>,
  { account }: Visitor,
): Promise<boolean> {
  const { hasTotp, hasPasskey } = await secondFactorsOf(deps.credentials, account.id);
  return hasTotp || hasPasskey;
}

function isByOwnMeans({ account, session: { amr } }: Visitor): boolean {
  return account.kind === 'legalEntity' && isByMeansAlone(amr);
}

/** One authenticator per account: setting up needs none, removing needs one. */
export async function isMeaningful(
  deps: Pick<AccountDependencies, 'clock' | 'credentials'>,
  path: string,
  visitor: Visitor,
): Promise<boolean> {
  if (path === accountPaths.recoveryCodes) return hasAuthenticator(deps, visitor);
  if (isGuarded(path)) return true;
  const isPossible = (await proofDue(deps, visitor)) !== 'impossible';
  if (isContactChange(path)) return isPossible;
  if (path === accountPaths.passkeys) return isPossible;
  const has = await hasSecondFactor(deps.credentials, visitor.account.id);
  return path === accountPaths.removeTotp ? has : !has && isPossible;
}
