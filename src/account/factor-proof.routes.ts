// Before factors are changed in the account centre: the second factor that the account has, because a
// fresh password alone may be a stolen one. The proof holds for the session, for minutes.
import { z } from 'zod';
import { MAX_RESPONSE_LENGTH } from '../credentials/passkey-ceremony.ts';
import type { SecondFactorProblem } from '../credentials/credentials.views.ts';
import { secondFactorsOf, verifySecondFactor } from '../credentials/second-factor.ts';
import { passkeyOptions, verifyPasskey } from '../credentials/verify-passkey.ts';
import { deviceCookie } from '../interactions/finish-sign-in.ts';
import { passkeyProblem, secondFactorProblem } from '../interactions/factor-problems.ts';
import { typedCode } from '../interactions/sign-in-step-form.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { FieldError } from '../platform/http/view-locals.ts';
import { findVisitor, visitorOrExplanation, visitorOrSignIn } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths, isContactChange, isGuarded, parentOf, proofPaths } from './account-paths.ts';
import type { ProvenPage } from './account-paths.ts';
import { isHeld } from './contact-holding.ts';
import { showContactCode } from './contact-code.routes.ts';
import {
  freshOrSignIn,
  isFactorDue,
  isFresh,
  isMeaningful,
  newFactorProofDue,
  proofDue,
} from './fresh-sign-in.ts';

const PAGES = {
  totp: accountPaths.totp,
  passkeys: accountPaths.passkeys,
  recovery_codes: accountPaths.recoveryCodes,
  change_phone: accountPaths.changePhone,
  change_mail: accountPaths.changeMail,
  export: accountPaths.export,
  close: accountPaths.close,
  merge: accountPaths.mergeConfirm,
  links: accountPaths.addLink,
} as const;

interface Proving {
  visitor: Visitor;
  page: ProvenPage;
}

export function factorProofRoutes(deps: AccountDependencies): Route[] {
  return Object.entries(PAGES).flatMap(([name, page]) => routesOf(deps, { name, page }));
}

function routesOf(deps: AccountDependencies, of: { name: string; page: ProvenPage }): Route[] {
  const { name, page } = of;
  const paths = proofPaths(page);
  return [
    defineRoute({
      method: 'POST',
      path: paths.factor,
      name: `account.${name}_confirm`,
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: z.object({ otp: z.string().max(50).default('') }) },
      async handle(ctx, { body }) {
        const visitor = await provingVisitor(deps, ctx, page);
        if (visitor) await proveCode(deps, ctx, { visitor, page, code: typedCode(body.otp) });
      },
    }),
    defineRoute({
      method: 'POST',
      path: paths.passkeyOptions,
      name: `account.${name}_confirm_options`,
      limiter: 'secondFactor',
      csrf: 'origin',
      input: { body: z.object({}), bodyType: 'json' },
      async handle(ctx) {
        const visitor = await findVisitor(deps, ctx);
        if (visitor) ctx.body = await passkeyOptions(deps.credentials, placeOf(visitor));
        else ctx.status = 401;
      },
    }),
    defineRoute({
      method: 'POST',
      path: paths.passkey,
      name: `account.${name}_confirm_passkey`,
      limiter: 'secondFactor',
      csrf: 'token',
      input: { body: z.object({ credential: z.string().max(MAX_RESPONSE_LENGTH).default('') }) },
      async handle(ctx, { body }) {
        const visitor = await provingVisitor(deps, ctx, page);
        if (visitor) await provePasskey(deps, ctx, { visitor, page, response: body.credential });
      },
    }),
  ];
}

type ShowPage = (
  deps: AccountDependencies,
  ctx: HttpContext,
  of: { visitor: Visitor },
) => Promise<void>;

export interface ProvenPageOptions {
  page: ProvenPage;
  name: string;
  show: ShowPage;
}

/** A page that is shown after a fresh sign-in, and where it makes sense. */
export function freshPage(
  deps: AccountDependencies,
  { path, name, show }: { path: string; name: string; show: ShowPage },
): Route {
  return defineRoute({
    method: 'GET',
    path,
    name,
    async handle(ctx) {
      const visitor = await visitorOrSignIn(deps, ctx);
      if (!visitor) return;
      if (!(await isMeaningful(deps, path, visitor))) return redirect(ctx, accountPaths.security);
      if (await freshOrSignIn(deps, ctx, { visitor, returnTo: path })) {
        await show(deps, ctx, { visitor });
      }
    },
  });
}

/** The same, for who has proven more than the password. */
export function provenPage(
  deps: AccountDependencies,
  { page, name, show }: ProvenPageOptions,
): Route {
  const showIfProven: ShowPage = async (_, ctx, { visitor }) => {
    if (await isProven(deps, ctx, { visitor, page })) await show(deps, ctx, { visitor });
  };
  return freshPage(deps, { path: page, name, show: showIfProven });
}

/** True, or the person has been asked for what is due. */
async function isProven(
  deps: AccountDependencies,
  ctx: HttpContext,
  proving: Proving,
): Promise<boolean> {
  const { visitor, page } = proving;
  if (isGuarded(page)) {
    if (!(await isFactorDue(deps, visitor))) return true;
    await showFactorProof(deps, ctx, proving);
    return false;
  }
  const isNewFactor =
    page === accountPaths.passkeys || page === accountPaths.totp || isContactChange(page);
  const due = await (isNewFactor ? newFactorProofDue : proofDue)(deps, visitor);
  if (due === 'none') {
    if (!isContactChange(page) || isHeld(deps, visitor, page)) return true;
    await showContactCode(deps, ctx, { visitor, page });
    return false;
  }
  if (due === 'contact' && page !== accountPaths.recoveryCodes) {
    await showContactCode(deps, ctx, { visitor, page });
    return false;
  }
  await showFactorProof(deps, ctx, proving);
  return false;
}

/** Anybody else is led to the page, which says what is due. */
async function provingVisitor(
  deps: AccountDependencies,
  ctx: HttpContext,
  page: ProvenPage,
): Promise<Visitor | undefined> {
  const visitor = await visitorOrExplanation(deps, ctx);
  if (!visitor) return undefined;
  const isDue = isGuarded(page)
    ? await isFactorDue(deps, visitor)
    : (await proofDue(deps, visitor)) === 'factor';
  if (isDue && isFresh(deps, visitor)) return visitor;
  redirect(ctx, page);
  return undefined;
}

async function proveCode(
  deps: AccountDependencies,
  ctx: HttpContext,
  { code, ...proving }: Proving & { code: string },
): Promise<void> {
  const outcome =
    code === ''
      ? undefined
      : await verifySecondFactor(
          { ...deps.credentials, notices: deps.notices },
          {
            accountId: proving.visitor.account.id,
            code,
            address: ctx.ip,
            deviceCookie: deviceCookie(deps, ctx),
          },
        );
  if (outcome?.ok && outcome.method === 'recovery_code') {
    await deps.accountSessions.noteRecoveryCode(proving.visitor.session.key);
    return redirect(ctx, proving.page);
  }
  if (outcome?.ok) return accept(deps, ctx, proving);
  const error = secondFactorProblem(code, outcome);
  await showFactorProof(deps, ctx, { ...proving, error });
}

async function provePasskey(
  deps: AccountDependencies,
  ctx: HttpContext,
  { response, ...proving }: Proving & { response: string },
): Promise<void> {
  const result = await verifyPasskey(
    { ...deps.credentials, notices: deps.notices },
    {
      ...placeOf(proving.visitor),
      response,
      address: ctx.ip,
      deviceCookie: deviceCookie(deps, ctx),
    },
  );
  if (result.ok) return accept(deps, ctx, proving);
  await showFactorProof(deps, ctx, { ...proving, error: passkeyProblem(result) });
}

async function accept(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, page }: Proving,
): Promise<void> {
  await deps.accountSessions.noteContactProven(visitor.session.key);
  redirect(ctx, page);
}

async function showFactorProof(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, page, error }: Proving & { error?: FieldError<SecondFactorProblem> },
): Promise<void> {
  const paths = proofPaths(page);
  const { id } = visitor.account;
  const factors = await secondFactorsOf(deps.credentials, id);
  const { hasTotp, hasPasskey, hasRecoveryCodes } = factors;
  const passkey = { form: { action: paths.passkey }, optionsAction: paths.passkeyOptions };
  ctx.render(
    'credentials/second-factor',
    {
      ...(hasTotp ? { form: { action: paths.factor } } : {}),
      ...(hasRecoveryCodes ? { recovery: { action: paths.factor } } : {}),
      ...(hasPasskey ? { passkey } : {}),
      errors: error ? [error] : [],
      cancelHref: parentOf(page),
    },
    { status: error ? 422 : 200 },
  );
}

function placeOf({ account, session }: Visitor) {
  return { boundTo: session.sid, accountId: account.id };
}
