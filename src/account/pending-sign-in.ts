// A sign-in that this browser has begun, sealed in the state of its request: so any number of tabs may be
// under way at once. A cookie with a random value binds it to the browser, whichever of its tabs began
// first. The answer is taken once, by whatever process it reaches.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { epochSeconds } from '../platform/clock.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { Random } from '../platform/random.ts';
import type { NewSignIn } from './account-client.ts';
import type { AccountSessionStore } from './account-session-store.ts';

export interface PendingSignInDependencies {
  keyring: Keyring;
  clock: Clock;
  random: Random;
  cookies: CookieNames;
  isSecure: boolean;
}

export interface PendingSignIn extends NewSignIn {
  /** A page of the account centre. */
  returnTo: string;
  /** Where somebody goes who is signed in already and declines. */
  cancelTo?: string | undefined;
}

const PENDING_SECONDS = 3600;
const CONTEXT = 'account.pending';
/** Followed by a random part, because tabs that a browser opens together each bring the first one. */
const COOKIE = 'hutong_sign_in_';
const MARK_SHAPE = /^([\w-]{8})=([\w-]{22})$/u;
/** More than a browser opens tabs together; those beyond are forgotten. */
const MOST_COOKIES = 24;

interface BrowserMark {
  suffix: string;
  secret: string;
}

const pendingSchema = z.object({
  nonce: z.string(),
  codeVerifier: z.string(),
  maxAge: z.number().optional(),
  acrValues: z.string().optional(),
  returnTo: z.string(),
  cancelTo: z.string().optional(),
  /** Hash of what its cookie holds. */
  browser: z.string(),
  expiresAt: z.number(),
});

/** @returns the state of the request */
export function keepPendingSignIn(
  deps: PendingSignInDependencies,
  ctx: HttpContext,
  pending: PendingSignIn,
): string {
  const [mark = newMark(deps), ...others] = marksOf(deps, ctx);
  for (const { suffix } of others.slice(MOST_COOKIES - 1)) setCookie(deps, ctx, { suffix });
  setCookie(deps, ctx, mark);
  const expiresAt = epochSeconds(deps.clock) + PENDING_SECONDS;
  const content = { ...pending, browser: hashOf(mark), expiresAt };
  return deps.keyring.encryptJson(content, CONTEXT).toString('base64url');
}

/** The sign-in an answer belongs to, once. Undefined for another browser's, an old or a used one. */
export async function takePendingSignIn(
  deps: PendingSignInDependencies & { accountSessions: Pick<AccountSessionStore, 'spend'> },
  ctx: HttpContext,
  state: string,
): Promise<PendingSignIn | undefined> {
  const pending = open(deps, state);
  if (!pending) return undefined;
  const { expiresAt, browser, maxAge, acrValues, cancelTo, ...rest } = pending;
  if (expiresAt <= epochSeconds(deps.clock)) return undefined;
  if (!marksOf(deps, ctx).some((mark) => hashOf(mark) === browser)) return undefined;
  if (!(await deps.accountSessions.spend('account.state', state, PENDING_SECONDS))) {
    return undefined;
  }
  return {
    ...rest,
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(cancelTo === undefined ? {} : { cancelTo }),
  };
}

function open(deps: PendingSignInDependencies, state: string) {
  try {
    const bytes = Buffer.from(state, 'base64url');
    // Other spellings of the same bytes would be other states.
    if (bytes.toString('base64url') !== state) return undefined;
    return pendingSchema.parse(deps.keyring.decryptJson(bytes, CONTEXT));
  } catch {
    // Altered, or sealed with a key that is gone: as good as none.
    return undefined;
  }
}

function newMark({ random }: PendingSignInDependencies): BrowserMark {
  return { suffix: random.id(48), secret: random.id(128) };
}

/** What this browser has, in its order; without the prefix of ours any site of the domain sets one. */
function marksOf(
  { cookies }: Pick<PendingSignInDependencies, 'cookies'>,
  ctx: HttpContext,
): BrowserMark[] {
  const start = cookies.host(COOKIE);
  const pairs = ctx.get('cookie').split(/; */u);
  return pairs.flatMap((pair) => {
    const mark = pair.startsWith(start) ? MARK_SHAPE.exec(pair.slice(start.length)) : undefined;
    const [, suffix, secret] = mark ?? [];
    return suffix === undefined || secret === undefined ? [] : [{ suffix, secret }];
  });
}

function hashOf({ suffix, secret }: BrowserMark): string {
  return createHash('sha256').update(`${suffix} ${secret}`).digest('base64url');
}

/** Without a secret it is forgotten. */
function setCookie(
  deps: PendingSignInDependencies,
  ctx: HttpContext,
  { suffix, secret }: { suffix: string; secret?: string },
): void {
  ctx.cookies.set(deps.cookies.host(`${COOKIE}${suffix}`), secret ?? null, {
    ...cookieOptions(deps),
    signed: false,
    maxAge: secret === undefined ? 0 : PENDING_SECONDS * 1000,
  });
}
