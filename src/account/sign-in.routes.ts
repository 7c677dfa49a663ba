// The account centre's sign-in and sign-out as a relying party: the answer of the provider, the
// way out, the notice that a session has ended.
import { z } from 'zod';
import { idleSeconds } from '../oidc/lifetimes.ts';
import { LOGOUT_PATH, PARKED_PARAMETER } from '../oidc/storage/parked-request.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import {
  findVisitor,
  sessionCookie,
  setSessionCookie,
  visitorOrExplanation,
} from './account-access.ts';
import type { SignedIn } from './account-client.ts';
import type { AccountDependencies } from './account-deps.ts';
import { ACCOUNT_CLIENT_ID, accountPaths, parentOf } from './account-paths.ts';
import { takePendingSignIn } from './pending-sign-in.ts';

const text = z.string().max(4000);
const answerQuery = z.object({
  state: text.default(''),
  code: text.optional(),
  error: text.optional(),
});

export function accountSignInRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.callback,
      name: 'account.callback',
      input: { query: answerQuery },
      handle: (ctx, { query }) => receiveAnswer(deps, ctx, query.state),
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.backchannelLogout,
      name: 'account.backchannel_logout',
      limiter: { exempt: 'comes from ourselves; anything else fails at one signature check' },
      csrf: { exempt: 'the token proves where it comes from (Back-Channel Logout 2.6)' },
      input: { body: z.object({ logout_token: z.string().max(10_000).default('') }) },
      handle: (ctx, { body }) => receiveLogout(deps, ctx, body.logout_token),
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.signOut,
      name: 'account.sign_out',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (!visitor) return;
        // Parked, so that the hint does not stand in an address.
        const query = deps.client.signOutQuery(visitor.session.idToken);
        const id = await deps.parked.park(LOGOUT_PATH, query);
        redirect(ctx, `${LOGOUT_PATH}?${PARKED_PARAMETER}=${id}`);
      },
    }),
    defineRoute({
      method: 'GET',
      path: accountPaths.signedOut,
      name: 'account.signed_out',
      handle: (ctx) => showSignedOut(deps, ctx),
    }),
  ];
}

async function receiveAnswer(
  deps: AccountDependencies,
  ctx: HttpContext,
  state: string,
): Promise<void> {
  const pending = await takePendingSignIn(deps, ctx, state);
  if (!pending) return explainStray(deps, ctx);
  const answer = await deps.client.finish(ctx.querystring, { ...pending, state });
  if (!answer.ok) {
    // Who declines to give the password again is still signed in.
    if (answer.reason === 'refused' && (await findVisitor(deps, ctx))) {
      return redirect(ctx, pending.cancelTo ?? parentOf(pending.returnTo));
    }
    ctx.log.info({ reason: answer.reason, error: answer.error }, 'account sign-in not completed');
    const status = answer.reason === 'refused' ? 200 : 400;
    ctx.render(
      'account/sign-in-problem',
      { reason: answer.reason, onwardHref: pending.returnTo },
      { status },
    );
    return;
  }
  if (await openSession(deps, ctx, answer)) return redirect(ctx, pending.returnTo);
  ctx.render(
    'account/sign-in-problem',
    { reason: 'ended_meanwhile', onwardHref: pending.returnTo },
    { status: 400 },
  );
}

/** An answer nobody here waits for: the back button, a second try, or a browser without cookies. */
async function explainStray(deps: AccountDependencies, ctx: HttpContext): Promise<void> {
  if (await findVisitor(deps, ctx)) return redirect(ctx, accountPaths.overview);
  if (ctx.get('cookie') === '') throw new AppError('cookies_required');
  ctx.render(
    'account/sign-in-problem',
    { reason: 'answer_invalid', onwardHref: accountPaths.overview },
    { status: 400 },
  );
}

/** False when the account or the provider's session has ended while the answer was under way. */
async function openSession(
  deps: AccountDependencies,
  ctx: HttpContext,
  { accountId, sid, idToken, authTime, acr, amr }: SignedIn,
): Promise<boolean> {
  const [account, sessionKey] = await Promise.all([
    deps.accounts.findById(accountId),
    deps.sessions.keyOfSid(accountId, ACCOUNT_CLIENT_ID, sid),
  ]);
  if (!account?.isActive || sessionKey === undefined) return false;
  const former = sessionCookie(deps, ctx);
  const content = {
    accountId,
    sid,
    sessionKey,
    idToken,
    authTime,
    amr,
    ...(acr === undefined ? {} : { acr }),
  };
  const id = await deps.accountSessions.open(content, idleSeconds[account.kind]);
  if (former !== undefined) await deps.accountSessions.end(former);
  setSessionCookie(deps, ctx, id);
  return true;
}

/** Back-Channel Logout 1.0, 2.8: 200 when done, 400 for a token that is none. */
async function receiveLogout(
  deps: AccountDependencies,
  ctx: HttpContext,
  token: string,
): Promise<void> {
  const read = await deps.logoutTokens.read(token);
  if (!read.ok) {
    ctx.log.info({ reason: read.reason }, 'logout token refused');
    ctx.status = 400;
    ctx.body = { error: 'invalid_request', error_description: read.reason };
    return;
  }
  await deps.accountSessions.endBySid(read.sid);
  ctx.status = 200;
  ctx.body = '';
}

/** Where the provider sends the browser after a sign-out that began here. */
async function showSignedOut(deps: AccountDependencies, ctx: HttpContext): Promise<void> {
  const id = sessionCookie(deps, ctx);
  const session = id === undefined ? undefined : await deps.accountSessions.find(id);
  if (await findVisitor(deps, ctx)) return redirect(ctx, accountPaths.overview);
  setSessionCookie(deps, ctx, null);
  if (!session) {
    ctx.render('sessions/signed-out', {});
    return;
  }
  const keys = await deps.sessions.keysOfAccount(session.accountId);
  const isGlobal = !keys.includes(session.sessionKey);
  const home = { name: ctx.t('account.title'), homeUrl: accountPaths.overview };
  ctx.render('sessions/signed-out', { isGlobal, ...(isGlobal ? {} : { relyingParty: home }) });
}
