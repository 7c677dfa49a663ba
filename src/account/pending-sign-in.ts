// A sign-in that this browser has begun, sealed in a cookie that only the callback receives. A few
// tabs may be under way at once; a callback that comes twice finds nothing the second time.
import { z } from 'zod';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { BegunSignIn } from './account-client.ts';
import { accountPaths } from './account-paths.ts';

export interface PendingSignInDependencies {
  keyring: Keyring;
  clock: Clock;
  cookies: CookieNames;
  isSecure: boolean;
}

export interface PendingSignIn extends BegunSignIn {
  /** A page of the account centre. */
  returnTo: string;
  /** Where somebody goes who is signed in already and declines. */
  cancelTo?: string | undefined;
}

const PENDING_SECONDS = 3600;
/** The state decides the cookie, so that a browser never carries more than this many. */
const SLOTS = 16;

const pendingSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  maxAge: z.number().optional(),
  acrValues: z.string().optional(),
  returnTo: z.string(),
  cancelTo: z.string().optional(),
  expiresAt: z.number(),
});

export function keepPendingSignIn(
  deps: PendingSignInDependencies,
  ctx: HttpContext,
  pending: PendingSignIn,
): void {
  const [name = ''] = cookiesOf(deps, pending.state);
  const content = { ...pending, expiresAt: epochSeconds(deps.clock) + PENDING_SECONDS };
  const sealed = deps.keyring.encryptJson(content, contextOf(name)).toString('base64url');
  setCookie(deps, ctx, { name, value: sealed, maxAge: PENDING_SECONDS * 1000 });
}

/** The sign-in an answer belongs to, once. Undefined for another browser's, an old or a used one. */
export function takePendingSignIn(
  deps: PendingSignInDependencies,
  ctx: HttpContext,
  state: string,
): PendingSignIn | undefined {
  const found = cookiesOf(deps, state)
    .map((name) => ({ name, sealed: ctx.cookies.get(name, { signed: false }) }))
    .map(({ name, sealed }) => ({ name, pending: sealed && open(deps, name, sealed) }))
    .find(({ pending }) => pending && pending.state === state);
  if (!found?.pending) return undefined;
  setCookie(deps, ctx, { name: found.name, value: null, maxAge: 0 });
  const { expiresAt, maxAge, acrValues, cancelTo, ...rest } = found.pending;
  if (expiresAt <= epochSeconds(deps.clock)) return undefined;
  return {
    ...rest,
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(cancelTo === undefined ? {} : { cancelTo }),
  };
}

function open(deps: PendingSignInDependencies, name: string, sealed: string) {
  try {
    const bytes = Buffer.from(sealed, 'base64url');
    return pendingSchema.parse(deps.keyring.decryptJson(bytes, contextOf(name)));
  } catch {
    // Altered, or sealed with a key that is gone: as good as none.
    return undefined;
  }
}

/** One for each key that counts, the present one first: a key may change on the way. */
function cookiesOf({ keyring, cookies }: PendingSignInDependencies, state: string): string[] {
  const label = 'account.pending-slot';
  return [keyring.mac('cookie', label, state), ...keyring.macs('cookie', label, state)].map(
    ([byte = 0]) => cookies.secure(`hutong_account_sign_in_${byte % SLOTS}`),
  );
}

function contextOf(cookie: string): string {
  return `account.pending:${cookie}`;
}

function setCookie(
  deps: PendingSignInDependencies,
  ctx: HttpContext,
  cookie: { name: string; value: string | null; maxAge: number },
): void {
  ctx.cookies.set(cookie.name, cookie.value, {
    ...cookieOptions(deps),
    signed: false,
    path: accountPaths.callback,
    maxAge: cookie.maxAge,
  });
}
