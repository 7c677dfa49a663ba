// The page about second factor and password, and the change of the password: the present one is
// verified on the budgets of sign-in, so that an unattended screen is no way to guess it.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { changePassword } from '../credentials/change-password.ts';
import type { ChangePasswordOutcome, ChangeProblem } from '../credentials/change-password.ts';
import { isPasswordOver, passwordPreset } from '../credentials/password-policy.ts';
import type { ProofChallenge } from '../credentials/proof-of-work.ts';
import { tellPasswordChange } from '../entity-sign-in/tell-password-change.ts';
import { deviceCookie } from '../interactions/finish-sign-in.ts';
import { maskedContact } from '../interactions/contact-code-page.ts';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { keptView } from '../registration-mode/kept-means.ts';
import type { ContactLineView, PasswordProblemKey } from './account.views.ts';
import type { SignInProblem } from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import {
  accountFrame,
  confirmOn,
  visitorOrExplanation,
  visitorOrSignIn,
} from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';
import { proofDue } from './fresh-sign-in.ts';
import { endOthers } from './sessions.routes.ts';

type Problem = FieldError<PasswordProblemKey | SignInProblem>;

const passwordBody = z.object({
  current_password: z.string().max(1000).default(''),
  new_password: z.string().max(1000).default(''),
  end_others: z.literal('yes').optional(),
  altcha: z.string().max(20_000).optional(),
  wait_token: z.string().max(1000).optional(),
});
type PasswordBody = z.output<typeof passwordBody>;

interface PageExtras {
  errors?: readonly Problem[];
  proof?: ProofChallenge;
  status?: number;
}

export function securityRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.security,
      name: 'account.security',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(deps, ctx);
        if (visitor) await showSecurity(deps, ctx, { visitor });
      },
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.password,
      name: 'account.change_password',
      limiter: 'account',
      csrf: 'token',
      input: { body: passwordBody },
      async handle(ctx, { body }) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (visitor) await change(deps, ctx, { visitor, body });
      },
    }),
  ];
}

async function change(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, body }: { visitor: Visitor; body: PasswordBody },
): Promise<void> {
  const missing = missingFields(body);
  if (missing.length > 0) {
    await showSecurity(deps, ctx, { visitor, errors: missing, status: 422 });
    return;
  }
  const outcome = await changePassword(deps.credentials, {
    accountId: visitor.account.id,
    oldPassword: body.current_password,
    newPassword: body.new_password,
    address: ctx.ip,
    deviceCookie: deviceCookie(deps, ctx),
    proof: { altcha: body.altcha, waitTicket: body.wait_token },
  });
  if (!outcome.ok) {
    const extras = await explainRefusal(deps, ctx, { outcome, body });
    await showSecurity(deps, ctx, { visitor, status: 422, ...extras });
    return;
  }
  await tellPasswordChange(deps, visitor.account);
  if (body.end_others === 'yes') await endOthers(deps, visitor);
  const notice = 'account.notice.password_changed';
  await confirmOn(deps, ctx, { visitor, page: accountPaths.security, notice });
}

function missingFields(body: PasswordBody): Problem[] {
  const errors: Problem[] = [];
  if (body.current_password === '') {
    errors.push({ field: 'current-password', key: 'account-security.password.current_missing' });
  }
  if (body.new_password === '') {
    errors.push({ field: 'new-password', key: 'account-security.password.new_missing' });
  }
  return errors;
}

async function explainRefusal(
  deps: AccountDependencies,
  ctx: HttpContext,
  { outcome, body }: { outcome: ChangePasswordOutcome & { ok: false }; body: PasswordBody },
): Promise<PageExtras> {
  const { proofs } = deps.credentials;
  const address = ctx.ip;
  switch (outcome.reason) {
    case 'credentials_wrong': {
      const key = 'account-security.password.current_refused';
      const errors: Problem[] = [{ field: 'current-password', key }];
      if (!outcome.needsProofNext) return { errors };
      return { errors, proof: await proofs.createChallenge({ address, failures: 1 }) };
    }
    case 'proof_of_work_required': {
      const { failures, waitSeconds } = outcome;
      const proof = await proofs.createChallenge({ address, failures });
      if (waitSeconds === undefined) return { errors: [{ key: 'sign-in.proof_missing' }], proof };
      // The old ticket keeps running: a page without script must be able to reach its end.
      const waitTicket = body.wait_token ?? proof.waitTicket;
      const error: Problem = { key: 'sign-in.wait_not_over', values: { count: waitSeconds } };
      return { errors: [error], proof: { ...proof, waitTicket, waitSeconds } };
    }
    case 'budget_exhausted': {
      const minutes = Math.max(1, Math.ceil(outcome.retryAfterSeconds / 60));
      ctx.set('Retry-After', String(outcome.retryAfterSeconds));
      const error: Problem = { key: 'account-security.password.exhausted', values: { minutes } };
      return { errors: [error], status: 429 };
    }
    case 'overloaded':
      throw new AppError('overloaded', { retryAfterSeconds: outcome.retryAfterSeconds });
    case 'password_unfit':
      return {
        errors: outcome.problems.map((problem) => ({
          field: 'new-password',
          key: unfitKey(problem),
        })),
      };
    case 'changed_meanwhile':
      return { errors: [{ key: 'account-security.password.changed_meanwhile' }], status: 409 };
    default:
      return outcome satisfies never;
  }
}

function unfitKey(problem: ChangeProblem): PasswordProblemKey {
  if (problem === 'unchanged') return 'account-security.password.same';
  if (problem === 'used_before') return 'account-security.password.used_before';
  return `account-security.password.problem.${problem}`;
}

async function showSecurity(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, errors = [], proof, status }: PageExtras & { visitor: Visitor },
): Promise<void> {
  const { id } = visitor.account;
  const [kept, frame, factor, password, passkeyCount, due, codes] = await Promise.all([
    deps.residents.keptOf(visitor.account),
    accountFrame(deps, visitor),
    deps.credentials.totp.findActive(id),
    deps.credentials.passwords.find(id),
    deps.credentials.passkeys.count(id),
    proofDue(deps, visitor),
    deps.credentials.recoveryCodes.state(id),
  ]);
  const isThere = password !== undefined && !isPasswordOver(password, deps.clock.now());
  // By its representative, in the organisation's space; or by nobody here.
  const isSetElsewhere = (visitor.account.kind === 'legalEntity' || kept !== undefined) && !isThere;
  const isFactorKept = kept?.means.has('factors') === true;
  ctx.render(
    'account/security',
    {
      ...frame,
      ...(kept ? { kept: { ...keptView(ctx, kept), means: [...kept.means] } } : {}),
      contacts: presentContacts(visitor.account, due === 'impossible'),
      ...(factor ? { secondFactor: { enrolledAt: factor.enrolledAt } } : {}),
      ...(due === 'impossible' || (isFactorKept && passkeyCount === 0)
        ? {}
        : { passkeysHref: accountPaths.passkeys }),
      ...(due === 'impossible' || isFactorKept ? {} : { enrolHref: accountPaths.totp }),
      passkeyCount,
      ...(factor || passkeyCount > 0 ? { recoveryCodesHref: accountPaths.recoveryCodes } : {}),
      recoveryCodeCount: codes?.remaining ?? 0,
      removeHref: accountPaths.removeTotp,
      ...(isSetElsewhere || kept?.means.has('password') === true
        ? {}
        : { passwordForm: { action: accountPaths.password } }),
      rules: passwordPreset(visitor.account.kind).needsFourKinds ? 'level3' : 'citizen',
      ...(isThere ? { passwordChangedAt: password.changedAt } : {}),
      ...(proof ? { proofOfWork: presentProof(proof) } : {}),
      errors,
    },
    { status: status ?? 200 },
  );
}

function presentContacts(account: Account, isClosed: boolean): ContactLineView[] {
  const lines = [
    { channel: 'sms', attribute: account.attribute('phone'), href: accountPaths.changePhone },
    { channel: 'mail', attribute: account.attribute('email'), href: accountPaths.changeMail },
  ] as const;
  return lines.map(({ channel, attribute, href }): ContactLineView => ({
    channel,
    ...(attribute ? { masked: maskedContact({ channel, address: attribute.value }).masked } : {}),
    ...(attribute && !attribute.verifiedAt ? { isUnconfirmed: true } : {}),
    ...(isClosed ? {} : { href }),
  }));
}

function presentProof({ challenge, waitSeconds, waitTicket }: ProofChallenge) {
  return { challenge: JSON.stringify(challenge), waitSeconds, waitToken: waitTicket };
}
