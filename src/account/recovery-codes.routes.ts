// Recovery codes in the account centre: made after a fresh sign-in and a proof of the second factor,
// shown once on the page that made them.
import { z } from 'zod';
import { makeRecoveryCodes } from '../credentials/recovery-codes.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { redirect } from '../platform/http/redirect.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { accountFrame, visitorOrExplanation } from './account-access.ts';
import type { Visitor } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';
import { provenPage } from './factor-proof.routes.ts';
import { isFresh, isMeaningful, proofDue } from './fresh-sign-in.ts';

const page = accountPaths.recoveryCodes;

export function recoveryCodeRoutes(deps: AccountDependencies): Route[] {
  return [
    provenPage(deps, { page, name: 'account.recovery_codes', show }),
    defineRoute({
      method: 'POST',
      path: accountPaths.makeRecoveryCodes,
      name: 'account.make_recovery_codes',
      limiter: 'enrolment',
      csrf: 'token',
      input: { body: z.object({}) },
      async handle(ctx) {
        const visitor = await visitorOrExplanation(deps, ctx);
        if (!visitor) return;
        const isAllowed = isFresh(deps, visitor) && (await isMeaningful(deps, page, visitor));
        if (!isAllowed || (await proofDue(deps, visitor)) !== 'none') return redirect(ctx, page);
        const of = { accountId: visitor.account.id, address: ctx.ip };
        const codes = await makeRecoveryCodes(deps.credentials, of);
        await deps.notices.changed(visitor.account.id, 'recovery_codes_made');
        await show(deps, ctx, { visitor, codes });
      },
    }),
  ];
}

async function show(
  deps: AccountDependencies,
  ctx: HttpContext,
  { visitor, codes }: { visitor: Visitor; codes?: readonly string[] },
): Promise<void> {
  const [frame, state] = await Promise.all([
    accountFrame(deps, visitor),
    deps.credentials.recoveryCodes.state(visitor.account.id),
  ]);
  ctx.render('account/recovery-codes', {
    ...frame,
    ...(state ? { present: state } : {}),
    ...(codes ? { codes } : {}),
    makeForm: { action: accountPaths.makeRecoveryCodes },
    backHref: accountPaths.security,
  });
}
