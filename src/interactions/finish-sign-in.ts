// The end of a sign-in: the result for the library, the device that is known from now on, the
// record, and a notice to the person when the device is new.
import type { Account } from '../accounts/account.ts';
import { isSameOperator } from '../entity-sign-in/operator.ts';
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
  const { password, passkey, organisation, code, upstream, later } = situation.progress;
  const upstreamSignInId = upstream?.signInId ?? later?.signInId ?? null;
  const { isNew, isTold } = await rememberDevice(deps, ctx, situation);
  await Promise.all([
    isTold ? tellNewDevice(deps, ctx, account) : undefined,
    deps.audit.record({
      type: 'sign_in.succeeded',
      actor: account.id,
      clientId: open.client.clientId,
      address: ctx.ip,
      level: account.realNameLevel,
      result: 'done',
      reason: situation.amr.join('+'),
      details: { newDevice: isNew },
    }),
  ]);
  const isAnother = await endForAnother(deps, open, situation);
  await settle(deps, open.interaction, {
    forgetsSession: isAnother,
    login: {
      accountId: account.id,
      amr: withMultiFactor(situation.amr),
      // A second factor added to a living session is no new sign-in: max_age still counts from it.
      ts:
        password?.at ??
        passkey?.at ??
        organisation?.at ??
        upstream?.authenticatedAt ??
        code?.at ??
        situation.sessionLoginTs ??
        epochSeconds(deps.clock),
      ...(situation.factorAt === undefined ? {} : { factorAt: situation.factorAt }),
      // Whoever changes the password or removes the passkey also ends what is on its way (interaction-adapter.ts).
      ...(password ? { passwordRevision: password.revision } : {}),
      ...(passkey ? { passkeyId: passkey.id } : {}),
      ...(organisation ? { entitySignInId: organisation.signInId } : {}),
      ...(organisation?.operator ? { operator: organisation.operator } : {}),
      // Who has proven herself here stands on nothing elsewhere any more, but for what she came with.
      ...(situation.isFresh ? { upstreamSignInId } : {}),
      // The cookie ends with the browser; the server decides how long the session lives.
      remember: false,
    },
  });
  deps.metrics.signIn('succeeded');
  redirect(ctx, open.interaction.returnTo);
}

/**
 * Another person at the keyboard of the same organisation is another session: no authorization changes
 * who acted under it. True when the former one has ended.
 */
async function endForAnother(
  { sessions, ending }: InteractionDependencies,
  { interaction }: OpenInteraction,
  { account, isFresh, progress }: GatheredSituation,
): Promise<boolean> {
  const uid = interaction.session?.uid;
  if (account?.kind !== 'legalEntity' || !isFresh || uid === undefined) return false;
  const session = await sessions.findByUid(uid);
  if (session?.accountId !== account.id) return false;
  if (isSameOperator(session.operator, progress.organisation?.operator)) return false;
  await ending.end(uid, { reason: 'signed_out' });
  return true;
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

interface SeenDevice {
  /** It was not known before. */
  isNew: boolean;
  /** The owner is told of it. */
  isTold: boolean;
}

async function rememberDevice(
  deps: InteractionDependencies,
  ctx: HttpContext,
  situation: GatheredSituation,
): Promise<SeenDevice> {
  const { otp, passkey, organisation, code, password } = situation.progress;
  const isStrong = situation.isFresh && loginStrength(situation.amr) >= 2;
  const hasProvenSecondFactor =
    isStrong || [otp, passkey, organisation].some((piece) => piece !== undefined);
  if (!situation.isFresh && !hasProvenSecondFactor) return { isNew: false, isTold: false };
  // Whoever has ended the link later must not leave a device behind that a code opens.
  const { upstream } = situation.progress;
  if (upstream && !password && !passkey) return { isNew: false, isTold: false };
  // A code makes no device known: whoever gets the number next would keep the account open with it.
  if (situation.isByCode) {
    const isNew = code?.isKnownDevice !== true;
    return { isNew, isTold: isNew };
  }
  const { cookie, isNew } = await deps.devices.remember(
    deviceCookie(deps, ctx),
    accountOf(situation).id,
    { hasProvenSecondFactor },
  );
  ctx.cookies.set(deps.cookies.host(DEVICE_COOKIE), cookie, {
    ...cookieOptions(deps),
    maxAge: deps.devices.maxAgeSeconds * 1000,
  });
  // The device that the account was made on is no news.
  return { isNew, isTold: isNew && password?.isFirst !== true };
}

async function tellNewDevice(
  deps: InteractionDependencies,
  ctx: HttpContext,
  account: Account,
): Promise<void> {
  const userAgent = ctx.get('user-agent').slice(0, 300);
  await deps.notices.newDevice(account, { userAgent, address: ctx.ip });
}

function withMultiFactor(amr: readonly string[]): string[] {
  const methods = new Set(amr);
  if (loginStrength(amr) >= 2) methods.add('mfa');
  return [...methods];
}
