// Opens the interaction a page belongs to, or says why it cannot go on: it is over, finished, of
// another browser, or the browser keeps no cookies.
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { ACCOUNT_CLIENT_ID } from '../account/account-paths.ts';
import { AIM_PARAMETER, readAim } from '../account/sign-in-aim.ts';
import type { SignInAim } from '../account/sign-in-aim.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { relyingPartyView } from '../oidc/claims/relying-party-view.ts';
import type { ArtefactStore } from '../oidc/storage/artefact-store.ts';
import type { Clock } from '../platform/clock.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { allowFormAction, cookieOptions } from '../platform/http/headers.ts';
import type { CookieNames } from '../platform/http/headers.ts';
import { followUiLocales } from '../platform/http/locale.ts';
import { redirect } from '../platform/http/redirect.ts';
import type { RelyingPartyView } from '../platform/http/view-locals.ts';
import { isSettled } from './interaction-result.ts';
import { markSuspicion } from './mark-suspicion.ts';

export type LibraryInteraction = Awaited<ReturnType<Provider['interactionDetails']>>;
export type LibraryClient = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;

export interface OpenInteraction {
  interaction: LibraryInteraction;
  client: LibraryClient;
  relyingParty: RelyingPartyView;
  /** What the account centre wants the sign-in for. */
  aim?: SignInAim | undefined;
}

export interface InteractionAccessDependencies {
  provider: () => Provider;
  artefacts: ArtefactStore;
  cookies: CookieNames;
  issuer: string;
  isSecure: boolean;
  audit: AuditLog;
  clock: Clock;
}

const RESTART_COOKIE = 'hutong_restart';
const RESTART_SECONDS = 24 * 3600;

export const interactionParams = z.object({
  uid: z
    .string()
    .max(64)
    .regex(/^[\w-]{10,64}$/u),
});

/** Where an interaction lives; the library scopes its cookie to this path. */
export function interactionPath(uid: string): string {
  return `/interaction/${uid}`;
}

/** Where the sign-in at another platform begins. */
export function upstreamHref(uid: string, peerId: string): string {
  return `${interactionPath(uid)}/upstream/${peerId}`;
}

/**
 * The interaction, ready for a page: reader's language, and forms that may end at the client.
 * Undefined when the browser has been sent on, because the answer stands, or a page about its end
 * has been rendered.
 * @throws AppError `cookies_required` when the browser sent none at all.
 */
export async function openInteraction(
  deps: InteractionAccessDependencies,
  ctx: HttpContext,
  uid: string,
): Promise<OpenInteraction | undefined> {
  // Its forms are sent elsewhere, and the switches of their answers lead here.
  if (ctx.method !== 'GET') ctx.state.pageAddress = interactionPath(uid);
  const interaction = await currentInteraction(deps, ctx);
  if (interaction?.uid !== uid) {
    await explainEnd(deps, ctx, uid);
    return undefined;
  }
  if (isSettled(interaction)) {
    redirect(ctx, interaction.returnTo);
    return undefined;
  }
  await markSuspicion(deps, ctx, interaction);
  const params = interaction.params as Record<string, unknown>;
  const client = await deps.provider().Client.find(String(params['client_id']));
  if (!client) throw new AppError('interaction_expired', { details: { reason: 'client_removed' } });
  const uiLocales = params['ui_locales'];
  if (typeof uiLocales === 'string') followUiLocales(ctx, uiLocales);
  const redirectUri = params['redirect_uri'];
  if (typeof redirectUri === 'string') allowFormAction(ctx, redirectUri);
  const relyingParty = relyingPartyView(deps.issuer, client, ctx.state.locale);
  const isOurs = params['client_id'] === ACCOUNT_CLIENT_ID;
  const aim = isOurs ? readAim(params[AIM_PARAMETER]) : undefined;
  const name = aim === undefined ? relyingParty.name : ctx.t(`sign-in.aim.${aim}`);
  return { interaction, client, relyingParty: { ...relyingParty, name }, aim };
}

/** Remembers for a day which browser began it, so that it can begin the same request again. */
export function setRestartCookie(
  deps: Pick<InteractionAccessDependencies, 'cookies' | 'isSecure'>,
  ctx: Pick<HttpContext, 'cookies'>,
  uid: string,
): void {
  ctx.cookies.set(deps.cookies.secure(RESTART_COOKIE), uid, {
    ...cookieOptions(deps),
    path: interactionPath(uid),
    signed: true,
    maxAge: RESTART_SECONDS * 1000,
  });
}

/**
 * The stored parameters of a request of this browser that is over but was never answered. They are
 * handed out once: a `state` must not come back to the client a second time.
 */
export async function takeRestart(
  deps: InteractionAccessDependencies,
  ctx: HttpContext,
  uid: string,
): Promise<Record<string, unknown> | undefined> {
  const former = await formerInteraction(deps, ctx, uid);
  if (!former || former.isFinished || former.isPushed) return undefined;
  return (await deps.artefacts.consume('Interaction', uid)) ? former.params : undefined;
}

async function currentInteraction(
  deps: InteractionAccessDependencies,
  ctx: HttpContext,
): Promise<LibraryInteraction | undefined> {
  try {
    return await deps.provider().interactionDetails(ctx.req, ctx.res);
  } catch (error) {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined;
    throw error;
  }
}

async function explainEnd(
  deps: InteractionAccessDependencies,
  ctx: HttpContext,
  uid: string,
): Promise<void> {
  const former = await formerInteraction(deps, ctx, uid);
  if (!former) {
    if (ctx.get('cookie') === '') throw new AppError('cookies_required');
    ctx.render('oidc/interaction-expired', { reason: 'expired' }, { status: 400 });
    return;
  }
  const client = await deps.provider().Client.find(String(former.params['client_id']));
  const relyingParty = client && relyingPartyView(deps.issuer, client, ctx.state.locale);
  const canRestart = !former.isFinished && client && !former.isPushed;
  ctx.render(
    'oidc/interaction-expired',
    {
      reason: former.isFinished ? 'finished' : 'expired',
      ...(relyingParty ? { relyingParty } : {}),
      ...(canRestart ? { restart: { action: `${interactionPath(uid)}/restart` } } : {}),
    },
    { status: former.isFinished ? 200 : 400 },
  );
}

async function formerInteraction(
  deps: InteractionAccessDependencies,
  ctx: HttpContext,
  uid: string,
) {
  if (ctx.cookies.get(deps.cookies.secure(RESTART_COOKIE), { signed: true }) !== uid) {
    return undefined;
  }
  const stored = await deps.artefacts.find('Interaction', uid);
  if (!stored) return undefined;
  return {
    params: (stored.payload['params'] ?? {}) as Record<string, unknown>,
    isFinished: stored.consumedAt !== null,
    isPushed: stored.payload['parJti'] !== undefined,
  };
}
