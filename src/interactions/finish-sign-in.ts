// The end of a sign-in: the result for the library, the device that is known from now on, the
// record, and a notice to the person when the device is new.
import type { HttpContext } from '../platform/http/context.ts';
import { loginStrength } from '../oidc/claims/assurance.ts';
import { cookieOptions } from '../platform/http/headers.ts';
import { redirect } from '../platform/http/redirect.ts';
import { epochSeconds } from '../platform/clock.ts';
import type { OpenInteraction } from './interaction-access.ts';
import { settle } from './interaction-result.ts';
import type { InteractionDependencies } from './interaction-deps.ts';
import { accountOf } from './sign-in-situation.ts';
import type { GatheredSituation } from './sign-in-situation.ts';

const DEVICE_COOKIE = 'hutong_device';

export function deviceCookie(
  deps: Pick<InteractionDependencies, 'cookies'>,
  ctx: HttpContext,
): string | undefined {
  return ctx.cookies.get(deps.cookies.host(DEVICE_COOKIE));
}

export async function finishSignIn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, situation }: { open: OpenInteraction; situation: GatheredSituation },
): Promise<void> {
  const account = accountOf(situation);
  const { password, passkey, code } = situation.progress;
  const isNewDevice = await rememberDevice(deps, ctx, situation);
  await deps.audit.record({
    type: 'sign_in.succeeded',
    actor: account.id,
    clientId: open.client.clientId,
    address: ctx.ip,
    level: account.realNameLevel,
    result: 'done',
    reason: situation.amr.join('+'),
    details: { newDevice: isNewDevice },
  });
  await settle(deps, open.interaction, {
    login: {
      accountId: account.id,
      amr: withMultiFactor(situation.amr),
      // A second factor added to a living session is no new sign-in: max_age still counts from it.
      ts:
        password?.at ??
        passkey?.at ??
        code?.at ??
        situation.sessionLoginTs ??
        epochSeconds(deps.clock),
      // Whoever changes the password or removes the passkey also ends what is on its way (interaction-adapter.ts).
      ...(password ? { passwordRevision: password.revision } : {}),
      ...(passkey ? { passkeyId: passkey.id } : {}),
      // The cookie ends with the browser; the server decides how long the session lives.
      remember: false,
    },
  });
  deps.metrics.signIn('succeeded');
  redirect(ctx, open.interaction.returnTo);
}

/** Answers the client with an error (OpenID Connect Core 3.1.2.6). */
export async function refuseRequest(
  deps: Pick<InteractionDependencies, 'artefacts'>,
  ctx: HttpContext,
  { open, ...error }: { open: OpenInteraction; error: string; error_description: string },
): Promise<void> {
  await settle(deps, open.interaction, error);
  redirect(ctx, open.interaction.returnTo);
}

/** True when it was not known before. */
async function rememberDevice(
  deps: InteractionDependencies,
  ctx: HttpContext,
  situation: GatheredSituation,
): Promise<boolean> {
  const { otp, passkey } = situation.progress;
  const hasProvenSecondFactor = otp !== undefined || passkey !== undefined;
  if (!situation.isFresh && !hasProvenSecondFactor) return false;
  const account = accountOf(situation);
  if (situation.isByCode) return noteCodeDevice(deps, ctx, situation);
  const { cookie, isNew } = await deps.devices.remember(deviceCookie(deps, ctx), account.id, {
    hasProvenSecondFactor,
  });
  ctx.cookies.set(deps.cookies.host(DEVICE_COOKIE), cookie, {
    ...cookieOptions(deps),
    maxAge: deps.devices.maxAgeSeconds * 1000,
  });
  if (!isNew) return false;
  // The device that the account was made on is no news.
  if (situation.progress.password?.isFirst === true) return true;
  await tellNewDevice(deps, ctx, account.id);
  return true;
}

/** A code makes no device known: whoever gets the number next would keep the account open with it. */
async function noteCodeDevice(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { account, progress }: GatheredSituation,
): Promise<boolean> {
  if (!account || progress.code?.isKnownDevice === true) return false;
  await tellNewDevice(deps, ctx, account.id);
  return true;
}

async function tellNewDevice(
  deps: InteractionDependencies,
  ctx: HttpContext,
  accountId: string,
): Promise<void> {
  const userAgent = ctx.get('user-agent').slice(0, 300);
  await deps.notices.newDevice(accountId, { userAgent, address: ctx.ip });
}

function withMultiFactor(amr: readonly string[]): string[] {
  const methods = new Set(amr);
  if (loginStrength(amr) >= 2) methods.add('mfa');
  return [...methods];
}
