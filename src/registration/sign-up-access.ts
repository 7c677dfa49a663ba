// Which registration a browser has under way, and which of its pages is due: whatever a form says,
// only the step that is due may be answered.
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { RegistrationDependencies } from './registration-deps.ts';
import { formerHolder } from './sign-up-contact.ts';
import { signUpPaths, signUpStart } from './sign-up-paths.ts';
import type { SignUp } from './sign-up-store.ts';

const COOKIE = 'hutong_sign_up';

export type SignUpStep = 'code' | 'known' | 'details' | 'registered';

type CookieDependencies = Pick<RegistrationDependencies, 'cookies' | 'isSecure'>;

export function signUpCookie(
  deps: Pick<CookieDependencies, 'cookies'>,
  ctx: HttpContext,
): string | undefined {
  return ctx.cookies.get(deps.cookies.host(COOKIE), { signed: false })?.slice(0, 100);
}

export function setSignUpCookie(deps: CookieDependencies, ctx: HttpContext, id: string): void {
  ctx.cookies.set(deps.cookies.host(COOKIE), id, { ...cookieOptions(deps), signed: false });
}

export async function findSignUp(
  deps: Pick<RegistrationDependencies, 'signUps' | 'cookies'>,
  ctx: HttpContext,
): Promise<SignUp | undefined> {
  const id = signUpCookie(deps, ctx);
  return id === undefined ? undefined : deps.signUps.find(id);
}

/** The page that is due. */
export async function dueStep(deps: RegistrationDependencies, signUp: SignUp): Promise<SignUpStep> {
  if (signUp.stage === 'contact') return 'code';
  if (signUp.stage === 'done') return 'registered';
  return (await formerHolder(deps, signUp)) ? 'known' : 'details';
}

/** The registration at this step; undefined when the reader has been sent on, or told of its end. */
export async function signUpAt(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  step: SignUpStep,
): Promise<SignUp | undefined> {
  // The switches of a form's answer lead to its page.
  ctx.state.pageAddress = signUpPaths[step];
  const signUp = await findSignUp(deps, ctx);
  if (!signUp) {
    ctx.state.pageAddress = signUpPaths.start;
    ctx.render('registration/sign-up-ended', { againHref: signUpStart({}) }, { status: 400 });
    return undefined;
  }
  const due = await dueStep(deps, signUp);
  if (due === step) return signUp;
  redirect(ctx, signUpPaths[due]);
  return undefined;
}

/** To whatever is due now. @param cookie one that this answer sets, instead of the one that came */
export async function leadOn(
  deps: RegistrationDependencies,
  ctx: HttpContext,
  cookie = signUpCookie(deps, ctx),
): Promise<void> {
  const signUp = cookie === undefined ? undefined : await deps.signUps.find(cookie);
  redirect(ctx, signUp ? signUpPaths[await dueStep(deps, signUp)] : signUpPaths.start);
}
