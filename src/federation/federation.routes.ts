// Where peers send people and tokens: the return from a sign-in there, and the word that a session there
// has ended (OpenID Connect Back-Channel Logout 1.0).
import { z } from 'zod';
import { accountPaths } from '../account/account-paths.ts';
import { LOGOUT_PATH } from '../oidc/storage/parked-request.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import type { SessionEnding } from '../sessions/session-ending.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { ArrivalPlace } from './arrival.ts';
import { pathsForPeers, SIGNED_OUT_PATH } from '../peers/our-addresses.ts';
import { peerInAddress } from '../peers/peer-in-address.ts';
import type { FederationDependencies } from './federation-deps.ts';
import { carryAnswer } from './carried-answer.ts';
import { placeOfAnswer } from './redeem-arrival.ts';
import { peerSignOutPage, receivePeerLogout } from './upstream-sign-out.ts';

/** Whatever a dialect brings back; a name that comes twice counts as none. */
const broughtBack = z.record(
  z.string().max(100),
  z.union([z.string().max(8000), z.array(z.string().max(8000)).max(20)]),
);

export interface FederationRouteDependencies extends FederationDependencies {
  cookies: CookieNames;
  keyring: Keyring;
  sessions: FederationDependencies['sessions'] & Pick<SessionStore, 'findByCookie'>;
  ending: FederationDependencies['ending'] & Pick<SessionEnding, 'end'>;
  isTokenSpent: (id: string) => Promise<boolean>;
  spendToken: (id: string, keptSeconds: number) => Promise<boolean>;
}

const SESSION_COOKIE = 'hutong_session';
const AFTERWARDS = 'federation.afterwards';

export function federationRoutes(deps: FederationRouteDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: `${pathsForPeers.backchannelLogout}/:peer`,
      name: 'federation.backchannel_logout',
      limiter: 'protocol',
      csrf: { exempt: 'the token proves where it comes from (Back-Channel Logout 2.6)' },
      input: {
        params: z.object({ peer: peerInAddress }),
        body: z.object({ logout_token: z.string().max(10_000).default('') }),
      },
      handle: (ctx, { params, body }) =>
        takeLogout(deps, ctx, { peerId: params.peer, token: body.logout_token }),
    }),
    defineRoute({
      method: 'POST',
      path: '/federation/sign-out',
      name: 'federation.sign_out',
      limiter: 'account',
      csrf: 'token',
      input: { body: z.object({ onward: z.string().max(2000).default('') }) },
      handle: (ctx, { body }) => signOutEverywhere(deps, ctx, body.onward),
    }),
    defineRoute({
      method: 'GET',
      path: SIGNED_OUT_PATH,
      name: 'federation.signed_out',
      input: { query: z.object({ state: z.string().max(4000).default('') }) },
      handle: (ctx, { query }) => goOnward(ctx, onwardOf(deps, query.state)),
    }),
    defineRoute({
      method: 'GET',
      path: `${pathsForPeers.return}/:peer`,
      name: 'federation.return',
      limiter: 'signIn',
      input: { params: z.object({ peer: peerInAddress }), query: broughtBack },
      handle: (ctx, { params, query }) => takeReturn(deps, ctx, { peerId: params.peer, query }),
    }),
  ];
}

async function takeReturn(
  deps: Pick<FederationRouteDependencies, 'arrivals' | 'keyring'>,
  ctx: HttpContext,
  { peerId, query }: { peerId: string; query: z.output<typeof broughtBack> },
): Promise<void> {
  const single = Object.entries(query).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const callback = Object.fromEntries(single);
  const { state = '' } = callback;
  const place = state === '' ? undefined : await placeOfAnswer(deps, { peerId, state });
  if (!place) {
    ctx.render('oidc/interaction-expired', { reason: 'expired' }, { status: 400 });
    return;
  }
  const answer = carryAnswer(deps.keyring, { state, callback });
  goOnward(ctx, `${placePath(place)}?${new URLSearchParams({ state, answer }).toString()}`);
}

/**
 * No redirect between two platforms: Chromium would hold all that follows a form, up to the relying party,
 * against the form-action of the platform that the form was of.
 */
function goOnward(ctx: HttpContext, onwardHref: string): void {
  ctx.set('Refresh', `0;url=${onwardHref}`);
  ctx.render('federation/onward', { onwardHref });
}

/** Only there is it known whether it is the browser that went to the peer. */
function placePath(place: ArrivalPlace): string {
  return place.kind === 'link' ? accountPaths.linkArrived : `/interaction/${place.uid}/arrived`;
}

/** Back-Channel Logout 1.0, 2.8: 200 when it was understood, 400 when not. */
async function takeLogout(
  deps: FederationRouteDependencies,
  ctx: HttpContext,
  of: { peerId: string; token: string },
): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  const outcome = await receivePeerLogout(deps, of);
  if (outcome.ok) {
    ctx.status = 200;
    return;
  }
  const { reason: problem, detail } = outcome;
  deps.logger.warn({ peer: of.peerId, problem, detail }, 'a logout token was refused');
  ctx.status = problem === 'unavailable' ? 503 : 400;
  // Whom we know, and whether anybody has come from there, is nobody's business.
  const told = problem === 'peer_unknown' ? 'invalid' : problem;
  ctx.body = { error: 'invalid_request', error_description: told };
}

/** Here first: whatever becomes of the other side, this one is over. */
async function signOutEverywhere(
  deps: FederationRouteDependencies,
  ctx: HttpContext,
  onward: string,
): Promise<void> {
  const query = new URLSearchParams(onward);
  const cookie = ctx.cookies.get(deps.cookies.host(SESSION_COOKIE), { signed: true });
  const session = cookie === undefined ? undefined : await deps.sessions.findByCookie(cookie);
  const after = `${LOGOUT_PATH}?${query.toString()}`;
  if (!session) return redirect(ctx, after);
  const sealed = deps.keyring.encryptJson({ onward: query.toString() }, AFTERWARDS);
  const state = sealed.toString('base64url');
  const signInId = session.upstreamSignInId;
  await deps.ending.end(session.uid, { reason: 'signed_out' });
  const page = signInId === undefined ? undefined : await pageThere(deps, { signInId, state });
  if (page) goOnward(ctx, page.href);
  else redirect(ctx, after);
}

/** Undefined also where it cannot be told: who is signed out here is not shown a failure. */
async function pageThere(
  deps: FederationRouteDependencies,
  of: { signInId: string; state: string },
): Promise<URL | undefined> {
  try {
    return await peerSignOutPage(deps, of);
  } catch (error) {
    deps.logger.warn({ err: error }, 'no way to the sign-out of a peer');
    return undefined;
  }
}

/** Only what we have sealed ourselves is followed, and it stays on our sign-out. */
function onwardOf({ keyring }: FederationRouteDependencies, state: string): string {
  try {
    const opened = keyring.decryptJson(Buffer.from(state, 'base64url'), AFTERWARDS);
    const { onward } = z.object({ onward: z.string() }).parse(opened);
    return `${LOGOUT_PATH}?${onward}`;
  } catch {
    // Altered, or somebody else's: the sign-out is over all the same.
    return LOGOUT_PATH;
  }
}
