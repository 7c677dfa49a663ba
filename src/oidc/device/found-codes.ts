// Which user codes were typed at this browser, the last one first. A device is approved only by the
// browser at which its code was typed: the cookies that lead back into a sign-in are bound to a path,
// so that a page of a neighbouring domain could plant its own; these are bound to this host.
import type { HttpContext } from '../../platform/http/context.ts';
import { cookieOptions } from '../../platform/http/headers.ts';
import type { CookieNames } from '../../platform/http/headers.ts';

export interface FoundCodesDependencies {
  cookies: CookieNames;
  isSecure: boolean;
}

const COOKIE = 'hutong_user_codes';
/** As long as the longest-lived of them. */
const KEPT_SECONDS = 600;
/** A hall's screen, at which several devices are signed in at once. */
const MOST_KEPT = 5;
const SEPARATOR = '.';

/** Read by the library's requests, too: their context is ours. */
export function foundCodes(
  { cookies }: Pick<FoundCodesDependencies, 'cookies'>,
  ctx: Pick<HttpContext, 'cookies'>,
): readonly string[] {
  return ctx.cookies.get(cookies.host(COOKIE), { signed: true })?.split(SEPARATOR) ?? [];
}

/** @param userCode as it is stored */
export function keepFoundCode(
  deps: FoundCodesDependencies,
  ctx: HttpContext,
  userCode: string,
): void {
  const codes = [userCode, ...foundCodes(deps, ctx).filter((code) => code !== userCode)];
  ctx.cookies.set(deps.cookies.host(COOKIE), codes.slice(0, MOST_KEPT).join(SEPARATOR), {
    ...cookieOptions(deps),
    signed: true,
    maxAge: KEPT_SECONDS * 1000,
  });
}
