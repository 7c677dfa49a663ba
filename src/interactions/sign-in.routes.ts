// The sign-in pages: password, second factor, its enrolment, and the way back to the client.
import { z } from 'zod';
import { accountKinds } from '../accounts/account.ts';
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
import { heldAccount } from './held-account.ts';
import type { HeldAccount } from './held-account.ts';
import { interactionParams, interactionPath, openInteraction } from './interaction-access.ts';
import type { OpenInteraction } from './interaction-access.ts';
import type { InteractionDependencies, ProofForm } from './interaction-deps.ts';
import { keepProgress } from './interaction-result.ts';
import { presentAccount, provinceFirst, showHeld } from './show-sign-in.ts';
import { presentSignIn, recoverHref } from './sign-in-page.ts';
import { gatherSituation } from './sign-in-situation.ts';
import type { VerifiedPassword } from './sign-in-situation.ts';
import { nextStep } from './sign-in-steps.ts';

const kind = z.enum(accountKinds).catch('naturalPerson');

export const signInQuery = z.object({
  kind: kind.optional(),
  /** By an account of ours, where people sign in at the province. */
  local: z.literal('yes').optional().catch(undefined),
});

const signInBody = z.object({
  /** Absent where the page names the account. */
  login: z.string().max(200).optional(),
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
        if (!open) return;
        const sent = await readSignIn(deps, { open, body });
        if (await signIn(deps, ctx, { open, body: sent })) await input.giveBack();
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
        if (!open) return;
        const sent = await readSignIn(deps, { open, body });
        await showAgain(deps, ctx, { open, body: sent, errors: [], status: 200 });
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

function refusedError(open: OpenInteraction, sent: SentSignIn): FieldError<SignInProblem> {
  return sent.held
    ? { field: 'password', key: 'confirm-code.password_refused' }
    : { key: 'sign-in.refused', href: recoverHref(open) };
}

interface SentSignIn extends SignInBody {
  login: string;
  /** Whose password it is, whatever login came along. */
  held?: HeldAccount | undefined;
}

/** A login that the page had a field for counts. */
async function readSignIn(
  deps: InteractionDependencies,
  { open, body }: { open: OpenInteraction; body: SignInBody },
): Promise<SentSignIn> {
  const held = await heldAccount(deps, open);
  const isOther = held?.mayChange === true && body.login !== undefined;
  return held && !isOther
    ? { ...body, login: '', kind: held.account.kind, held }
    : { ...body, login: body.login ?? '' };
}

/** True when the password was right. */
async function signIn(
  deps: InteractionDependencies,
  ctx: HttpContext,
  { open, body }: { open: OpenInteraction; body: SentSignIn },
): Promise<boolean> {
  const missing = missingFields(body);
  if (missing.length > 0) {
    await showAgain(deps, ctx, { open, body, errors: missing, status: 400 });
    return false;
  }
  const attempt = {
    password: body.password,
    address: ctx.ip,
    deviceCookie: deviceCookie(deps, ctx),
    proof: { altcha: body.altcha, waitTicket: body.wait_token },
  };
  const { login, kind: chosen, held } = body;
  const result = held
    ? await deps.passwords.verifyOwn({ ...attempt, accountId: held.account.id })
    : await deps.passwords.verify({ ...attempt, login, kind: chosen });
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

function missingFields(body: SentSignIn): FieldError<SignInProblem>[] {
  const errors: FieldError<SignInProblem>[] = [];
  const isNamed = body.held !== undefined || body.login.trim() !== '';
  if (!isNamed) errors.push({ field: 'login', key: 'sign-in.login_missing' });
  if (body.password === '') errors.push({ field: 'password', key: 'sign-in.password_missing' });
  return errors;
}

async function showRefusal(
  deps: InteractionDependencies,
  ctx: HttpContext,
  refused: { open: OpenInteraction; body: SentSignIn; result: PasswordResult & { ok: false } },
): Promise<void> {
  const { open, body, result } = refused;
  const address = ctx.ip;
  switch (result.reason) {
    case 'credentials_wrong': {
      const proof = result.needsProofNext ? await nextProof(deps, body, address) : undefined;
      await showAgain(deps, ctx, { open, body, proof, errors: [refusedError(open, body)] });
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
          held: body.held,
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

function nextProof(
  { passwords }: InteractionDependencies,
  { held, login }: SentSignIn,
  address: string,
): Promise<ProofForm | undefined> {
  return held
    ? passwords.newProof({ failures: 1, address })
    : passwords.proofFor({ login, address });
}

async function showAgain(
  deps: InteractionDependencies,
  ctx: HttpContext,
  again: {
    open: OpenInteraction;
    body: SentSignIn;
    errors: readonly FieldError<SignInProblem>[];
    proof?: ProofForm | undefined;
    status?: number;
  },
): Promise<void> {
  const { open, body, errors, status = 422 } = again;
  const { held } = body;
  if (held) return showHeld(deps, ctx, { open, held, errors, proof: again.proof, status });
  const proof =
    again.proof ??
    (body.login
      ? await deps.passwords.proofFor({ login: body.login, address: ctx.ip })
      : undefined);
  const present = await presentAccount(deps, open);
  const organisationMeans = deps.organisations.offered;
  const { kind, login } = body;
  const upstreams = deps.federation.offered;
  const hasElsewhere = deps.findHome !== undefined;
  const others = { organisationMeans, upstreams, hasElsewhere };
  const province = provinceFirst(deps, { isLocal: true });
  const page = { kind, login, errors, proof, present, province, ...others };
  ctx.render('credentials/sign-in', presentSignIn(open, page), { status });
}
