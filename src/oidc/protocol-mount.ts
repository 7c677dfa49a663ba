// Runs the provider inside our application: which paths are its own, what happens right before
// and right after it. The provider can be swapped while requests in flight finish on the old one.
import compose from 'koa-compose';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ModeDirectory } from '../registration-mode/mode-directory.ts';
import { AppError } from '../platform/errors.ts';
import { isDatabaseUnavailable } from '../platform/mongo.ts';
import type { HttpContext, HttpMiddleware } from '../platform/http/context.ts';
import { forgetInBrowser } from '../platform/http/headers.ts';
import { renderLibraryForm } from './pages/form-post-page.ts';
import { renderFrontChannel } from './pages/front-channel-page.ts';
import { describeIntrospected } from './identity/introspected.ts';
import { idleSeconds } from './lifetimes.ts';
import type { ParkedRequestStore } from './storage/parked-request-store.ts';
import { AUTHORIZE_PATH, LOGOUT_PATH, PARKED_PARAMETER } from './storage/parked-request.ts';
import { isTemporary } from './storage/database-failure.ts';
import { requestMemo } from './storage/request-memo.ts';
import type { SessionActivity } from '../sessions/session-activity.ts';
import type { SignedInAccount } from './claims/signed-in-account.ts';
import { refuseWrongMethod } from './pages/wrong-method.ts';
import { releaseWhenAnswered } from './release-request.ts';

interface ProtocolMountDependencies {
  mode: Pick<ModeDirectory, 'mode'>;
  provider: () => Provider;
  parked: ParkedRequestStore;
  activity: SessionActivity;
  signingKeys: {
    /** False when this process may have missed a change of them. */
    isCurrent(): boolean;
    readonly maxAgeSeconds: number;
  };
}

const PROTOCOL_PATH =
  /^\/(?:oauth2\/|device\/|\.well-known\/(?:openid-configuration|oauth-authorization-server)$)/u;
/** Where everything is signed that a request may get signed. */
const TOKEN_PATH = '/oauth2/token';
const ACTIVE_ROUTES = new Set(['token', 'userinfo']);

export function protocolMount(deps: ProtocolMountDependencies): HttpMiddleware {
  const composed = new WeakMap<Provider, ReturnType<typeof compose<HttpContext>>>();
  const run = (provider: Provider) => {
    const known = composed.get(provider) ?? compose(provider.middleware as never[]);
    composed.set(provider, known as ReturnType<typeof compose<HttpContext>>);
    return known as ReturnType<typeof compose<HttpContext>>;
  };
  return async (ctx, next) => {
    if (!PROTOCOL_PATH.test(ctx.path)) return next();
    if (ctx.path === TOKEN_PATH && !deps.signingKeys.isCurrent()) {
      throw new AppError('database_unavailable', {
        details: { reason: 'signing_keys_not_current' },
      });
    }
    await expandParked(deps, ctx);
    const writes: Promise<void>[] = [];
    requestMemo(ctx).writes = writes;
    await run(deps.provider())(ctx, next);
    // The library calls everything that it does not know a server error, for good.
    const { failure } = requestMemo(ctx);
    if (isTemporary(failure)) throw failure as Error;
    await allStored(writes);
    const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
    if (!oidc) {
      refuseWrongMethod(ctx);
      return;
    }
    ctx.state.routeName = `oidc.${oidc.route}`;
    answerWithSuccessor(ctx);
    await describeIntrospected(ctx, oidc);
    renderLibraryForm(ctx, oidc.session);
    if (oidc.route === 'end_session_confirm' && ctx.status < 400) forgetInBrowser(ctx);
    await renderFrontChannel(ctx, oidc);
    if (oidc.route === 'discovery') publishMode(ctx, deps.mode.mode);
    if (oidc.route === 'jwks') ctx.set('Cache-Control', keysCaching(deps.signingKeys));
    if (ctx.status === 503) ctx.set('Retry-After', '5');
    if (ctx.status === 200 && ACTIVE_ROUTES.has(oidc.route)) noteActivity(deps, oidc);
    releaseWhenAnswered(ctx);
  };
}

/** Where people of this city register; a change needs no restart. */
function publishMode(ctx: HttpContext, mode: ModeDirectory['mode']): void {
  const metadata = ctx.body as Record<string, unknown> | undefined;
  if (metadata && ctx.status === 200) metadata['registration_mode'] = mode;
}

/** A rotation waits for what caches were allowed; nobody waits for a process that is cut off. */
function keysCaching(signingKeys: ProtocolMountDependencies['signingKeys']): string {
  return signingKeys.isCurrent() ? `public, max-age=${signingKeys.maxAgeSeconds}` : 'no-store';
}

async function allStored(writes: readonly Promise<void>[]): Promise<void> {
  try {
    await Promise.all(writes);
  } catch (cause) {
    if (isDatabaseUnavailable(cause)) throw new AppError('database_unavailable', { cause });
    throw cause;
  }
}

/** Puts parked parameters back, before anything reads the address. */
async function expandParked(deps: ProtocolMountDependencies, ctx: HttpContext): Promise<void> {
  if (ctx.path !== AUTHORIZE_PATH && ctx.path !== LOGOUT_PATH) return;
  const id = ctx.query[PARKED_PARAMETER];
  if (typeof id !== 'string') return;
  const query = await deps.parked.take(ctx.path, id);
  if (query === undefined) throw new AppError('interaction_expired');
  ctx.querystring = query;
}

/** The refresh grace: every caller inside the window receives the one stored successor. */
function answerWithSuccessor(ctx: HttpContext): void {
  const { refreshSuccessor } = requestMemo(ctx);
  const body = ctx.body as { refresh_token?: string } | undefined;
  if (refreshSuccessor === undefined || typeof body?.refresh_token !== 'string') return;
  body.refresh_token = refreshSuccessor;
}

/** Refresh and userinfo keep the browser session alive. */
function noteActivity(deps: ProtocolMountDependencies, oidc: KoaContextWithOIDC['oidc']): void {
  // The browser that brought the code has just been here.
  if (oidc.entities.AuthorizationCode) return;
  const source = oidc.entities.AccessToken ?? oidc.entities.RefreshToken;
  if (!source?.sessionUid || !source.expiresWithSession) return;
  const account = oidc.entities.Account as SignedInAccount | undefined;
  deps.activity.note(source.sessionUid, idleSeconds[account?.kind ?? 'naturalPerson']);
}
