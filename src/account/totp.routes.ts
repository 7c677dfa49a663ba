// Setting up and removing the authenticator, each after a fresh sign-in.
import QRCode from 'qrcode';
import { z } from 'zod';
import { deviceCookie } from '../interactions/finish-sign-in.ts';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import { verifySecondFactor } from '../credentials/second-factor.ts';
import type { SecondFactorOutcome } from '../credentials/second-factor.ts';
import {
  beginTotpEnrolment,
  confirmTotpEnrolment,
  removeTotp,
} from '../credentials/totp-enrolment.ts';
import type { ConfirmTotpOutcome } from '../credentials/totp-enrolment.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { SecondFactorProblem, TotpEnrolProblem } from '../credentials/credentials.views.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { accountFrame, confirmOn, displayName, visitorOrExplanation } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';
import { freshPage, provenPage } from './factor-proof.routes.ts';
import { isFresh, isMeaningful, newFactorProofDue, showedOwnFactor } from './fresh-sign-in.ts';

const codeBody = z.object({ otp: z.string().max(50).default('') });

export function totpRoutes(deps: AccountDependencies): Route[] {
  return [
    provenPage(deps, {
      page: accountPaths.totp,
      name: 'account.enrol_totp_page',
      show: showEnrolment,
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.totp,
      name: 'account.enrol_totp',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: codeBody },
      handle: (ctx, { body }) =>
        answer(deps, ctx, { otp: body.otp, path: accountPaths.totp, act: enrol }),
    }),
    freshPage(deps, {
      path: accountPaths.removeTotp,
      name: 'account.remove_totp_page',
      show: showRemoval,
    }),
    defineRoute({
      method: 'POST',
      path: accountPaths.removeTotp,
      name: 'account.remove_totp',
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: codeBody },
      handle: (ctx, { body }) =>
        answer(deps, ctx, { otp: body.otp, path: accountPaths.removeTotp, act: remove }),
    }),
  ];
}

interface TotpAnswer {
  otp: string;
  path: string;
  act: (deps: AccountDependencies, ctx: HttpContext, of: Submitted) => Promise<void>;
}

interface Submitted {
  visitor: Visitor;
  code: string;
}

async function answer(
  deps: AccountDependencies,
  ctx: HttpContext,
  { otp, path, act }: TotpAnswer,
): Promise<void> {
  const visitor = await visitorOrExplanation(deps, ctx);
  if (!visitor) return;
  // The page asks for the fresh sign-in, or leads back where this makes no sense any more.
  if (!isFresh(deps, visitor) || !(await isMeaningful(deps, path, visitor))) {
    return redirect(ctx, path);
  }
  await act(deps, ctx, { visitor, code: typedCode(otp) });
}

async function enrol(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, code }: Submitted,
): Promise<void> {
  if ((await newFactorProofDue(deps, visitor)) !== 'none') return redirect(ctx, accountPaths.totp);
  if (code === '') {
    return showEnrolment(deps, ctx, {
      visitor,
      error: { field: 'otp', key: 'second-factor.otp_missing' },
    });
  }
  const outcome = await confirmTotpEnrolment(deps.credentials, {
    accountId: visitor.account.id,
    boundTo: visitor.session.sid,
    code,
    address: ctx.ip,
  });
  if (!outcome.ok) {
    if (outcome.reason === 'enrolled_meanwhile') return redirect(ctx, accountPaths.security);
    return showEnrolment(deps, ctx, { visitor, error: enrolmentProblem(outcome) });
  }
  await deps.notices.changed(visitor.account.id, 'totp_enrolled');
  const notice = 'account.notice.totp_enrolled';
  await confirmOn(deps, ctx, { visitor, page: accountPaths.security, notice });
}

async function remove(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, code }: Submitted,
): Promise<void> {
  if (!showedOwnFactor(visitor)) {
    if (code === '') {
      return showRemoval(deps, ctx, {
        visitor,
        error: { field: 'otp', key: 'second-factor.otp_missing' },
      });
    }
    const outcome = await verifySecondFactor(
      { ...deps.credentials, notices: deps.notices },
      {
        accountId: visitor.account.id,
        code,
        address: ctx.ip,
        deviceCookie: deviceCookie(deps, ctx),
      },
    );
    if (!outcome.ok) return showRemoval(deps, ctx, { visitor, error: removalProblem(outcome) });
  }
  const { id } = visitor.account;
  await removeTotp(deps.credentials, { accountId: id, actor: id, address: ctx.ip });
  await deps.notices.changed(id, 'totp_removed');
  const notice = 'account.notice.totp_removed';
  await confirmOn(deps, ctx, { visitor, page: accountPaths.security, notice });
}

function enrolmentProblem(
  outcome: Exclude<ConfirmTotpOutcome, { ok: true } | { reason: 'enrolled_meanwhile' }>,
): FieldError<TotpEnrolProblem | SecondFactorProblem> {
  switch (outcome.reason) {
    case 'attempts_exhausted':
      return exhausted(outcome.retryAfterSeconds);
    case 'code_wrong':
    case 'enrolment_expired':
      return { field: 'otp', key: 'totp-enrol.refused' };
    default:
      return outcome satisfies never;
  }
}

function removalProblem(
  outcome: SecondFactorOutcome & { ok: false },
): FieldError<SecondFactorProblem> {
  return outcome.reason === 'attempts_exhausted'
    ? exhausted(outcome.retryAfterSeconds)
    : { field: 'otp', key: 'second-factor.refused' };
}

function exhausted(retryAfterSeconds: number): FieldError<'second-factor.exhausted'> {
  const minutes = Math.max(1, Math.ceil(retryAfterSeconds / 60));
  return { key: 'second-factor.exhausted', values: { minutes } };
}

async function showEnrolment(
  deps: AccountDependencies,
  ctx: HttpContext,
  {
    visitor,
    error,
  }: { visitor: Visitor; error?: FieldError<TotpEnrolProblem | SecondFactorProblem> },
): Promise<void> {
  const { account, session } = visitor;
  const { secret, uri } = await beginTotpEnrolment(deps.credentials, {
    accountId: account.id,
    boundTo: session.sid,
    issuer: deps.productName,
    label: account.login ?? displayName(account),
  });
  ctx.render(
    'credentials/totp-enrol',
    {
      form: { action: accountPaths.totp },
      qrSvg: await QRCode.toString(uri, { type: 'svg', margin: 0 }),
      secret,
      otpauthUrl: uri,
      reason: 'chosen',
      errors: error ? [error] : [],
      cancelHref: accountPaths.security,
    },
    { status: error ? 422 : 200 },
  );
}

async function showRemoval(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, error }: { visitor: Visitor; error?: FieldError<SecondFactorProblem> },
): Promise<void> {
  ctx.render(
    'account/totp-remove',
    {
      ...(await accountFrame(deps, visitor)),
      form: { action: accountPaths.removeTotp },
      needsCode: !showedOwnFactor(visitor),
      cancelHref: accountPaths.security,
      errors: error ? [error] : [],
    },
    { status: error ? 422 : 200 },
  );
}
