// The sign-in pages: password, second factor, its enrolment, and the way back to the client.
import { z } from 'zod';
import { displayName } from '../account/account-access.ts';
import { accountKinds } from '../accounts/account.ts';
import type { AccountKind } from '../accounts/account.ts';
import { checkSocialCreditCode } from '../accounts/social-credit-code.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { SignInProblem } from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import type { PasswordResult } from '../credentials/verify-password.ts';
import { epochSeconds } from '../platform/clock.ts';
import { deviceCookie, finishSignIn } from './finish-sign-in.ts';
import { interactionParams, interactionPath, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies, ProofForm } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { presentSignIn, recoverHref, servedKinds } from './sign-in-page.ts';
import { gatherSituation, textParam } from './sign-in-situation.ts';
import type { VerifiedPassword } from './sign-in-situation.ts';
import { nextStep } from './sign-in-steps.ts';

const kind = z.enum(accountKinds).catch('naturalPerson');

export const signInQuery = z.object({ kind: kind.optional() });

const signInBody = z.object({
  login: z.string().max(200).default(''),
  password: z.string().max(1000).default(''),
  kind,
  altcha: z.string().max(20_000).optional(),
  wait_token: z.string().max(1000).optional(),
});
type SignInBody = z.output<typeof signInBody>;

export function signInRoutes(deps: InteractionDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/sign-in',
      name: 'interactions.sign_in',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: signInBody },
      async handle(ctx, input) {
        const { params, body } = input;
        const open = await openSignIn(deps, ctx, params.uid);
        if (open && (await signIn(deps, ctx, { open, body }))) await input.giveBack();
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/interaction/:uid/sign-in/display',
      name: 'interactions.sign_in_display',
      limiter: 'signIn',
      csrf: 'token',
      input: { params: interactionParams, body: signInBody },
      async handle(ctx, { params, body }) {
        const open = await openSignIn(deps, ctx, params.uid);
        if (open) await showAgain(deps, ctx, { open, body, errors: [], status: 200 });
      },
    }),
  ];
}

export async function openSignIn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  uid: string,
): Promise<OpenInteraction | undefined> {
  const open = await openInteraction(deps, ctx, uid);
  if (!open || open.interaction.prompt.name === 'login') return open;
  redirect(ctx, interactionPath(uid));
  return undefined;
}

interface ShownSignIn {
  open: OpenInteraction;
  kind?: AccountKind | undefined;
  errors?: readonly FieldError<SignInProblem>[];
  status?: number;
}

/** The empty form, or the form again after an error. */
export async function showSignIn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, kind: chosen, errors = [], status = 200 }: ShownSignIn,
): Promise<void> {
  const { login, kind: hinted } = hintOf(open);
  const proof = login ? await deps.passwords.proofFor({ login, address: ctx.ip }) : undefined;
  const served = servedKinds(open);
  const kinds = served.filter((each) => each === (chosen ?? kindOfAim(open.aim) ?? hinted));
  const isRegistered = served.includes('naturalPerson') && (await deps.registered.isWaiting(ctx));
  const kind = kinds[0] ?? served[0] ?? 'naturalPerson';
  const isRecovered = await deps.recovered.isWaiting(ctx);
  const present = await presentAccount(deps, open);
  const organisationMeans = deps.organisations.offered;
  const entry = { kind, login, proof, isRegistered, isRecovered };
  const page = { ...entry, errors, present, organisationMeans };
  ctx.render('credentials/sign-in', presentSignIn(open, page), { status });
}

/** Of a resident: some are numbers of organisations by their check digits, too. */
const RESIDENT = /^\d{17}[\dX]$/iu;

/** Whose name the client suggests; the number of an organisation is one of its own sign-in. */
function hintOf({ interaction: { params } }: OpenInteraction): {
  login: string;
  kind?: AccountKind | undefined;
} {
  const login = textParam(params, 'login_hint')?.slice(0, 100) ?? '';
  const isOfOrganisation = checkSocialCreditCode(login).outcome !== 'invalid';
  return isOfOrganisation && !RESIDENT.test(login) ? { login, kind: 'legalEntity' } : { login };
}

/** Staff alone go to the console. */
function kindOfAim(aim: OpenInteraction['aim']): AccountKind | undefined {
  return aim === 'review' ? 'civilServant' : undefined;
}

/** Who is signed in, and is not whose password is wanted. */
async function presentAccount(
  { accounts }: InteractionDependencies,
  { interaction, aim }: OpenInteraction,
): Promise<string | undefined> {
  const accountId = aim === 'other_account' ? interaction.session?.accountId : undefined;
  const account = accountId === undefined ? undefined : await accounts.findById(accountId);
  return account && displayName(account);
}

function refusedError(open: OpenInteraction): FieldError<SignInProblem> {
  return { key: 'sign-in.refused', href: recoverHref(open) };
}

/** True when the password was right. */
async function signIn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, body }: { open: OpenInteraction; body: SignInBody },
): Promise<boolean> {
  const missing = missingFields(body);
  if (missing.length > 0) {
    await showAgain(deps, ctx, { open, body, errors: missing, status: 400 });
    return false;
  }
  const result = await deps.passwords.verify({
    login: body.login,
    kind: body.kind,
    password: body.password,
    address: ctx.ip,
    deviceCookie: deviceCookie(deps, ctx),
    proof: { altcha: body.altcha, waitTicket: body.wait_token },
  });
  if (!result.ok) {
    deps.metrics.signIn(result.reason);
    await showRefusal(deps, ctx, { open, body, result });
    return false;
  }
  await goOn(deps, ctx, { open, verified: verifiedPassword(deps, result) });
  return true;
}

function verifiedPassword(
  { clock }: InteractionDependencies,
  { account, credential, isKnownDevice, passwordNeedsChange }: PasswordResult & { ok: true },
): VerifiedPassword {
  const { revision, mustChange } = credential;
  const due = passwordNeedsChange ? (mustChange ? 'given' : 'aged') : undefined;
  const password = { accountId: account.id, at: epochSeconds(clock), isKnownDevice, revision };
  return { account, password, due };
}

/** To the client at once where the password was all that was missing; else to the next page. */
export async function goOn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, verified }: { open: OpenInteraction; verified: VerifiedPassword },
): Promise<void> {
  const situation = await gatherSituation(deps, open, verified);
  if (nextStep(situation).step === 'finish') {
    await finishSignIn(deps, ctx, { open, situation });
    return;
  }
  await keepProgress(deps, open.interaction, { password: verified.password });
  redirect(ctx, interactionPath(open.interaction.uid));
}

function missingFields(body: SignInBody): FieldError<SignInProblem>[] {
  const errors: FieldError<SignInProblem>[] = [];
  if (body.login.trim() === '') errors.push({ field: 'login', key: 'sign-in.login_missing' });
  if (body.password === '') errors.push({ field: 'password', key: 'sign-in.password_missing' });
  return errors;
}

async function showRefusal(
  deps: InteractionDependencies,
  ctx: HttpContext,
  refused: { open: OpenInteraction; body: SignInBody; result: PasswordResult & { ok: false } },
): Promise<void> {
  const { open, body, result } = refused;
  const address = ctx.ip;
  switch (result.reason) {
    case 'credentials_wrong': {
      const proof = result.needsProofNext
        ? await deps.passwords.proofFor({ login: body.login, address })
        : undefined;
      await showAgain(deps, ctx, { open, body, proof, errors: [refusedError(open)] });
      return;
    }
    case 'proof_of_work_required': {
      const proof = await deps.passwords.newProof({ failures: result.failures, address });
      const error: FieldError<SignInProblem> =
        result.waitSeconds === undefined
          ? { key: 'sign-in.proof_missing' }
          : { key: 'sign-in.wait_not_over', values: { count: result.waitSeconds } };
      // The old ticket keeps running: a page without script must be able to reach its end.
      const kept = body.wait_token !== undefined && result.waitSeconds !== undefined;
      const shown = kept
        ? { ...proof, waitTicket: body.wait_token ?? '', waitSeconds: result.waitSeconds ?? 0 }
        : proof;
      await showAgain(deps, ctx, { open, body, proof: shown, errors: [error] });
      return;
    }
    case 'budget_exhausted':
      ctx.set('Retry-After', String(result.retryAfterSeconds));
      ctx.render(
        'credentials/sign-in',
        presentSignIn(open, {
          kind: body.kind,
          login: body.login,
          exhaustedSeconds: result.retryAfterSeconds,
          organisationMeans: deps.organisations.offered,
        }),
        { status: 429, isError: true },
      );
      return;
    case 'overloaded':
      throw new AppError('overloaded', { retryAfterSeconds: result.retryAfterSeconds });
    default:
      result satisfies never;
  }
}

async function showAgain(
  deps: InteractionDependencies,
  ctx: HttpContext,
  again: {
    open: OpenInteraction;
    body: SignInBody;
    errors: readonly FieldError<SignInProblem>[];
    proof?: ProofForm | undefined;
    status?: number;
  },
): Promise<void> {
  const { open, body, errors, status = 422 } = again;
  const proof =
    again.proof ??
    (body.login
      ? await deps.passwords.proofFor({ login: body.login, address: ctx.ip })
      : undefined);
  const present = await presentAccount(deps, open);
  const organisationMeans = deps.organisations.offered;
  const { kind, login } = body;
  const page = { kind, login, errors, proof, present, organisationMeans };
  ctx.render('credentials/sign-in', presentSignIn(open, page), { status });
}
